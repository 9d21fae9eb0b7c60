"""A text's words, and what of a word the offline embedder compares.

A word has a stem, a spelling and pieces: `databases` is near `database` by its stem and
`databse` by its pieces. Scripts that write no spaces give pairs of characters instead.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from math import isqrt
from struct import pack
from threading import Lock
from typing import NamedTuple
from zlib import crc32

import Stemmer

from emulator.ai.embedding.english import COMMON_WORDS, STOP_WORDS

# Marks that belong to the letter before them; Python's `\w` leaves them out.
MARKS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06ed\u0900-\u0dff"
)
# Thai, Lao, Burmese, Khmer, Kana and Han have no spaces between words.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\U00020000-\U0003ffff"
)
LETTERS = rf"[^\W_{UNSPACED}]"
# A word with what it ends in (`don't`, `c++`), a run of unspaced characters, or any other mark.
ENDING = r"(?:'[a-z]{1,3}(?![a-z])|[+#]{1,2}(?!\w))?"
ASCII_TOKEN = re.compile(rf"[a-z0-9]{{1,64}}{ENDING}|\S")
TOKEN = re.compile(
    rf"{LETTERS}{{1,64}}(?:[{MARKS}]{{1,4}}{LETTERS}{{0,8}}){{0,16}}{ENDING}"
    rf"|[{UNSPACED}]{{1,64}}|\S"
)
RUN = re.compile(rf"[{UNSPACED}]")
ACCENTS = re.compile("[\u0300-\u036f]")

# Weights are whole numbers, so that sums are exact and a vector is the same on every machine.
FULL = 1024
MARK, STOP, COMMON, NUMBER, SYMBOL = 8, 80, 448, 640, 512
# What of a word's weight its features have, in 1,024ths.
STEM, SPELLING, PIECES, PAIR = 780, 300, 590, 640
PIECE_LENGTHS = (3, 4)
SYMBOLS = ("So", "Sk", "Sm", "Cs", "Co")
CACHED_WORDS = 32_768

# A hash (32 bits) and a weight (at most `FULL`).
Feature = tuple[int, int]


class Word(NamedTuple):
    """What is compared of a token: packed hashes (uint32) and their weights (int16).

    `lead` and `tail` make the hash of a word with its neighbour; a mark has the weight 0.
    """

    hashes: bytes
    weights: bytes
    features: int
    tokens: int
    weight: int
    lead: int
    tail: bytes


def normalized(text: str) -> str:
    """One form for what reads the same: compatibility forms, case, quotes and white space."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    return " ".join(text.casefold().split())


def split(text: str) -> list[str]:
    """The tokens of a normalised text. A run of unspaced characters gives overlapping pairs."""
    if text.isascii():
        return ASCII_TOKEN.findall(text)
    tokens: list[str] = []
    for token in TOKEN.findall(text):
        if RUN.match(token):
            tokens.extend(token[at : at + 2] for at in range(len(token)))
        else:
            tokens.append(token)
    return tokens


class Words:
    """Looks words up; those met lately are remembered."""

    def __init__(self, cached: int = CACHED_WORDS) -> None:
        # A stemmer is not safe for two threads at once.
        self._lock = Lock()
        self._stemmer = Stemmer.Stemmer("english", 0)
        self._common = frozenset(self._stemmer.stemWords(sorted(COMMON_WORDS)))
        self.look_up = lru_cache(cached)(self._word)

    def _word(self, token: str) -> Word:
        if RUN.match(token):
            return word_of(unspaced(token), 1, FULL, token, token)
        if not token[0].isalnum():
            mark = SYMBOL if unicodedata.category(token) in SYMBOLS else MARK
            return word_of([(hash_of("m", token), mark)], 1, 0, token, token)
        stem = self._stem(token)
        weight = self._weight(token, stem)
        features = spelled(token, stem, weight)
        # [guess] a token for every five letters; the model's own tokenizer is not here.
        return word_of(features, -(-len(token) // 5), weight, token, stem)

    def _stem(self, word: str) -> str:
        if not word.isascii():
            bare = ACCENTS.sub("", unicodedata.normalize("NFD", word))
            word = unicodedata.normalize("NFC", bare)
        with self._lock:
            stem: str = self._stemmer.stemWord(word)
        return stem or word

    def _weight(self, word: str, stem: str) -> int:
        if word in STOP_WORDS:
            return STOP
        if stem in self._common:
            return COMMON
        return NUMBER if stem.isdecimal() else FULL


def spelled(word: str, stem: str, weight: int) -> list[Feature]:
    """A word's stem, its spelling, and pieces of the stem that together weigh `PIECES`."""
    marked = f"<{stem}"
    pieces = {
        marked[at : at + length]
        for length in PIECE_LENGTHS
        for at in range(len(marked) - length + 1)
    }
    share = weight * PIECES // (isqrt(len(pieces) * FULL * FULL) or 1)
    return [
        (hash_of("s", stem), weight * STEM // FULL),
        (hash_of("w", word), weight * SPELLING // FULL),
        *((hash_of("p", piece), share) for piece in sorted(pieces)),
    ]


def unspaced(pair: str) -> list[Feature]:
    """Two neighbours and the first alone; the last of a run has no neighbour."""
    features = [(hash_of("p", pair[0]), FULL * PIECES // FULL)]
    if len(pair) == 2:
        features.append((hash_of("s", pair), FULL * STEM // FULL))
    return features


def hash_of(kind: str, text: str) -> int:
    return crc32(f"{kind}:{text}".encode("utf-8", "surrogatepass"))


def word_of(
    features: Sequence[Feature], tokens: int, weight: int, spelling: str, stem: str
) -> Word:
    count = len(features)
    return Word(
        pack(f"={count}I", *(feature for feature, _ in features)),
        pack(f"={count}h", *(weight for _, weight in features)),
        count,
        tokens,
        weight,
        hash_of("s", spelling),
        stem.encode("utf-8", "surrogatepass"),
    )
