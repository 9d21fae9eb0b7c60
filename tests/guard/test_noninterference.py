"""The audit against SQLite itself: what it finds nothing in must not depend on others' rows.

Queries are made at random; each runs for one user on two databases that differ in what belongs
to others. Where the answers differ, the audit must have found something.
"""

import random
import sqlite3
from collections.abc import Iterator

import pytest

from emulator.guard.owners import Owners
from emulator.guard.statements import audit
from tests.guard.schemas import schema_of

SCRIPT = """
CREATE TABLE users (id TEXT PRIMARY KEY);
CREATE TABLE a (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), n INTEGER);
CREATE TABLE b (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), n INTEGER);
CREATE TABLE c (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES a (id), n INTEGER);
CREATE VIEW v AS SELECT id, user_id, n FROM a WHERE n > 0;
CREATE VIEW ids AS SELECT id FROM a;
CREATE TABLE open (id INTEGER PRIMARY KEY, n INTEGER);
"""
MINE = """
INSERT INTO users VALUES ('me');
INSERT INTO a VALUES (1, 'me', 0), (2, 'me', 1);
INSERT INTO b VALUES (1, 'me', 1), (2, 'me', 2);
INSERT INTO c VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO open VALUES (1, 0), (2, 1), (3, 2);
"""
THEIRS = """
INSERT INTO users VALUES ('other'), ('third');
INSERT INTO a VALUES (3, 'other', 0), (4, 'other', 1), (5, 'third', 2);
INSERT INTO b VALUES (3, 'other', 1), (4, 'third', 2), (5, 'other', 0);
INSERT INTO c VALUES (3, 3, 1), (4, 4, 2), (5, 5, 0);
"""
SCHEMA = schema_of(SCRIPT)
OWNERS = Owners.of(SCHEMA, {})

TABLES = {
    "a": ("id", "user_id", "n"),
    "b": ("id", "user_id", "n"),
    "c": ("id", "a_id", "n"),
    "v": ("id", "user_id", "n"),
    "open": ("id", "n"),
    "(SELECT id, user_id, n FROM b)": ("id", "user_id", "n"),
    "(SELECT user_id, n, id FROM a UNION ALL SELECT user_id, n, id FROM b)": ("id", "user_id", "n"),
    "(SELECT id, user_id, n FROM a WHERE user_id = ?1 UNION SELECT id, user_id, n FROM b)": (
        ("id", "user_id", "n")
    ),
    "(SELECT user_id, max(n) AS n FROM a GROUP BY user_id)": ("user_id", "n"),
    "(SELECT user_id, id, n FROM a ORDER BY id DESC LIMIT 1)": ("id", "user_id", "n"),
    "(SELECT a.user_id, b.n FROM a LEFT JOIN b ON a.user_id = b.user_id)": ("user_id", "n"),
    "(SELECT b.user_id, a.n FROM a LEFT JOIN b ON a.id = b.id AND a.user_id = b.user_id)": (
        ("user_id", "n")
    ),
}
JOINS = (", ", " JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ")
Sources = list[tuple[str, tuple[str, ...]]]


class Queries:
    """Random queries, the same for the same number."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.aliases = 0

    def atom(self, sources: Sources, depth: int) -> str:
        pick = self.random.choice
        alias, columns = pick(sources)
        other, theirs = pick(sources)
        one, two = f"{alias}.{pick(columns)}", f"{other}.{pick(theirs)}"
        owned = [name for name, its in sources if "user_id" in its]
        owner = f"{pick(owned)}.user_id" if owned else one
        second = f"{pick(owned)}.user_id" if owned else two
        kinds = [f"{owner} = ?1"] * 6 + [f"{owner} = {second}"] * 3
        kinds += [f"{one} = {two}", f"{one} IS {two}", f"{one} IS NULL", f"{alias}.n > 0"]
        kinds += [f"{owner} IN (?1, ?1)", f"{owner} <> ?1", f"coalesce({owner}, ?1) = ?1", "1 = 0"]
        kinds += [f"({owner}, {alias}.n) = (?1, 1)", f"{one} IN ids", f"{owner} IS ?1"]
        if depth:
            inner = self.query(depth - 1, sources)
            kinds += [f"EXISTS ({inner})", f"{one} IN ({inner})", f"NOT EXISTS ({inner})"]
            kinds += [f"{one} NOT IN ({inner})", f"{one} = ({inner})", f"{owner} IN ({inner})"]
        return pick(kinds)

    def condition(self, sources: Sources, depth: int) -> str:
        text = self.atom(sources, depth)
        for _ in range(self.random.randrange(4)):
            text = (
                f"({text} {self.random.choice(('AND', 'AND', 'OR'))} {self.atom(sources, depth)})"
            )
        return f"NOT {text}" if self.random.random() < 0.1 else text

    def query(self, depth: int = 1, outer: Sources | None = None) -> str:
        sources: Sources = []
        text = ""
        for number in range(self.random.randint(1, 3 if depth else 2)):
            table = self.random.choice(list(TABLES))
            self.aliases += 1
            sources.append((f"t{self.aliases}", TABLES[table]))
            join = self.random.choice(JOINS) if number else ""
            text += f"{join}{table} AS t{self.aliases}"
            if number and join != ", ":
                text += f" ON {self.condition(sources, 0)}"
        (first, columns), (last, _) = sources[0], sources[-1]
        shown = self.random.choice([f"{first}.{columns[0]}", f"{last}.n", "count(*)"])
        where = self.condition(sources + (outer or []), depth)
        return f"SELECT {shown} FROM {text} WHERE {where}"


@pytest.fixture(scope="module")
def databases() -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    alone, shared = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    alone.executescript(SCRIPT + MINE)
    shared.executescript(SCRIPT + MINE + THEIRS)
    yield alone, shared
    alone.close()
    shared.close()


def answer(database: sqlite3.Connection, sql: str) -> list[str]:
    return sorted(map(str, database.execute(sql, ["me"] if "?1" in sql else [])))


@pytest.mark.parametrize("tens", range(20))
def test_what_depends_on_others_is_found(
    databases: tuple[sqlite3.Connection, sqlite3.Connection], tens: int
) -> None:
    alone, shared = databases
    for seed in range(tens * 10, tens * 10 + 10):
        sql = Queries(seed).query()
        try:
            depends = answer(alone, sql) != answer(shared, sql)
        except sqlite3.OperationalError:
            # A join further on than SQLite resolves names.
            continue
        assert not depends or audit(sql, SCHEMA, OWNERS).findings, sql
