"""The catalogue: names, ids, limits, and files that go with their database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from emulator import Account
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.d1.errors import (
    DatabaseExists,
    DatabaseNotFound,
    MalformedRequest,
    TooManyDatabases,
)
from emulator.d1.limits import MAX_DATABASES
from emulator.d1.store import MAX_OPEN, D1Store


@pytest.fixture
def d1(account: Account) -> D1Store:
    return account.d1


def test_a_database_is_found_by_id_and_by_name(d1: D1Store) -> None:
    made = d1.create_database("shop", location_hint="apac")

    assert d1.get_database(made.id) == d1.get_database("shop") == made
    assert made.region == "APAC"
    assert d1.open("shop") is d1.open(made.id)


@pytest.mark.parametrize("name", ["", "-a", "_a", "a b", "a/b", "é", "a\n", "../x"])
def test_a_bad_name_is_refused(d1: D1Store, name: str) -> None:
    with pytest.raises(MalformedRequest, match="name"):
        d1.create_database(name)


@pytest.mark.parametrize("database_id", ["../x", "a/b", "", ".", "a" * 65])
def test_an_id_that_is_no_file_name_is_refused(d1: D1Store, database_id: str) -> None:
    with pytest.raises(MalformedRequest, match="uuid"):
        d1.create_database("shop", database_id=database_id)


def test_a_name_or_id_in_use_is_refused(d1: D1Store) -> None:
    d1.create_database("shop", database_id="chosen")

    for name, database_id in (("shop", None), ("other", "chosen")):
        with pytest.raises(DatabaseExists):
            d1.create_database(name, database_id=database_id)


@pytest.mark.parametrize("field", ["location_hint", "jurisdiction", "read_replication"])
def test_an_unknown_choice_is_refused_with_those_allowed(d1: D1Store, field: str) -> None:
    with pytest.raises(MalformedRequest, match="received 'moon'"):
        d1.create_database("shop", **{field: "moon"})


def test_the_newest_database_is_listed_first(d1: D1Store) -> None:
    for name in ("one", "two", "three"):
        d1.create_database(name)

    assert [info.name for info in d1.list_databases()] == ["three", "two", "one"]
    assert [info.name for info in d1.list_databases("T")] == ["three", "two"]


def test_a_deleted_database_leaves_no_files(d1: D1Store, files: Path) -> None:
    made = d1.create_database("shop")
    d1.open(made.id).execute("CREATE TABLE t(a)")
    assert list(files.rglob(f"{made.id}*"))

    d1.delete_database("shop")

    assert not list(files.rglob(f"{made.id}*"))
    with pytest.raises(DatabaseNotFound, match=f"The database {made.id} could not be found"):
        d1.open(made.id)


def test_an_id_used_again_starts_empty(d1: D1Store, files: Path) -> None:
    d1.create_database("shop", database_id="again")
    d1.open("again").execute("CREATE TABLE t(a)")
    stale = next(files.rglob("again.sqlite")).read_bytes()
    d1.delete_database("again")
    # As if the deletion had been cut short.
    (files / "again.sqlite").write_bytes(stale)

    d1.create_database("shop", database_id="again")

    assert d1.open("again").size().tables == 0


def test_databases_survive_a_restart(tmp_path: Path) -> None:
    for round_ in range(2):
        d1 = D1Store(tmp_path, Settings(), ManualClock(), Ids(seed=1))
        if round_ == 0:
            d1.create_database("shop")
            d1.open("shop").execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
        else:
            assert d1.open("shop").execute("SELECT a FROM t")[0].rows == [(1,)]
        d1.close()


def test_read_replication_can_be_changed(d1: D1Store) -> None:
    d1.create_database("shop")

    assert d1.update_database("shop", read_replication="auto").read_replication == "auto"
    with pytest.raises(MalformedRequest):
        d1.update_database("shop", read_replication="sometimes")


def test_an_account_has_only_so_many_databases(d1: D1Store, files: Path) -> None:
    info = d1.create_database("first")
    with closing(sqlite3.connect(files / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.executemany(
            "INSERT INTO databases SELECT ?1, ?1, created_at, region, NULL, read_replication"
            " FROM databases WHERE id = ?2",
            ((f"db{number}", info.id) for number in range(MAX_DATABASES - 1)),
        )

    with pytest.raises(TooManyDatabases):
        d1.create_database("one-more")


def test_more_databases_than_may_be_open_all_answer(d1: D1Store) -> None:
    numbers = range(MAX_OPEN + 5)
    for number in numbers:
        d1.create_database(f"db{number}")
        d1.open(f"db{number}").execute(f"CREATE TABLE t AS SELECT {number} AS n")

    read = [d1.open(f"db{number}").execute("SELECT n FROM t")[0].rows for number in numbers]

    assert read == [[(number,)] for number in numbers]


def test_sqls_time_is_the_twins(d1: D1Store, clock: ManualClock) -> None:
    d1.create_database("shop")
    sql = "SELECT datetime('now'), CURRENT_DATE, unixepoch('subsec')"
    before = d1.open("shop").execute(sql)[0].rows

    clock.advance(86_400.5)

    assert before == [("2026-01-01 00:00:00", "2026-01-01", 1_767_225_600.0)]
    assert d1.open("shop").execute(sql)[0].rows == [
        ("2026-01-02 00:00:00", "2026-01-02", 1_767_312_000.5)
    ]
