"""What was found: each thing once, with how often and in which requests it was seen."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]

MAX_FOUND = 2_000
MAX_REQUESTS = 10
MAX_STATEMENT_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A request to a Worker. `one_of`: it is one of those that were being answered just then."""

    method: str
    path: str
    ray: str = ""
    one_of: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """`statement` is SQL, a key or a query; `table` the table, or what has its part elsewhere."""

    account_id: str
    rule: str
    severity: Severity
    product: str
    resource: str
    door: str
    script: str | None
    table: str
    statement: str
    message: str
    fix: str
    # What the Worker calls the resource in `env`.
    name: str = ""
    requests: tuple[Seen, ...] = ()
    count: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    # Of the same rule, several are told apart by this instead of the statement: keys differ.
    alike: str = ""

    @property
    def is_leak(self) -> bool:
        return self.severity != "note"

    @property
    def identity(self) -> tuple[str | None, ...]:
        where = (self.account_id, self.product, self.resource, self.door, self.script)
        return (*where, self.rule, self.table, self.alike or self.statement)

    def json(self) -> dict[str, Any]:
        told = asdict(self)
        del told["alike"]
        return told


class Findings:
    """Bounded: the one not seen for longest makes room, and is counted. For all threads."""

    def __init__(self, size: int = MAX_FOUND) -> None:
        self._size = size
        self._found: OrderedDict[tuple[str | None, ...], Found] = OrderedDict()
        self._lock = Lock()
        self.dropped = 0

    def record(self, found: Found, requests: Iterable[Seen], at: float) -> None:
        """Once more, or for the first time."""
        found = replace(found, statement=found.statement[:MAX_STATEMENT_CHARACTERS])
        with self._lock:
            known = self._found.pop(found.identity, None)
            self._found[found.identity] = again(known or replace(found, first_at=at), requests, at)
            if len(self._found) > self._size:
                self._found.popitem(last=False)
                self.dropped += 1

    def all(self, account_id: str | None = None) -> list[Found]:
        """Those of one account, or of all; the worst first, then those seen most."""
        with self._lock:
            kept = [one for one in self._found.values() if account_id in (None, one.account_id)]
        order = ("error", "warning", "note")
        return sorted(kept, key=lambda one: (order.index(one.severity), -one.count, one.first_at))

    def clear(self, account_id: str | None = None) -> None:
        """Forget those of one account, or all."""
        with self._lock:
            if account_id is None:
                self._found.clear()
                self.dropped = 0
            for key in [key for key in self._found if key[0] == account_id]:
                del self._found[key]


def again(found: Found, requests: Iterable[Seen], at: float) -> Found:
    kept = list(found.requests)
    for seen in requests:
        if len(kept) < MAX_REQUESTS and not any(is_same(seen, one) for one in kept):
            kept.append(seen)
    return replace(found, requests=tuple(kept), count=found.count + 1, last_at=at)


def is_same(one: Seen, other: Seen) -> bool:
    """By route and certainty: the ray of the first is enough to find it."""
    return (one.method, one.path, one.one_of) == (other.method, other.path, other.one_of)
