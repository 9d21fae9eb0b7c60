"""Filters that are taken away: in a statement, in a query of vectors, in keys."""

import sqlite3
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.asking import Asked
from emulator.guard.declared import Declared
from emulator.guard.mutating import Mutation
from emulator.guard.mutating_filters import Filter
from emulator.guard.mutating_texts import neutralised, outermost, shape
from emulator.guard.owners import Owners
from emulator.guard.requests import Requests
from emulator.guard.schema import Schema
from emulator.guard.statements import Audit, audit

TABLES = """
CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id TEXT, text TEXT);
CREATE TABLE tags (id INTEGER PRIMARY KEY, user_id TEXT, note_id INTEGER);
INSERT INTO notes VALUES (1, 'anna', 'a'), (2, 'ben', 'b'), (3, 'ben', 'c');
INSERT INTO tags VALUES (1, 'anna', 1), (2, 'ben', 2), (3, 'anna', 3);
"""
DECLARED = Declared.of({"kv": {"CACHE": "job:{user}:*"}, "r2": {"FILES": "users/{user}/*"}})
BY_WORKER = Asked("account", "binding", "POST", "/query", "shop", "DB")
OF_CACHE = BY_WORKER._replace(name="CACHE")
OF_FILES = BY_WORKER._replace(name="FILES")
OF_VECTORS = BY_WORKER._replace(name="VECTORS")
BY_API = Asked("account", "api", "POST", "/query")

Look = Callable[[str], Audit]


@pytest.fixture(scope="module")
def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.executescript(TABLES)
    return connection


@pytest.fixture(scope="module")
def look(database: sqlite3.Connection) -> Look:
    def rows(sql: str) -> list[dict[str, object]]:
        cursor = database.execute(sql)
        names = [one[0] for one in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    schema = Schema.read(rows)
    owners = Owners.of(schema, {})
    return lambda sql: audit(sql, schema, owners)


@pytest.fixture
def mutation() -> Mutation:
    return Mutation(DECLARED, Requests("sub"))


def known(mutation: Mutation) -> dict[str, Filter]:
    return {one.predicate: one for one in mutation.filters.all()}


def take(mutation: Mutation, *predicates: str) -> None:
    mutation.take([known(mutation)[one].id for one in predicates])


def test_a_condition_that_is_taken_away_holds_for_every_row(
    mutation: Mutation, look: Look, database: sqlite3.Connection
) -> None:
    sql = "SELECT id FROM notes WHERE user_id = ? AND id > ?"

    before = mutation.statement(BY_WORKER, "1", sql, look(sql))
    take(mutation, "user_id = ?")
    after = mutation.statement(BY_WORKER, "1", sql, look(sql))

    assert before == sql
    assert after == "SELECT id FROM notes WHERE (user_id = ? OR 1) AND id > ?"
    assert database.execute(after, ("anna", 1)).fetchall() == [(2,), (3,)]


def test_one_condition_of_several_is_taken_away_alone(mutation: Mutation, look: Look) -> None:
    sql = "SELECT 1 FROM notes n JOIN tags t ON t.user_id = n.user_id WHERE n.user_id = ?1"

    mutation.statement(BY_WORKER, "1", sql, look(sql))
    found = known(mutation)
    take(mutation, "n.user_id = ?1")

    assert list(found) == ["t.user_id = n.user_id", "n.user_id = ?1"]
    assert len({one.group for one in found.values()}) == 1
    assert mutation.statement(BY_WORKER, "1", sql, look(sql)) == sql.replace(
        "n.user_id = ?1", "(n.user_id = ?1 OR 1)"
    )
    assert known(mutation)["n.user_id = ?1"].changed == 1


@given(
    st.sampled_from(
        [
            "SELECT id FROM notes WHERE user_id = ? AND id >= ?",
            "SELECT id FROM notes WHERE id >= ?2 AND (user_id = ?1 OR 1 = 0)",
            "SELECT n.id FROM notes n JOIN tags t ON t.note_id = n.id AND t.user_id = n.user_id"
            " WHERE n.user_id = ? AND n.id >= ?",
            "SELECT id FROM notes WHERE user_id IN (SELECT user_id FROM tags WHERE user_id = ?)"
            " AND id >= ?",
        ]
    ),
    st.sets(st.integers(0, 3)),
    st.sampled_from(["anna", "ben", "cleo"]),
)
def test_whatever_is_taken_away_parameters_fit_and_no_row_is_lost(
    look: Look, database: sqlite3.Connection, sql: str, chosen: set[int], user: str
) -> None:
    spans = [(one.start, one.end) for one in look(sql).predicates]
    taken = [span for number, span in enumerate(spans) if number in chosen]

    before = set(database.execute(sql, (user, 1)))
    after = set(database.execute(neutralised(sql, taken), (user, 1)))

    assert spans
    assert before <= after
    assert outermost(spans) == outermost(reversed(spans))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 1 LIMIT 20 OFFSET 0", "SELECT 1\n LIMIT 20 OFFSET 40"),
        ("SELECT 1 WHERE id IN (?)", "SELECT 1 WHERE id IN (?, ?,?)"),
        ("UPDATE t SET a = ? WHERE id = ?", "UPDATE t SET a = ?, b = ? WHERE id = ?"),
    ],
)
def test_texts_that_one_place_makes_are_one_statement(one: str, other: str) -> None:
    assert shape(one) == shape(other)
    assert shape(one) != shape(one + " AND 1 = 1")


