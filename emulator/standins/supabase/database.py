"""A project's PostgreSQL: started, framed and migrated when it is first wanted.

The setting `supabase_database` names another server's database instead of the twin's own; all
accounts share that one.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from emulator.core.settings import Settings
from emulator.standins.standin import Place
from emulator.standins.supabase.frame import FRAME
from emulator.standins.supabase.postgres import Postgres, PostgresFailed
from emulator.standins.supabase.seeding import load

START_SECONDS = 30
POLL_SECONDS = 0.02
# Any number: who migrates the database holds this lock of it.
MIGRATING = 7_232_021
# What the schema's vectors are made with: D1's seed uses the same.
MODEL = "@cf/baai/bge-base-en-v1.5"
PATH = "SET search_path TO public, extensions"


class MigrationFailed(Exception):
    """A file of the project's migrations is wrong; the text says which and how."""


class ProjectDatabase:
    """`open` it for its DSN. `close` ends the server."""

    def __init__(self, place: Place) -> None:
        self._settings = place.settings
        self._directory = place.directory / "postgres"
        self._inference = place.inference
        self._opening = asyncio.Lock()
        self._server: Postgres | None = None
        self._dsn: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether the twin runs its server, for this account alone."""
        return not self._settings.supabase_database

    @property
    def pid(self) -> int | None:
        """The server's process, if it is one of the twin's."""
        return self._server.pid if self._server else None

    async def open(self) -> str:
        """The DSN of the database's owner. Starts and migrates the first time."""
        async with self._opening:
            if self._dsn is None or not self._runs():
                self._dsn = await self._opened()
            return self._dsn

    async def open_for_rest(self) -> str:
        """The DSN of the role that may only become `anon`, `authenticated`, `service_role`."""
        dsn = await self.open()
        return make_conninfo(dsn, user="authenticator") if self.is_own else dsn

    def close(self) -> None:
        self._dsn = None
        self._stop()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def _runs(self) -> bool:
        return self._server is None or self._server.is_running

    async def _opened(self) -> str:
        settings = self._settings
        dsn = settings.supabase_database or await self._started()
        await migrate(dsn, migrations_of(settings))
        if settings.supabase_seed is not None:
            await asyncio.to_thread(load, settings.supabase_seed, dsn, self._embed)
        return dsn

    async def _started(self) -> str:
        # A wrong migration leaves a server that runs: the next request tries again.
        self._stop()
        server = Postgres(self._directory, full_sync=self._settings.full_sync)
        await asyncio.to_thread(server.prepare)
        # Here, not in a thread of a pool: the kernel ends the server with the thread.
        dsn = server.start()
        self._server = server
        try:
            async with asyncio.timeout(START_SECONDS):
                await ready(server, dsn)
        except TimeoutError:
            server.stop()
            raise PostgresFailed("it did not answer in time") from None
        return dsn

    def _embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        from emulator.ai.embedders import Pooling

        found = self._inference.embedders.embed_now(MODEL, texts, Pooling.MEAN)
        return list(found.vectors)


def database_of(place: Place) -> ProjectDatabase:
    return ProjectDatabase(place)


def migrations_of(settings: Settings) -> tuple[Path, ...]:
    """The project's migrations in their order, as Supabase's CLI takes them."""
    directory = settings.supabase_migrations
    return tuple(sorted(directory.glob("*.sql"))) if directory is not None else ()


async def ready(server: Postgres, dsn: str) -> None:
    """Returns once the server takes connections."""
    while True:
        if not server.is_running:
            raise PostgresFailed("it ended at once; see postgres.log in the account's directory")
        try:
            await (await AsyncConnection.connect(dsn)).close()
            return
        except psycopg.OperationalError:
            await asyncio.sleep(POLL_SECONDS)


async def migrate(dsn: str, files: Iterable[Path]) -> None:
    """Frame the database if it is bare, and apply what it has not seen, each file as a whole."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", (MIGRATING,))
        if await is_bare(connection):
            async with connection.transaction():
                await connection.execute(FRAME)
        found = await connection.execute(
            "SELECT version FROM supabase_migrations.schema_migrations"
        )
        known = {row[0] for row in await found.fetchall()}
        for file in files:
            version, _, name = file.stem.partition("_")
            if version not in known:
                await apply(connection, file, version, name)


async def is_bare(connection: AsyncConnection) -> bool:
    row = await (
        await connection.execute(
            "SELECT to_regclass('supabase_migrations.schema_migrations') IS NULL"
        )
    ).fetchone()
    return bool(row and row[0])


async def apply(connection: AsyncConnection, file: Path, version: str, name: str) -> None:
    text = file.read_text()
    try:
        async with connection.transaction():
            await connection.execute(PATH)
            await connection.execute(text.encode())
            await connection.execute(
                "INSERT INTO supabase_migrations.schema_migrations VALUES (%s, %s, %s)",
                (version, [text], name),
            )
    except psycopg.Error as error:
        raise MigrationFailed(f"{file.name}: {error}") from error
