from itertools import islice

from loadtests.bench.corpus import Document, documents, search_terms


def test_corpus_is_the_same_on_every_run() -> None:
    assert list(islice(documents(), 3)) == list(islice(documents(), 3))


def test_terms_are_neither_rare_nor_common() -> None:
    texts = [
        Document(n, "all", "some" if n < 100 else "few" if n == 100 else "") for n in range(400)
    ]

    assert search_terms(texts) == ("some",)
