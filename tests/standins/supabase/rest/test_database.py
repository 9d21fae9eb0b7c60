"""The server behind the tables: when it starts, what it keeps, and that it ends with the twin."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from emulator import Settings
from emulator.ai.inference import Inference
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.outbound.outbox import Outbox
from emulator.standins.standin import Place
from emulator.standins.supabase.database import MigrationFailed, ProjectDatabase, database_of
from emulator.standins.supabase.postgres import Postgres

# A twin's process, as far as the database is concerned.
TWIN = """
import sys
from pathlib import Path
from emulator.standins.supabase.postgres import Postgres

postgres = Postgres(Path(sys.argv[1]))
postgres.prepare()
print(postgres.start(), postgres.pid, flush=True)
sys.stdin.read()
"""
SECONDS = 20


def place(directory: Path, **settings: Any) -> Place:
    chosen, clock = Settings(**settings), ManualClock()
    inference = Inference(chosen, clock, Ids(seed=1))
    account: Any = None
    return Place(
        account, directory, clock, Ids(seed=1), chosen, inference, Outbox(1), "http://localhost"
    )


def connected(dsn: str) -> psycopg.Connection:
    """A connection to a server that is about to be ready."""
    while True:
        try:
            return psycopg.connect(dsn, autocommit=True)
        except psycopg.OperationalError:
            continue


@pytest.fixture
def database(tmp_path: Path) -> Iterator[ProjectDatabase]:
    database = database_of(place(tmp_path))
    yield database
    database.close()


async def test_nothing_runs_before_it_is_wanted(database: ProjectDatabase, tmp_path: Path) -> None:
    assert database.pid is None
    assert list(tmp_path.iterdir()) == []


async def test_its_data_is_in_the_accounts_directory_and_no_port_is_open(
    database: ProjectDatabase, tmp_path: Path
) -> None:
    await database.open()

    assert (tmp_path / "postgres" / "PG_VERSION").is_file()
    assert database.pid is not None
    assert psutil.Process(database.pid).net_connections("inet") == []


async def test_it_is_opened_once_by_many_at_a_time(database: ProjectDatabase) -> None:
    assert len(set(await asyncio.gather(*(database.open() for _ in range(5))))) == 1


async def test_the_role_of_the_api_may_only_become_those_of_tokens(
    database: ProjectDatabase,
) -> None:
    with psycopg.connect(await database.open_for_rest(), autocommit=True) as connection:
        connection.execute("SET ROLE authenticated")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE postgres")


async def test_a_closed_one_has_ended_and_opens_again_with_its_rows(
    database: ProjectDatabase,
) -> None:
    with psycopg.connect(await database.open()) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    pid = database.pid
    database.close()

    with psycopg.connect(await database.open()) as connection:
        assert connection.execute("SELECT * FROM kept").fetchall() == []
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_a_server_that_was_killed_is_started_again(database: ProjectDatabase) -> None:
    await database.open()
    assert database.pid is not None
    server = psutil.Process(database.pid)
    server.kill()
    await asyncio.to_thread(server.wait, SECONDS)

    with psycopg.connect(await database.open()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_ends_with_a_killed_twin_and_keeps_what_was_committed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TWIN, str(tmp_path / "data")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as twin:
        assert twin.stdout is not None
        dsn, pid = twin.stdout.readline().split()
        server = psutil.Process(int(pid))
        with connected(dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
        os.kill(twin.pid, signal.SIGKILL)
    server.wait(SECONDS)

    again = Postgres(tmp_path / "data")
    again.prepare()
    try:
        with connected(again.start()) as connection:
            assert connection.execute("SELECT id FROM kept").fetchone() == (7,)
    finally:
        again.stop()


def test_a_stale_pid_that_is_now_somebody_elses_is_no_obstacle(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "data")
    postgres.prepare()
    (tmp_path / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path / 'data'}\n")

    postgres.prepare()
    try:
        connected(postgres.start()).close()
    finally:
        postgres.stop()


def test_a_directory_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("16")

    postgres = Postgres(tmp_path / "data")
    postgres.prepare()

    assert (tmp_path / "data" / "global" / "pg_control").is_file()
    assert not half.exists()


async def test_migrations_are_applied_in_order_and_once(tmp_path: Path) -> None:
    files = tmp_path / "migrations"
    files.mkdir()
    (files / "2_second.sql").write_text("INSERT INTO one VALUES (1);")
    (files / "1_first.sql").write_text("CREATE TABLE one (id int); -- 100%\nSELECT 1;")
    for _ in range(2):
        database = database_of(place(tmp_path, supabase_migrations=files))
        with psycopg.connect(await database.open()) as connection:
            assert connection.execute("SELECT * FROM one").fetchall() == [(1,)]
        database.close()


async def test_a_wrong_migration_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    files = tmp_path / "migrations"
    files.mkdir()
    (files / "1_first.sql").write_text("CREATE TABLE one (id int); CREATE TABLE oops (;")
    database = database_of(place(tmp_path, supabase_migrations=files))
    try:
        with pytest.raises(MigrationFailed, match="1_first.sql: syntax error"):
            await database.open()
        (files / "1_first.sql").write_text("CREATE TABLE one (id int);")
        await database.open()
    finally:
        database.close()
