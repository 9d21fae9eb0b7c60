"""Transactions commit together or not at all, and nest."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.core.database import Database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(tmp_path / "a" / "db.sqlite", "CREATE TABLE IF NOT EXISTS t (x)")
    yield db
    db.close()


def insert_and_fail(db: Database, value: int) -> None:
    with db.transaction():
        db.execute("INSERT INTO t VALUES (?)", (value,))
        raise ZeroDivisionError


def values(db: Database) -> list[int]:
    return [row["x"] for row in db.all("SELECT x FROM t ORDER BY x")]


def test_a_failed_transaction_leaves_nothing(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        insert_and_fail(db, 1)

    assert values(db) == []


def test_a_failed_inner_transaction_leaves_the_outer_one(db: Database) -> None:
    with db.transaction():
        db.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(db, 2)
        db.execute("INSERT INTO t VALUES (3)")

    assert values(db) == [1, 3]


def test_a_file_keeps_what_was_committed(db: Database, tmp_path: Path) -> None:
    db.execute("INSERT INTO t VALUES (7)")

    again = Database(tmp_path / "a" / "db.sqlite", "")

    assert values(again) == [7]
    again.close()


def test_a_file_is_made_when_it_is_first_asked(tmp_path: Path) -> None:
    path = tmp_path / "a" / "db.sqlite"
    db = Database(path, "CREATE TABLE IF NOT EXISTS t (x)")
    assert not path.parent.exists()

    assert values(db) == []

    assert path.exists()
    db.close()


def test_a_broken_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    path.write_bytes(b"not a database, but long enough to look like one" * 100)

    with pytest.raises(sqlite3.DatabaseError):
        Database(path, "CREATE TABLE IF NOT EXISTS t (x)")


def test_one_that_is_closed_makes_no_file(tmp_path: Path) -> None:
    db = Database(tmp_path / "a" / "db.sqlite", "CREATE TABLE IF NOT EXISTS t (x)")
    db.close()

    with pytest.raises(sqlite3.ProgrammingError):
        values(db)

    assert not (tmp_path / "a").exists()
