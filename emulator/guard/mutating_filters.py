"""The filters that a program was seen to use, each once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Any

from emulator.guard.findings import Seen

MAX_FILTERS = 5_000
# With more cases than these a filter is used everywhere.
MAX_CASES = 500
ID_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class Place:
    """A statement of a script, a query of vectors, or keys of one pattern.

    `resource` is what the Worker calls it, else its id: names outlast a reset.
    """

    script: str
    product: str
    resource: str
    shape: str

    def id_of(self, *parts: object) -> str:
        said = (self.script, self.product, self.resource, self.shape, *parts)
        return sha256(repr(said).encode()).hexdigest()[:ID_CHARACTERS]


@dataclass(slots=True)
class Filter:
    """What keeps others' data out. `group`: all filters of one statement; `cases`: of a suite.

    `changed` is how often it was taken away and that made another request of it.
    """

    id: str
    group: str
    script: str
    product: str
    resource: str
    table: str
    statement: str
    predicate: str
    request: str = ""
    count: int = 0
    changed: int = 0
    cases: dict[str, None] = field(default_factory=dict)
    # Seen while no case ran, or in more cases than are kept.
    elsewhere: bool = False

    def json(self) -> dict[str, Any]:
        names = ("id", "group", "script", "product", "resource", "table", "statement")
        told: dict[str, Any] = {name: getattr(self, name) for name in names}
        told |= {"predicate": self.predicate, "request": self.request}
        told |= {"count": self.count, "changed": self.changed}
        return told | {"cases": list(self.cases), "elsewhere": self.elsewhere}


class Filters:
    """Bounded: no more are taken up when there are too many. For all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, Filter] = {}
        self._running: dict[str, None] = {}

    def meet(
        self, place: Place, statement: str, predicates: Sequence[tuple[str, str]]
    ) -> list[Filter]:
        """Those of one place, in their order there; each is a table and a condition."""
        with self._lock:
            return [
                self._filter(place, table, statement, predicate, number)
                for number, (table, predicate) in enumerate(predicates)
            ]

    def used(self, found: Iterable[Filter], requests: Sequence[Seen]) -> None:
        """Once more, by whichever cases run now."""
        with self._lock:
            for one in found:
                one.count += 1
                if not one.request and requests:
                    one.request = f"{requests[0].method} {requests[0].path}"
                one.cases |= self._running
                one.elsewhere |= not self._running or len(one.cases) > MAX_CASES

    def changed(self, one: Filter) -> None:
        with self._lock:
            one.changed += 1

    def running(self, case: str, does: bool) -> None:
        with self._lock:
            if does:
                self._running[case] = None
            else:
                self._running.pop(case, None)

    def all(self) -> list[Filter]:
        with self._lock:
            return list(self._known.values())

    def again(self) -> None:
        """Counts begin anew."""
        with self._lock:
            self._running.clear()
            for one in self._known.values():
                one.count = one.changed = 0

    def _filter(
        self, place: Place, table: str, statement: str, predicate: str, number: int
    ) -> Filter:
        id = place.id_of(predicate, number)
        known = self._known.get(id)
        if known is None:
            where = (place.script, place.product, place.resource, table)
            known = Filter(id, place.id_of(), *where, statement, predicate)
            if len(self._known) < MAX_FILTERS:
                self._known[id] = known
        return known
