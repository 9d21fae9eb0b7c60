"""One account's vector indexes: which there are, and each of them when it is first used."""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from threading import RLock
from typing import TYPE_CHECKING

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.core.storage import Row, Storage
from emulator.vectorize.errors import IndexExists, IndexNotFound, TooManyIndexes
from emulator.vectorize.limits import MAX_INDEXES
from emulator.vectorize.models import Index, Metric
from emulator.vectorize.schema import CATALOGUE
from emulator.vectorize.validate import check_index

if TYPE_CHECKING:
    from emulator.vectorize.index import IndexStore

COLUMNS = "name, description, dimensions, metric, created_at, directory"

# Indexes kept open; the one longest unused is closed first.
MAX_OPEN = 200


class VectorizeStore:
    """One account's indexes. Knows Vectorize's rules and nothing of HTTP.

    Nothing is open, nor is there a file, before the first index is made.
    """

    def __init__(self, directory: Path, settings: Settings, clock: Clock, ids: Ids) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._lock = RLock()
        self._catalogue: Storage | None = None
        self._open: OrderedDict[str, IndexStore] = OrderedDict()

    def create_index(
        self, name: str, dimensions: int, metric: Metric, description: str = ""
    ) -> Index:
        """A new, empty index.

        Raises `InvalidIndexName`, `InvalidConfig`, `IndexExists`, `TooManyIndexes`.
        """
        check_index(name, dimensions, description)
        index = Index(name, description, dimensions, metric, self._clock.now())
        with self._lock:
            catalogue = self._opened_catalogue()
            with catalogue.transaction():
                if self._find(name) is not None:
                    raise IndexExists(name=name)
                [(count,)] = catalogue.read_for_write("SELECT count(*) FROM indexes")
                if count >= MAX_INDEXES:
                    raise TooManyIndexes(limit=MAX_INDEXES)
                catalogue.execute(
                    f"INSERT INTO indexes ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        name,
                        description,
                        dimensions,
                        metric.value,
                        index.created_at,
                        self._ids.hex(),
                    ),
                )
        return index

    def get_index(self, name: str) -> Index:
        """Raises `IndexNotFound`."""
        return index_in(self._row(name))

    def indexes(self) -> Sequence[Index]:
        """All of them, oldest first [guess]."""
        with self._lock:
            if not self._exists():
                return []
            rows = self._opened_catalogue().read(f"SELECT {COLUMNS} FROM indexes ORDER BY number")
        return [index_in(row) for row in rows]

    def delete_index(self, name: str) -> None:
        """The index and all in it; what is under way there ends. Raises `IndexNotFound`."""
        with self._lock:
            directory = self._directory / self._row(name)[-1]
            self._opened_catalogue().execute("DELETE FROM indexes WHERE name = ?", (name,))
            index = self._open.pop(name, None)
        if index is not None:
            index.close()
        rmtree(directory, ignore_errors=True)

    def index(self, name: str) -> "IndexStore":
        """The index itself. Raises `IndexNotFound`."""
        # numpy is loaded with the first index, not with the twin.
        from emulator.vectorize.index import IndexStore

        with self._lock:
            index = self._open.get(name)
            if index is None:
                row = self._row(name)
                path = self._directory / row[-1]
                path.mkdir(exist_ok=True)
                index = IndexStore(path, index_in(row), self._settings, self._clock, self._ids)
                self._close_one_unused()
                self._open[name] = index
            self._open.move_to_end(name)
            return index

    def opened(self, name: str) -> "IndexStore | None":
        """The index if it is open. Waits for nothing: to open one takes a while."""
        index = self._open.get(name)
        with suppress(KeyError):
            self._open.move_to_end(name)
        return index

    def close(self) -> None:
        with self._lock:
            for index in self._open.values():
                index.close()
            self._open.clear()
            if self._catalogue is not None:
                self._catalogue.close()

    def _close_one_unused(self) -> None:
        if len(self._open) < MAX_OPEN:
            return
        for name, index in self._open.items():
            if not index.busy:
                del self._open[name]
                index.close()
                return

    def _row(self, name: str) -> Row:
        with self._lock:
            row = self._find(name) if self._exists() else None
        if row is None:
            raise IndexNotFound(name=name)
        return row

    def _find(self, name: str) -> Row | None:
        rows = self._opened_catalogue().read_for_write(
            f"SELECT {COLUMNS} FROM indexes WHERE name = ?", (name,)
        )
        return rows[0] if rows else None

    def _exists(self) -> bool:
        return self._catalogue is not None or self._file().exists()

    def _opened_catalogue(self) -> Storage:
        if self._catalogue is None:
            full_sync = self._settings.full_sync
            self._catalogue = Storage(self._file(), CATALOGUE, full_sync=full_sync)
            self._remove_leftovers(self._catalogue)
        return self._catalogue

    def _remove_leftovers(self, catalogue: Storage) -> None:
        """What a deletion that was cut short has left."""
        known = {directory for (directory,) in catalogue.read("SELECT directory FROM indexes")}
        for path in self._directory.iterdir():
            if path.is_dir() and path.name not in known:
                rmtree(path, ignore_errors=True)

    def _file(self) -> Path:
        return self._directory / "catalogue.sqlite"


def index_in(row: Row) -> Index:
    name, description, dimensions, metric, created_at, _ = row
    return Index(name, description, dimensions, Metric(metric), created_at)
