"""A PostgreSQL for each pytest worker, a fresh database for each test, clients for each role."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

import emulator
from emulator import Settings
from emulator.ai.inference import Inference
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.outbound.outbox import Outbox
from emulator.standins.standin import Place
from emulator.standins.supabase.app import App
from emulator.standins.supabase.frame import FRAME
from emulator.standins.supabase.postgres import Postgres
from emulator.standins.supabase.project import Project
from emulator.standins.supabase.tables import Tables
from tests.standins.supabase.conftest import bearer

MIGRATIONS = Path(emulator.__file__).parents[1] / "fixtures/jobmatch/supabase/migrations"
URL = "https://project.supabase.co/rest/v1"
ADA, BEN = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
# One job of each, one application of Ada's.
PEOPLE = f"""
INSERT INTO users (id, email) VALUES ('{ADA}', 'ada@example.com'), ('{BEN}', 'ben@example.com');
INSERT INTO jobs (id, user_id, title, company) VALUES
  ('10000000-0000-4000-8000-00000000000a', '{ADA}', 'Engineer', 'Engines'),
  ('10000000-0000-4000-8000-00000000000b', '{BEN}', 'Gardener', 'Roses');
INSERT INTO applications (user_id, job_id, job_title)
VALUES ('{ADA}', '10000000-0000-4000-8000-00000000000a', 'Engineer');
"""
Json = Any


class Api(httpx.AsyncClient):
    """The project's tables as somebody."""

    async def rows(self, path: str, **options: Any) -> Json:
        """What GET finds, which has to be something."""
        response = await self.get(path, **options)
        assert response.status_code in (200, 206), response.text
        return response.json()


def answer_of(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert set(response.json()) == {"code", "details", "hint", "message"}
    return response.status_code, response.json()["code"]


def ready(dsn: str) -> None:
    """Returns once the server takes connections."""
    while True:
        try:
            psycopg.connect(dsn).close()
            return
        except psycopg.OperationalError:
            continue


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of a server with the database `template1` framed, migrated and filled."""
    postgres = Postgres(tmp_path_factory.mktemp("postgres") / "data")
    postgres.prepare()
    dsn = postgres.start()
    ready(dsn)
    try:
        with psycopg.connect(make_conninfo(dsn, dbname="template1"), autocommit=True) as connection:
            connection.execute(FRAME.encode())
            connection.execute("SET search_path TO public, extensions")
            for file in (*sorted(MIGRATIONS.glob("*.sql")), Path(__file__).parent / "schema.sql"):
                connection.execute(file.read_bytes())
            connection.execute(PEOPLE.encode())
        yield dsn
    finally:
        postgres.stop()


NUMBERS = count()


@pytest.fixture(scope="session")
def shared(server: str) -> str:
    """A database for tests that only read."""
    return created(server, "shared")


@pytest.fixture
def dsn(shared: str) -> str:
    """The database of a test. Modules that write take `own` instead."""
    return shared


@pytest.fixture
def own(server: str) -> Iterator[str]:
    """A database of the test's own."""
    name = f"test_{next(NUMBERS)}"
    yield created(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(name)))


def created(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return make_conninfo(server, dbname=name)


@pytest.fixture
def tables(project: Project, dsn: str, tmp_path: Path, clock: ManualClock) -> Iterator[Tables]:
    settings = Settings(supabase_database=dsn)
    inference = Inference(settings, clock, Ids(seed=1))
    account: Any = None
    place = Place(
        account, tmp_path, clock, Ids(seed=1), settings, inference, Outbox(1), "http://localhost"
    )
    tables = Tables(project, place)
    yield tables
    tables.close()


@pytest.fixture
async def api(project: Project, tables: Tables) -> AsyncIterator[Callable[[str], Api]]:
    """Makes clients with a bearer token, and the public API key."""
    async with AsyncExitStack() as stack:
        app = App(project, tables)

        def make(token: str) -> Api:
            headers = {"apikey": project.keys.anon, **bearer(token)}
            client = Api(transport=httpx.ASGITransport(app), base_url=URL, headers=headers)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def service(api: Callable[[str], Api], project: Project) -> Api:
    return api(project.keys.service_role)


@pytest.fixture
def anyone(api: Callable[[str], Api], project: Project) -> Api:
    return api(project.keys.anon)


@pytest.fixture
def ada(api: Callable[[str], Api], project: Project) -> Api:
    return api(token_of(project, ADA))


@pytest.fixture
def ben(api: Callable[[str], Api], project: Project) -> Api:
    return api(token_of(project, BEN))


def token_of(project: Project, user_id: str, **claims: object) -> str:
    return project.access.sign({"sub": user_id, "role": "authenticated", **claims})
