"""The newest inferences of one account, for tests to assert on: a ring in memory."""

from collections import deque
from fnmatch import fnmatchcase
from itertools import islice

from emulator.ai.models import Record


class Calls:
    """Remembers the newest `size` inferences."""

    def __init__(self, size: int) -> None:
        self._ring: deque[Record] = deque(maxlen=size)

    def add(self, record: Record) -> None:
        self._ring.append(record)

    def clear(self) -> None:
        self._ring.clear()

    def recent(
        self,
        limit: int,
        *,
        model: str = "*",
        provider: str | None = None,
        task: str | None = None,
        rule: str | None = None,
        backend: str | None = None,
    ) -> list[Record]:
        """The newest `limit` that match, newest first. `model` is a glob."""
        matching = (
            record
            for record in reversed(self._ring)
            if fnmatchcase(record.model, model)
            and provider in (None, record.provider)
            and task in (None, record.task)
            and rule in (None, record.rule)
            and backend in (None, record.backend)
        )
        return list(islice(matching, limit))
