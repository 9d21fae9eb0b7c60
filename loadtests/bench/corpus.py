"""The data every server is filled with: the same on every run, made here, read from nowhere."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from loadtests.bench.api import Api

DOCUMENTS = 10_000
TERMS = 100
SYLLABLES = "ka lo mi ren tas vu zor pel qui dan ber sho gil nam fex wod yat hul cri jop".split()
# Terms this common match 60 to 150 of 10,000 documents: LIMIT 20 has something to rank.
FEWEST_MATCHES, MOST_MATCHES = 60, 150

ITEMS = (
    "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, email TEXT, score REAL,"
    " created TEXT, body TEXT)"
)
EVENTS = "CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, val INTEGER)"
DOCS = "CREATE VIRTUAL TABLE docs USING fts5(title, body)"
FILL_ITEMS = (
    "INSERT INTO items WITH RECURSIVE n(i) AS"
    " (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < CAST(?2 AS INTEGER))"
    " SELECT i, 'name ' || i, 'user' || i || '@example.com', i % 1000 / 10.0,"
    " '2026-01-01T00:00:00Z', ?3 FROM n"
)
FILL_DOCS = (
    "INSERT INTO docs (rowid, title, body)"
    " SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)"
)


@dataclass(frozen=True, slots=True)
class Document:
    id: int
    title: str
    body: str


def documents() -> Iterator[Document]:
    """Texts of 40 to 80 invented words, whose frequencies fall as those of a language do."""
    random = Random(20260101)
    words = sorted(
        {"".join(random.choices(SYLLABLES, k=random.choice((2, 3)))) for _ in range(9_000)}
    )
    random.shuffle(words)
    weights = [1 / (rank + 10) ** 0.9 for rank in range(len(words))]
    for number in range(1, DOCUMENTS + 1):
        title = random.choices(words, weights, k=5)
        body = random.choices(words, weights, k=random.randint(40, 80))
        yield Document(number, " ".join(title), " ".join(body))


def search_terms(texts: list[Document]) -> tuple[str, ...]:
    """Words that occur in some documents, but not in many."""
    matches: Counter[str] = Counter()
    for text in texts:
        matches.update({*text.title.split(), *text.body.split()})
    fitting = [word for word, n in matches.items() if FEWEST_MATCHES <= n <= MOST_MATCHES]
    return tuple(sorted(fitting)[:TERMS])


def fill_items(api: Api, first: int, last: int, body_chars: int = 100) -> None:
    api.execute(FILL_ITEMS, str(first), str(last), "x" * body_chars)


def fill_docs(api: Api, texts: list[Document], chunk: int = 500) -> None:
    api.execute(DOCS)
    for start in range(0, len(texts), chunk):
        rows = [[text.id, text.title, text.body] for text in texts[start : start + chunk]]
        api.execute(FILL_DOCS, json.dumps(rows))
