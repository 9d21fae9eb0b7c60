"""Time Travel on a file of its own: what was recorded at a commit comes back, exactly."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import ManualClock
from emulator.d1 import history as module
from emulator.d1.history import History
from emulator.d1.transfer_errors import InvalidBookmark, NoHistory, TooManyRestores

MEGABYTE = 1024**2
Rows = list[tuple[object, ...]]


class Opened:
    """A database with its history, as `D1Database` holds them."""

    def __init__(self, path: Path, clock: ManualClock, limit_bytes: int = 64 * MEGABYTE) -> None:
        self.connection = apsw.Connection(str(path))
        self.connection.pragma("journal_mode", "wal")
        self.connection.pragma("synchronous", "normal")
        self.history = History(path, path.with_suffix(".history"), clock, limit_bytes)
        self.history.attach(self.connection)

    def write(self, sql: str, values: tuple[object, ...] = ()) -> str:
        """Run SQL as one commit; its bookmark."""
        with self.connection:
            self.connection.execute(sql, values)
        self.history.maintain(self.connection)
        return self.history.bookmark()

    def fill(self, rows: int, size_bytes: int = 1000) -> str:
        """Insert `rows` random BLOBs as one commit."""
        return self.write(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO t(v) SELECT randomblob(?) FROM n",
            (rows, size_bytes),
        )

    def read(self, sql: str = "SELECT * FROM t") -> Rows:
        return self.connection.execute(sql).fetchall()

    def restore(self, bookmark: str) -> module.Restored:
        return self.history.restore(self.connection, bookmark)

    def close(self) -> None:
        self.connection.close()
        self.history.close()


Open = Callable[..., Opened]


@pytest.fixture
def open_database(tmp_path: Path, clock: ManualClock) -> Iterator[Open]:
    opened: list[Opened] = []

    def open_one(limit_bytes: int = 64 * MEGABYTE) -> Opened:
        opened.append(Opened(tmp_path / "d.sqlite", clock, limit_bytes))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def database(open_database: Open) -> Opened:
    database = open_database()
    database.write("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
    return database


def integrity(database: Opened) -> Rows:
    return database.read("PRAGMA integrity_check")


def test_a_dropped_table_comes_back(database: Opened) -> None:
    bookmark = database.write("INSERT INTO t(v) VALUES ('kept'), ('too')")
    database.write("DROP TABLE t")

    database.restore(bookmark)

    assert database.read() == [(1, "kept"), (2, "too")]
    assert integrity(database) == [("ok",)]


def test_a_restore_is_undone_with_the_previous_bookmark(database: Opened) -> None:
    before = database.write("INSERT INTO t(v) VALUES (1)")
    database.write("UPDATE t SET v = 2")

    restored = database.restore(before)
    undone = database.restore(restored.previous_bookmark)

    assert database.read("SELECT v FROM t") == [(2,)]
    assert before < restored.previous_bookmark < restored.bookmark < undone.bookmark


def test_statements_prepared_before_a_restore_see_the_schema_after_it(database: Opened) -> None:
    before = database.write("INSERT INTO t(v) VALUES (1)")
    database.write("ALTER TABLE t ADD COLUMN w DEFAULT 7")
    assert database.read() == [(1, 1, 7)]

    database.restore(before)
    assert database.read() == [(1, 1)]
    database.write("ALTER TABLE t ADD COLUMN x DEFAULT 8")

    assert database.read() == [(1, 1, 8)]


def test_bookmarks_look_like_d1s_and_sort_by_time(database: Opened) -> None:
    bookmarks = [database.fill(300) for _ in range(30)]

    assert bookmarks == sorted(set(bookmarks))
    assert [len(part) for part in bookmarks[0].split("-")] == [8, 8, 8, 32]


def test_a_timestamp_means_the_last_commit_before_it(database: Opened, clock: ManualClock) -> None:
    first = database.write("INSERT INTO t(v) VALUES (1)")
    written_at = clock.now()
    clock.advance(60)
    second = database.write("INSERT INTO t(v) VALUES (2)")

    assert database.history.bookmark_at(written_at + 59.9) == first
    assert database.history.bookmark_at(written_at + 60) == second
    assert database.history.bookmark_at(written_at + 9_999) == second


def test_before_the_database_existed_there_is_no_history(
    database: Opened, clock: ManualClock
) -> None:
    with pytest.raises(NoHistory):
        database.history.bookmark_at(clock.now() - 1)


@pytest.mark.parametrize("bookmark", ["", "nonsense", "0" * 59, "00000001-00000000-00000002-x"])
def test_what_is_no_bookmark_is_refused(database: Opened, bookmark: str) -> None:
    with pytest.raises(InvalidBookmark):
        database.restore(bookmark)


def test_a_bookmark_of_another_history_is_refused(database: Opened) -> None:
    own = database.history.bookmark()
    stranger = own[:-1] + ("0" if own[-1] != "0" else "1")

    with pytest.raises(NoHistory):
        database.restore(stranger)


def test_the_log_stays_small_and_points_far_back_stay_reachable(
    database: Opened, tmp_path: Path
) -> None:
    bookmark = database.write("INSERT INTO t(v) VALUES ('early')")
    for _ in range(12):
        database.fill(1_000)

    assert (tmp_path / "d.sqlite-wal").stat().st_size < 2 * module.SEGMENT_BYTES
    database.restore(bookmark)
    assert database.read("SELECT v FROM t") == [("early",)]


def test_a_huge_commit_leaves_a_small_log_and_little_history(
    database: Opened, tmp_path: Path
) -> None:
    before = database.write("INSERT INTO t(v) VALUES ('early')")
    database.fill(30_000)

    assert (tmp_path / "d.sqlite-wal").stat().st_size == 0
    assert sum(path.stat().st_size for path in tmp_path.glob("d.history/*")) < MEGABYTE // 4
    database.restore(before)
    assert database.read("SELECT count(*) FROM t") == [(1,)]


def test_history_past_its_size_is_let_go_oldest_first(open_database: Open) -> None:
    database = open_database(limit_bytes=12 * MEGABYTE)
    early = database.write("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
    database.fill(4_000)
    for _ in range(10):
        database.write("UPDATE t SET v = randomblob(1000)")
    late = database.history.bookmark()
    content = database.read()
    database.write("DELETE FROM t WHERE id % 2")

    with pytest.raises(NoHistory):
        database.restore(early)
    database.restore(late)
    assert database.read() == content


def test_history_is_30_days_long(database: Opened, clock: ManualClock) -> None:
    early = database.write("INSERT INTO t(v) VALUES (1)")
    clock.advance(1)
    late = database.write("INSERT INTO t(v) VALUES (2)")
    clock.advance(30 * 86_400)

    with pytest.raises(NoHistory):
        database.restore(early)
    assert database.history.bookmark_at(clock.now() - 30 * 86_400) == late


def test_old_segments_leave_the_disk(database: Opened, clock: ManualClock, tmp_path: Path) -> None:
    database.fill(10_000)
    clock.advance(31 * 86_400)
    database.fill(10_000)
    database.fill(10_000)

    assert len(list(tmp_path.glob("d.history/*.points"))) <= 3


def test_ten_restores_in_ten_minutes_and_no_more(database: Opened, clock: ManualClock) -> None:
    bookmark = database.history.bookmark()
    for _ in range(10):
        database.restore(bookmark)

    with pytest.raises(TooManyRestores):
        database.restore(bookmark)
    clock.advance(600)
    database.restore(bookmark)


@pytest.mark.parametrize("rows", [1, 1_000, 9_000])
def test_history_goes_on_after_the_database_was_closed(
    open_database: Open, database: Opened, rows: int
) -> None:
    bookmark = database.write("INSERT INTO t(v) VALUES ('early')")
    database.fill(rows)
    for _ in range(2):
        database.close()
        database = open_database()
        assert database.history.bookmark() > bookmark
    database.write("DELETE FROM t")

    database.restore(bookmark)

    assert database.read("SELECT v FROM t") == [("early",)]
    assert integrity(database) == [("ok",)]


def test_a_bookmark_stays_the_same_over_a_restart(open_database: Open, database: Opened) -> None:
    database.fill(9_000)
    bookmark = database.history.bookmark()
    database.close()
    database = open_database()
    database.write("DELETE FROM t")

    database.restore(bookmark)

    assert database.read("SELECT count(*) FROM t") == [(9_000,)]


def test_a_checkpoint_from_outside_costs_history_but_no_data(
    open_database: Open, database: Opened, tmp_path: Path
) -> None:
    early = database.write("INSERT INTO t(v) VALUES (1)")
    database.close()
    with closing(apsw.Connection(str(tmp_path / "d.sqlite"))) as shell:
        shell.execute("INSERT INTO t(v) VALUES (2)")
    database = open_database()
    now = database.write("INSERT INTO t(v) VALUES (3)")
    database.write("DELETE FROM t")

    with pytest.raises(NoHistory):
        database.restore(early)
    database.restore(now)
    assert database.read("SELECT v FROM t") == [(1,), (2,), (3,)]


def test_another_processs_reader_delays_a_checkpoint_and_breaks_nothing(
    database: Opened, tmp_path: Path
) -> None:
    early = database.write("INSERT INTO t(v) VALUES ('early')")
    with reading(tmp_path / "d.sqlite"):
        for _ in range(12):
            database.fill(1_000)
    middle, content = database.fill(1), database.read("SELECT count(*), sum(length(v)) FROM t")
    for _ in range(6):
        database.fill(2_000)

    database.restore(middle)
    assert database.read("SELECT count(*), sum(length(v)) FROM t") == content
    database.restore(early)
    assert database.read("SELECT v FROM t") == [("early",)]


def test_a_log_that_begins_again_after_a_delayed_checkpoint_is_noticed(
    database: Opened, tmp_path: Path
) -> None:
    database.fill(1_000)
    for _ in range(5):
        with database.connection:
            database.connection.execute("UPDATE t SET v = randomblob(1000)")
    before, content = database.history.bookmark(), database.read()
    with reading(tmp_path / "d.sqlite"):
        # All of the log goes into the file, but it cannot begin again while it is read.
        database.history.maintain(database.connection)
    database.write("UPDATE t SET v = 'gone' WHERE id % 3 = 0")
    assert database.history.bookmark().split("-")[1] > before.split("-")[1]

    database.restore(before)

    assert database.read() == content


@contextmanager
def reading(path: Path) -> Iterator[None]:
    with closing(apsw.Connection(str(path))) as reader:
        reader.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        reader.execute("BEGIN; SELECT * FROM t").fetchall()
        yield


WRITER = """
import itertools, json, os, random, sys
from pathlib import Path
from emulator.core.clock import ManualClock
from emulator.d1 import history
from tests.d1.test_history import CONTENT, Opened

