"""A PostgreSQL, a running twin, and the command that moves from the one to the other."""

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from emulator.standins.supabase.database import migrate
from emulator.standins.supabase.postgres import Postgres
from emulator.standins.supabase.seeding import load
from emulator.testing import TwinAccount, TwinServer

JOBMATCH = Path(__file__).parents[2] / "fixtures" / "jobmatch"
DIMENSIONS = 768
TIMEOUT_SECONDS = 100
NUMBERS = count()


@dataclass(frozen=True)
class Outcome:
    """How the command ended, and its report if it wrote one."""

    code: int
    report: dict[str, Any]
    err: str

    def table(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.report["tables"] if one["table"] == name)
        return found


@dataclass(frozen=True)
class Move:
    """One migration's both sides."""

    dsn: str
    server: TwinServer
    account: TwinAccount
    database: str = "target"
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "SUPABASE_DB_URL": self.dsn,
            "CLOUDFLARE_API_BASE_URL": self.server.api,
            "CLOUDFLARE_ACCOUNT_ID": self.account.id,
            "CLOUDFLARE_API_TOKEN": self.account.token,
            "AWS_ENDPOINT_URL_S3": self.server.s3,
            "PYTHONPATH": str(JOBMATCH.parents[1]),
            **self.more,
        }

    def start(self, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "emulator", "migrate", "supabase-to-d1"]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*command, "--database", self.database, *options],
            env=self.environment,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def __call__(self, *options: str) -> Outcome:
        with self.start("--json", *options) as process:
            out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        return Outcome(process.returncode, json.loads(out) if out.strip() else {}, err)

    def source(self, sql: str, *values: object) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.encode(), values or None)

    def api(self, method: str, path: str, **options: Any) -> Any:
        url = f"{self.server.api}/accounts/{self.account.id}{path}"
        with httpx.Client(headers=self.account.headers, trust_env=False, timeout=60) as client:
            answer = client.request(method, url, **options).json()
        assert answer["success"], answer
        return answer["result"]

    def d1(self, sql: str) -> list[list[Any]]:
        """The rows of a statement at the target."""
        id = self.api("GET", f"/d1/database?name={self.database}")[0]["uuid"]
        answer = self.api("POST", f"/d1/database/{id}/raw", json={"sql": sql})
        rows: list[list[Any]] = answer[-1]["results"]["rows"]
        return rows


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of a server that runs for the session."""
    pytest.importorskip("pgserver")
    # Not below pytest's directory: the next pytest to start shuts others' users out of that.
    with TemporaryDirectory(prefix="migrating-") as directory:
        server = Postgres(Path(directory) / "data")
        server.prepare()
        dsn = server.start()
        wait_for(dsn)
        yield dsn
        server.stop()


def wait_for(dsn: str) -> None:
    for _ in range(1_000):
        try:
            psycopg.connect(dsn).close()
            return
        except psycopg.OperationalError:
            asyncio.run(asyncio.sleep(0.02))
    raise TimeoutError(dsn)


class Databases:
    """Databases of one server; JobMatch's are made once and copied."""

    def __init__(self, dsn: str, directory: Path) -> None:
        self._dsn = dsn
        self._directory = directory
        self._made: set[str] = set()

    def empty(self) -> str:
        return self._create(f"test_{next(NUMBERS)}", "template0")

    def jobmatch(self, size: str) -> str:
        """One with JobMatch's schema and that seed."""
        if not self._made:
            # Supabase's roles are the server's, so its frame is made once.
            files = sorted((JOBMATCH / "supabase" / "migrations").glob("*.sql"))
            asyncio.run(migrate(self._create("jobmatch", "template0"), files))
        if size not in self._made:
            self._made.add(size)
            seed = self._directory / size
            generate = [sys.executable, str(JOBMATCH / "seeds" / "generate.py"), size, str(seed)]
            subprocess.run(generate, check=True, capture_output=True)
            if size != "small":
                # 5,000 vectors would take longer than all the rest.
                shutil.rmtree(seed / "vectorize")
            load(seed, self._create(f"jobmatch_{size}", "jobmatch"), embedded)
        return self._create(f"test_{next(NUMBERS)}", f"jobmatch_{size}")

    def _create(self, name: str, template: str) -> str:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return make_conninfo(self._dsn, dbname=name)


@pytest.fixture(scope="session")
def databases(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(postgres, tmp_path_factory.mktemp("seeds"))


@pytest.fixture
def dsn(databases: Databases) -> str:
    """A database of the test's own, empty."""
    return databases.empty()


@pytest.fixture
def move(dsn: str, twin_server: TwinServer, twin_account: TwinAccount) -> Move:
    """From the test's database to an empty one of D1."""
    made = Move(dsn, twin_server, twin_account)
    made.api("POST", "/d1/database", json={"name": "target"})
    return made


def rows_of(dsn: str) -> dict[str, int]:
    """How many rows each table of the schema has."""
    with psycopg.connect(dsn) as connection:
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        names = [str(row[0]) for row in connection.execute(sql)]
        return {name: counted(connection, name) for name in names}


def counted(connection: "psycopg.Connection[Any]", table: str) -> int:
    row = connection.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone()
    assert row is not None
    return int(row[0])


def embedded(texts: Sequence[str]) -> list[list[float]]:
    """Vectors that are told apart; no model is asked."""
    return [[random.Random(text).uniform(-1, 1)] * DIMENSIONS for text in texts]


def jobmatch_target(move: Move) -> None:
    """JobMatch's own migrations at the target."""
    for path in sorted((JOBMATCH / "migrations").glob("*.sql")):
        move.d1(path.read_text())
