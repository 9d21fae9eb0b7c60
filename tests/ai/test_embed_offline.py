"""The offline embedder: the same text the same vector, similar texts near ones."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from emulator.ai.embedding.offline import OfflineEmbedder
from emulator.ai.embedding.words import Words

TEXTS = [
    "hello world",
    "Senior Data Engineer at Acme, Zürich: Python, SQL & C++; you don't need a résumé.",
    "機械学習エンジニア",
    "🎉 ¯\\_(ツ)_/¯",
    "word " * 5_000,
]
DIGEST = "84e5d0b931bbc7ba"
EMBED = """
import json, sys
from emulator.ai.embedding.offline import OfflineEmbedder
vectors, _ = OfflineEmbedder().embed("m mean", 768, 512, json.load(sys.stdin))
sys.stdout.buffer.write(vectors.astype("<f4").tobytes())
"""

Nearness = Callable[[str, str], float]


@pytest.fixture(scope="module")
def embedder() -> OfflineEmbedder:
    return OfflineEmbedder()


@pytest.fixture(scope="module")
def nearness(embedder: OfflineEmbedder) -> Nearness:
    def nearness(one: str, other: str) -> float:
        vectors, _ = embedder.embed("m mean", 768, 512, [one, other])
        return float(vectors[0] @ vectors[1])

    return nearness


@pytest.mark.parametrize("seed", ["1", "4711"])
def test_vectors_are_the_same_in_every_process_and_on_every_machine(seed: str) -> None:
    made = subprocess.run(
        [sys.executable, "-c", EMBED],
        input=json.dumps(TEXTS).encode(),
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
    )

    assert hashlib.sha256(made.stdout).hexdigest()[:16] == DIGEST


@pytest.mark.parametrize("dimensions", [1, 384, 768, 1024, 2048, 3072])
def test_vectors_have_unit_length_in_any_dimensions(
    embedder: OfflineEmbedder, dimensions: int
) -> None:
    vectors, _ = embedder.embed("m mean", dimensions, 512, TEXTS)

    assert vectors.shape == (len(TEXTS), dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)


def test_a_text_is_embedded_the_same_alone_and_among_others(embedder: OfflineEmbedder) -> None:
    together, tokens = embedder.embed("m mean", 768, 512, TEXTS)
    alone = [embedder.embed("m mean", 768, 512, [text]) for text in TEXTS]

    assert np.array_equal(together, np.concatenate([vectors for vectors, _ in alone]))
    assert tokens == sum(count for _, count in alone)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("storing files in buckets", "store a file in a bucket", "recipes for apple pies"),
        ("nursing", "nurses", "pursuing"),
        ("slow SQLite queries", "sqlite query is slow", "SQL is quick to learn"),
        ("database", "databse", "dalliance"),
        ("machine learning engineer", "learning machine engineer", "machine operator"),
        ("frontend developers", "front end developer", "front desk developer"),
        ("résumé", "resume", "presume"),
        ("naïve", "naive", "native"),
        ("C++ developer", "c++ programmer", "c# programmer"),
        ("Straße", "STRASSE", "Strand"),
        ("ｄａｔａ①", "data 1", "date 1"),
        ("you don\u2019t", "you don't", "you do"),
        ("機械学習エンジニア", "日本の機械学習", "機内食"),
        ("東京", "東京都", "京東"),
        ("วิศวกรซอฟต์แวร์", "วิศวกรโยธา", "พยากรณ์อากาศ"),
        ("कील", "कील ठोकना", "काल"),
        ("🎉🎉", "🎉 party", "🚀 launch"),
        ("!!!", "! !", "???"),
    ],
)
def test_similar_texts_are_nearer_than_others(
    nearness: Nearness, text: str, near: str, far: str
) -> None:
    assert nearness(text, near) > 0.2
    assert nearness(text, near) > nearness(text, far) + 0.1


def test_forms_of_a_word_are_nearly_the_same(nearness: Nearness) -> None:
    assert 0.85 < nearness("nursing", "nurses") < 0.99


def test_texts_that_share_no_word_are_far_apart(nearness: Nearness) -> None:
    some, others = (" ".join(f"{letter}{n:03}" for n in range(200)) for letter in "qz")

    assert abs(nearness(some, others)) < 0.1
    # Meaning is beyond it: a synonym is as far as anything else.
    assert abs(nearness("physician", "doctor")) < 0.15


def test_everyday_words_and_numbers_weigh_less_than_others(nearness: Nearness) -> None:
    text = "good work 2026 plumber"

    assert nearness(text, "plumber") > nearness(text, "2026") + 0.1
    assert nearness(text, "2026") > nearness(text, "work") + 0.1


def test_words_of_grammar_weigh_next_to_nothing(nearness: Nearness) -> None:
    assert nearness("the plumber and the pipe", "plumber pipe") > 0.95
    assert nearness("the plumber and the pipe", "the poet and the sea") < 0.2


def test_order_counts_but_less_than_words(nearness: Nearness) -> None:
    reordered = nearness("dog bites man", "man bites dog")

    assert 0.5 < reordered < 0.99


def test_what_a_long_text_begins_with_counts_more(nearness: Nearness) -> None:
    title, filling = "plumber gasfitter", " ".join(f"w{number:04}" for number in range(30))

    assert nearness(title, f"{title} {filling}") > nearness(title, f"{filling} {title}") + 0.02


def test_a_word_repeated_counts_more_but_less_each_time(nearness: Nearness) -> None:
    once, often = "python java", " ".join(["python"] * 9) + " java"

    assert nearness("python", once) < nearness("python", often) < 0.84


def test_models_and_poolings_are_spaces_that_have_nothing_in_common(
    embedder: OfflineEmbedder,
) -> None:
    text = ["senior data engineer in Amsterdam with Python, SQL and Kubernetes"]
    spaces = ["base mean", "base cls", "large mean", "large cls"]
    vectors = np.concatenate([embedder.embed(space, 1024, 512, text)[0] for space in spaces])

    similarities = vectors @ vectors.T - np.eye(4)

    assert np.abs(similarities).max() < 0.25


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\0", ".", "\ud800", "\u0301", "_", "\ufffe"])
def test_a_text_without_words_has_a_vector_too(embedder: OfflineEmbedder, text: str) -> None:
    vectors, tokens = embedder.embed("m mean", 768, 512, [text])

    assert np.linalg.norm(vectors[0]) == pytest.approx(1)
    assert tokens <= 1


def test_no_texts_are_no_vectors(embedder: OfflineEmbedder) -> None:
    vectors, tokens = embedder.embed("m mean", 768, 512, [])

    assert vectors.shape == (0, 768)
    assert tokens == 0


def test_what_is_past_the_token_limit_is_not_read(embedder: OfflineEmbedder) -> None:
    words = [f"w{number:04}" for number in range(600)]
    whole, tokens = embedder.embed("m mean", 768, 512, [" ".join(words)])
    start, _ = embedder.embed("m mean", 768, 512, [" ".join(words[:512])])

    assert tokens == 512
    assert np.array_equal(whole, start)


def test_an_endless_word_is_cut(embedder: OfflineEmbedder) -> None:
    _, tokens = embedder.embed("m mean", 768, 512, ["a" * 1_000_000, "語" * 1_000_000])

    assert 1_000 < tokens <= 1_024


def test_white_space_and_case_do_not_matter(embedder: OfflineEmbedder) -> None:
    vectors, _ = embedder.embed(
        "m mean", 768, 512, [" " * 200_000 + "Data\n\tENGINEER", "data engineer"]
    )

    assert np.array_equal(vectors[0], vectors[1])


def test_words_are_remembered_up_to_a_bound() -> None:
    words = Words(cached=100)

    for number in range(1_000):
        words.look_up(f"word{number}")

    assert words.look_up.cache_info().currsize == 100


def test_threads_share_an_embedder(embedder: OfflineEmbedder) -> None:
    texts = [" ".join(f"word{n * 7 % 1013}ing" for n in range(at, at + 100)) for at in range(64)]
    expected, _ = OfflineEmbedder().embed("m mean", 384, 512, texts)

    with ThreadPoolExecutor(8) as pool:
        rows = pool.map(lambda text: embedder.embed("m mean", 384, 512, [text])[0], texts)

    assert np.array_equal(np.concatenate(list(rows)), expected)
