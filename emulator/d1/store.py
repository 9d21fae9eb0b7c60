"""One account's D1 databases: the catalogue of them, and each one's file."""

import re
import shutil
from collections import OrderedDict
from pathlib import Path

from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.d1.database import D1Database
from emulator.d1.errors import (
    DatabaseExists,
    DatabaseNotFound,
    MalformedRequest,
    TooManyDatabases,
)
from emulator.d1.limits import MAX_DATABASES
from emulator.d1.models import DatabaseInfo
from emulator.d1.vfs import ClockVfs

SCHEMA = """
CREATE TABLE IF NOT EXISTS databases (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    region TEXT NOT NULL,
    jurisdiction TEXT,
    read_replication TEXT NOT NULL
);
"""
COLUMNS = "id, name, created_at, region, jurisdiction, read_replication"

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*")
# Also a file name: configurations may bring their own.
DATABASE_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}")
LOCATION_HINTS = ("wnam", "enam", "weur", "eeur", "apac", "oc")
JURISDICTIONS = ("eu", "fedramp", "us")
READ_REPLICATION = ("auto", "disabled")

# Files kept open; the one longest unused is closed first.
MAX_OPEN = 200


class D1Store:
    """Databases by id or name. Knows D1's rules and nothing of HTTP."""

    def __init__(self, directory: Path, settings: Settings, clock: Clock, ids: Ids) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._catalogue = Database(directory / "catalogue.sqlite", SCHEMA)
        self._vfs = ClockVfs(f"d1:{directory}", clock)
        self._databases: dict[str, D1Database] = {}
        self._recent: OrderedDict[str, D1Database] = OrderedDict()

    def create_database(
        self,
        name: str,
        *,
        location_hint: str | None = None,
        jurisdiction: str | None = None,
        read_replication: str = "disabled",
        database_id: str | None = None,
    ) -> DatabaseInfo:
        """A new, empty database. Raises `DatabaseExists`, `TooManyDatabases`."""
        check("name", name, NAME)
        check_choice("primary_location_hint", location_hint, LOCATION_HINTS)
        check_choice("jurisdiction", jurisdiction, JURISDICTIONS)
        check_choice("read_replication.mode", read_replication, READ_REPLICATION)
        info = DatabaseInfo(
            id=self._ids.uuid() if database_id is None else database_id,
            name=name,
            created_at=self._clock.now(),
            region=(location_hint or self._settings.region).upper(),
            jurisdiction=jurisdiction,
            read_replication=read_replication,
        )
        check("uuid", info.id, DATABASE_ID)
        with self._catalogue.transaction():
            if self._find(info.name) or self._find(info.id):
                raise DatabaseExists(name=name)
            if self._count() >= MAX_DATABASES:
                raise TooManyDatabases(limit=MAX_DATABASES)
            # A deletion that was cut short may have left files under an id used again.
            self._remove_files(info.id)
            self._insert(info)
        return info

    def get_database(self, id_or_name: str) -> DatabaseInfo:
        """The database with this id, or else this name. Raises `DatabaseNotFound`."""
        info = self._find(id_or_name)
        if info is None:
            raise DatabaseNotFound(database_id=id_or_name)
        return info

    def list_databases(self, name: str | None = None) -> list[DatabaseInfo]:
        """All databases, newest first; with `name`, those whose name contains it."""
        # [guess] neither the order nor how the filter matches is documented.
        rows = self._catalogue.all(
            f"SELECT {COLUMNS} FROM databases WHERE instr(lower(name), lower(?))"
            " ORDER BY created_at DESC, rowid DESC",
            (name or "",),
        )
        return [DatabaseInfo(*row) for row in rows]

    def known_databases(self) -> list[DatabaseInfo]:
        """All databases, and no file for an account that never had any."""
        return self.list_databases() if self._catalogue.is_made else []

    def update_database(self, id_or_name: str, *, read_replication: str) -> DatabaseInfo:
        """Turn read replication on (`auto`) or off (`disabled`)."""
        check_choice("read_replication.mode", read_replication, READ_REPLICATION)
        info = self.get_database(id_or_name)
        self._catalogue.execute(
            "UPDATE databases SET read_replication = ? WHERE id = ?", (read_replication, info.id)
        )
        return self.get_database(info.id)

    def delete_database(self, id_or_name: str) -> None:
        """Remove the database, its file and its history; what it is doing ends."""
        info = self.get_database(id_or_name)
        self._catalogue.execute("DELETE FROM databases WHERE id = ?", (info.id,))
        self._recent.pop(info.id, None)
        if (database := self._databases.pop(info.id, None)) is not None:
            database.close()
        self._remove_files(info.id)

    def waiting(self) -> list[tuple[str, int]]:
        """The databases that calls wait for, and how many."""
        found = [(key, one.waiting()) for key, one in self._databases.items()]
        return [(key, length) for key, length in found if length]

    def open(self, id_or_name: str) -> D1Database:
        """The database itself. Raises `DatabaseNotFound`."""
        database = self._recent.get(id_or_name)
        if database is not None:
            self._recent.move_to_end(id_or_name)
            return database
        info = self.get_database(id_or_name)
        database = self._databases.get(info.id)
        if database is None:
            database = self._databases[info.id] = D1Database(
                info.id,
                info.region,
                self._file(info.id),
                self._settings,
                self._clock,
                self._vfs.name,
            )
        self._recent[info.id] = database
        self._recent.move_to_end(info.id)
        if len(self._recent) > MAX_OPEN:
            self._recent.popitem(last=False)[1].release()
        return database

    def close(self) -> None:
        for database in self._databases.values():
            database.close()
        self._databases.clear()
        self._recent.clear()
        self._catalogue.close()
        self._vfs.unregister()

    def _find(self, id_or_name: str) -> DatabaseInfo | None:
        row = self._catalogue.one(
            f"SELECT {COLUMNS} FROM databases WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC",
            (id_or_name,),
        )
        return None if row is None else DatabaseInfo(*row)

    def _count(self) -> int:
        row = self._catalogue.one("SELECT count(*) FROM databases")
        return 0 if row is None else int(row[0])

    def _insert(self, info: DatabaseInfo) -> None:
        self._catalogue.execute(
            f"INSERT INTO databases ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
            (
                info.id,
                info.name,
                info.created_at,
                info.region,
                info.jurisdiction,
                info.read_replication,
            ),
        )

    def _file(self, database_id: str) -> Path:
        return self._directory / f"{database_id}.sqlite"

    def _remove_files(self, database_id: str) -> None:
        path = self._file(database_id)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        for beside in (".history", ".transfer"):
            shutil.rmtree(path.with_suffix(beside), ignore_errors=True)


def check(field: str, value: str, pattern: re.Pattern[str]) -> None:
    if pattern.fullmatch(value) is None:
        raise MalformedRequest(reason=f"Invalid property: {field} => Invalid")


def check_choice(field: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        allowed = " | ".join(f"'{choice}'" for choice in choices)
        raise MalformedRequest(
            reason=f"Invalid property: {field} => Invalid enum value. Expected {allowed},"
            f" received '{value}'"
        )