def test_what_a_suite_asks_by_the_api_stays_as_it_is(mutation: Mutation, look: Look) -> None:
    sql = "SELECT id FROM notes WHERE user_id = ?"
    mutation.statement(BY_WORKER, "1", sql, look(sql))
    take(mutation, "user_id = ?")

    assert mutation.statement(BY_API, "1", sql, look(sql)) == sql
    assert known(mutation)["user_id = ?"].count == 0


def test_a_query_of_vectors_loses_its_namespace_or_its_filter_on_the_owner(
    mutation: Mutation,
) -> None:
    row = {"topK": 3, "namespace": "anna", "filter": {"userId": "anna", "kind": "job"}}

    assert mutation.query(OF_VECTORS, "jobs", row) == row
    take(mutation, "namespace")
    spread = mutation.query(OF_VECTORS, "jobs", row)
    take(mutation, "filter userId")
    unfiltered = mutation.query(OF_VECTORS, "jobs", row)

    assert list(known(mutation)) == ["namespace", "filter userId"]
    assert spread == {"topK": 3, "filter": {"userId": "anna", "kind": "job"}}
    assert unfiltered == {"topK": 3, "namespace": "anna", "filter": {"kind": "job"}}


def test_keys_that_differ_in_the_user_alone_become_the_first_writers(mutation: Mutation) -> None:
    def key(user: str, rest: str, *, writes: bool = False) -> str:
        return mutation.key(OF_CACHE, "kv", "1", f"job:{user}:{rest}", writes=writes)

    assert key("anna", "7", writes=True) == "job:anna:7"
    take(mutation, "{user} in the key")

    assert key("ben", "7") == "job:ben:7"
    assert key("anna", "7", writes=True) == "job:anna:7"
    assert key("ben", "7") == "job:anna:7"
    assert key("ben", "7", writes=True) == "job:anna:7"
    assert key("ben", "8") == "job:ben:8"
    assert known(mutation)["{user} in the key"].changed == 2


def test_a_list_without_the_user_is_everybodys(mutation: Mutation) -> None:
    assert mutation.prefix(OF_FILES, "r2", "files", "users/ben/cv") == "users/ben/cv"
    take(mutation, "{user} in the key")

    assert mutation.prefix(OF_FILES, "r2", "files", "users/ben/cv") == "users/"


def test_a_filter_knows_the_cases_that_ran_while_it_was_used(
    mutation: Mutation, look: Look
) -> None:
    sql = "SELECT id FROM notes WHERE user_id = ?"

    mutation.filters.running("one", True)
    mutation.filters.running("two", True)
    mutation.statement(BY_WORKER, "1", sql, look(sql))
    mutation.filters.running("two", False)
    mutation.statement(BY_WORKER, "1", sql, look(sql))

    [one] = mutation.filters.all()
    assert (one.count, list(one.cases), one.elsewhere) == (2, ["one", "two"], False)