history.SEGMENT_BYTES = 200_000
path, method, calls = sys.argv[1:]
if method != "-":
    target = history if hasattr(history, method) else history.History
    inner, counter = getattr(target, method), itertools.count(1)

    def die(*values, **named):
        if next(counter) == int(calls):
            os._exit(9)
        return inner(*values, **named)

    setattr(target, method, die)
database = Opened(Path(path), ManualClock())
database.write("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, v)")
for number in range(1_000_000):
    database.fill(random.randint(1, 90))
    sql = "UPDATE t SET v = randomblob(abs(random()) % 2000) WHERE id % 97 = ?"
    bookmark = database.write(sql, (number % 97,))
    print(json.dumps([bookmark, database.read(CONTENT)]), flush=True)
"""
CONTENT = "SELECT count(*), total(id), total(length(v) * id) FROM t"


def write_until_killed(path: Path, method: str, calls: int) -> dict[str, Rows]:
    """What a process wrote before it died: in the given call, or after so many commits."""
    command = [sys.executable, "-c", WRITER, str(path), method, str(calls)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = []
        if method == "-":
            said = [writer.stdout.readline() for _ in range(calls)]
            writer.kill()
        said += writer.stdout.readlines()
    lines = [json.loads(line) for line in said if line.endswith("\n")]
    return {bookmark: [tuple(row) for row in rows] for bookmark, rows in lines}


@pytest.mark.parametrize(
    ("method", "calls"),
    [
        ("-", 3),
        ("-", 31),
        ("_committed", 20),
        ("write_undo", 3),
        ("_checkpoint_mode", 3),
        ("_begin_next", 3),
        ("_append", 20),
        ("_let_go", 3),
    ],
)
def test_a_process_killed_among_writes_loses_neither_data_nor_history(
    open_database: Open, tmp_path: Path, method: str, calls: int
) -> None:
    known = write_until_killed(tmp_path / "d.sqlite", method, calls)

    database = open_database()

    assert database.read(CONTENT) >= list(known.values())[-1]
    for bookmark in list(known)[:: -(-len(known) // 9)]:
        database.restore(bookmark)
        assert database.read(CONTENT) == known[bookmark]
    assert integrity(database) == [("ok",)]


OPERATIONS = st.sampled_from(
    [
        "INSERT INTO t(v) SELECT randomblob(900) FROM t LIMIT 500",
        "INSERT INTO t(v) VALUES (randomblob(50000)), ('x'), (NULL)",
        "UPDATE t SET v = randomblob(length(v) / 2) WHERE id % 3 = 0",
        "DELETE FROM t WHERE id % 2 = 0",
        "DELETE FROM t",
        "DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t(v) VALUES (1)",
        "CREATE INDEX IF NOT EXISTS i ON t(v)",
        "PRAGMA user_version = 7",
        "reopen",
        "restore",
    ]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(OPERATIONS, min_size=1, max_size=14), st.integers(1, 40))
def test_every_bookmark_brings_back_exactly_what_was_there(
    operations: list[str], segment_kilobytes: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        patch.setattr(module, "SEGMENT_BYTES", segment_kilobytes * 8_192)
        check_all_bookmarks(Path(directory) / "d.sqlite", operations)


def check_all_bookmarks(path: Path, operations: list[str]) -> None:
    clock = ManualClock()
    database = Opened(path, clock)
    database.write("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t(v) VALUES (1), (2)")
    known = {database.history.bookmark(): content_of(database)}
    for operation in operations:
        clock.advance(600)
        if operation == "reopen":
            database.close()
            database = Opened(path, clock)
        elif operation == "restore":
            database.restore(next(iter(known)))
        else:
            database.write(operation)
        known[database.history.bookmark()] = content_of(database)
    for bookmark, content in reversed(known.items()):
        clock.advance(600)
        database.restore(bookmark)
        assert content_of(database) == content
        assert integrity(database) == [("ok",)]
    database.close()


def content_of(database: Opened) -> tuple[Rows, Rows]:
    return database.read(), database.read("SELECT type, name, sql FROM sqlite_schema")
