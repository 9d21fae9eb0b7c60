"""The vectors of one index: durable, searched by FAISS, for callers on an event loop.

Nothing heavy is imported or read before it is needed: numpy and FAISS with the first call,
the rows with the first search.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from emulator.core.lane import Lane
from emulator.vectorize.gather import Gather
from emulator.vectorize.models import Metric
from emulator.vectorize.tuning import Tuning

if TYPE_CHECKING:
    from emulator.vectorize.exact import Hits
    from emulator.vectorize.models import Matrix, Slots, Vector
    from emulator.vectorize.search import Question
    from emulator.vectorize.vectors import Vectors


class EngineClosed(Exception):
    """The index has been closed, or deleted."""


class Engine:
    """Rows of float32. A row's number is its slot, given once and never again.

    A row is written by `append`, then committed by the store, then searchable by `reveal`.
    One caller writes at a time; its reveals come in the order of its appends.
    """

    def __init__(
        self,
        path: Path,
        dimensions: int,
        metric: Metric,
        *,
        rows: int,
        live: "Callable[[], Slots]",
        sync: bool,
        tuning: Tuning | None = None,
    ) -> None:
        """`path` is the index's own directory. Slots from `rows` on are cut off: the store has
        not committed them. `live` gives the slots of all living rows, on a thread of ours.
        """
        self._path = path
        self._dimensions = dimensions
        self._metric = metric
        self._rows = rows
        self._live = live
        self._sync = sync
        self._tuning = tuning or Tuning()
        self._opening = Lock()
        self._opened: Vectors | None = None
        self._closed = False
        self._lane = Lane(f"vectorize {path.name}", self._tuning.waiting)
        self._gather: Gather[Question, Hits] = Gather(
            self._lane, lambda questions: self._vectors().answer(questions), self._tuning.gathered
        )

    def append(self, values: "Matrix") -> int:
        """Write rows to the file; the slot of the first. Blocks. Raises `OSError`, and then
        nothing is written.
        """
        return self._vectors().append(values)

    def reveal(self, added: "Slots", removed: "Slots") -> None:
        """Let searches find the added and no longer the removed, both at once. Never waits."""
        self._vectors().reveal(added, removed)

    def values(self, slots: Sequence[int]) -> "Matrix":
        """The rows of these slots as they were given, in this order. Blocks."""
        return self._vectors().values(slots)

    async def search(
        self, query: "Vector", limit: int, *, allowed: "Slots | None", exact: bool
    ) -> "Hits":
        """Slots and scores of the nearest, best first, equal ones by slot. `allowed` are the
        only slots that may be found; None is all. Unless `exact`, a large index is searched
        through its partition. Raises `LaneFull` and `EngineClosed`.

        A score is the cosine, the distance, or the negative dot product.
        """
        if self._closed:
            raise EngineClosed
        if limit <= 0:
            return []
        from emulator.vectorize.search import Question

        return await self._gather.ask(Question(query, limit, allowed, exact))

    def finish_upkeep(self) -> None:
        """Wait until compaction and the partition have nothing left to do."""
        self._vectors().finish()

    def close(self) -> None:
        """Answer what waits, stop upkeep, let go of memory."""
        with self._opening:
            self._closed = True
        self._lane.close()
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _vectors(self) -> "Vectors":
        with self._opening:
            if self._opened is None:
                if self._closed:
                    raise EngineClosed
                self._opened = self._open()
            return self._opened

    def _open(self) -> "Vectors":
        from emulator.vectorize.vectors import Vectors

        return Vectors(
            self._path,
            self._dimensions,
            self._metric,
            rows=self._rows,
            live=self._live,
            sync=self._sync,
            tuning=self._tuning,
        )
