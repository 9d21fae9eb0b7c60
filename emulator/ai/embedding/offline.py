"""The offline embedder: the same text gives the same vector, and similar texts near ones.

It compares words (`words.py`), not meaning: of synonyms it knows nothing. Every feature of a
text is added to one of the vector's dimensions or taken from it; which one, its hash says.
Each space (a model with its pooling) hashes anew: vectors of two spaces have nothing in common.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from emulator.ai.embedding.words import FULL, PAIR, STOP, Word, Words, normalized, split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Vector = NDArray[np.float32]
    Hashes = NDArray[np.uint32]
    Weights = NDArray[np.int64]

# A word's n-th use adds less than the one before (BM25's curve, k = 3), in 32nds of the first.
MOST_USES = 64
USES = [round(32 * uses * 4 / (uses + 3)) for uses in range(MOST_USES + 1)]
# A text's first words say what it is about: a title, or what a paragraph begins with.
LEAD_TOKENS = 16
# No token is longer, with the space behind it.
MAX_TOKEN_CHARACTERS = 320


class Reading(NamedTuple):
    """A text's tokens in their order, as far as it is read, and what each of them is."""

    tokens: Sequence[str]
    words: Mapping[str, Word]
    size: int


class OfflineEmbedder:
    """Knows no model: `space` is any name, and vectors of different spaces are unrelated."""

    def __init__(self) -> None:
        self._words = Words()

    def embed(
        self, space: str, dimensions: int, max_tokens: int, texts: Sequence[str]
    ) -> "tuple[Matrix, int]":
        """A unit vector for each text, and the tokens read: of a text at most `max_tokens`."""
        seed = crc32(space.encode())
        vectors = np.empty((len(texts), dimensions), np.float32)
        read = 0
        for row, text in enumerate(texts):
            reading = self._read(text, max_tokens)
            vectors[row] = vector_of(*with_lead(reading), seed, dimensions)
            read += reading.size
        return vectors, read

    def _read(self, text: str, max_tokens: int) -> Reading:
        tokens = split(normalized(text)[: max_tokens * MAX_TOKEN_CHARACTERS])[:max_tokens]
        look_up = self._words.look_up
        words = {token: look_up(token) for token in set(tokens)}
        count = sum([words[token].tokens for token in tokens])
        return cut(Reading(tokens, words, count), max_tokens)


def cut(reading: Reading, max_tokens: int) -> Reading:
    """The reading without the tokens from the first on that would not fit."""
    tokens, words, count = reading
    kept = len(tokens)
    while count > max_tokens:
        kept -= 1
        count -= words[tokens[kept]].tokens
    return Reading(tokens[:kept], words, count)


def with_lead(reading: Reading) -> "tuple[Hashes, Weights]":
    """The features of a text; those of its first words count half as much again."""
    hashes, weights = features_of(reading.tokens, reading.words)
    if len(reading.tokens) <= LEAD_TOKENS:
        return hashes, weights
    lead, lead_weights = features_of(reading.tokens[:LEAD_TOKENS], reading.words)
    return np.concatenate((hashes, lead)), np.concatenate((weights * 2, lead_weights))


def features_of(tokens: Sequence[str], words: Mapping[str, Word]) -> "tuple[Hashes, Weights]":
    """Of every word its features, and of two that follow each other their hash as one."""
    uses = Counter(tokens)
    used = [words[token] for token in uses]
    content = [token for token in tokens if words[token].weight > STOP]
    pairs = Counter(zip(content, content[1:], strict=False))
    hashes = np.frombuffer(b"".join([word.hashes for word in used]), np.uint32)
    weights = np.frombuffer(b"".join([word.weights for word in used]), np.int16)
    times = [USES[min(count, MOST_USES)] for count in uses.values()]
    repeated = np.repeat(np.array(times, np.int64), [word.features for word in used])
    pair_hashes = np.array([hash_of_pair(words[a], words[b]) for a, b in pairs], np.uint32)
    pair_weights = np.array(
        [
            USES[min(count, MOST_USES)] * (PAIR * min(words[a].weight, words[b].weight) // FULL)
            for (a, b), count in pairs.items()
        ],
        np.int64,
    )
    return np.concatenate((hashes, pair_hashes)), np.concatenate((weights * repeated, pair_weights))


def hash_of_pair(first: Word, second: Word) -> int:
    """The hash that the two written as one word have as a stem: `front end` is `frontend`."""
    return crc32(second.tail, first.lead)


def vector_of(hashes: "Hashes", weights: "Weights", seed: int, dimensions: int) -> "Vector":
    """The features thrown onto the dimensions, with a length of one."""
    mixed = mix(hashes ^ np.uint32(seed))
    places = (mixed.astype(np.uint64) * np.uint64(dimensions) >> np.uint64(32)).astype(np.int64)
    signed = np.where(mixed & np.uint32(1), weights, -weights)
    # Sums of whole numbers: exact in any order.
    sums = np.bincount(places, signed, dimensions).astype(np.int64)
    length = sqrt(int(sums @ sums))
    if not length:
        # A text of nothing but spaces and marks has a place too.
        sums[seed % dimensions] = length = 1
    return (sums / length).astype(np.float32)


def mix(hashes: "Hashes") -> "Hashes":
    """MurmurHash3's last steps: every bit depends on every bit."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))
