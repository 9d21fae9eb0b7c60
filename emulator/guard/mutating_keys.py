"""Keys as a program would use them that forgot whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Self

from emulator.guard.keys import KeyPattern

MAX_KEYS = 100_000


@dataclass(frozen=True, slots=True)
class UserKey:
    """A key, or a prefix of keys, with a user in it."""

    pattern: str
    before: str
    user: str
    after: str

    @classmethod
    def of(cls, patterns: Sequence[KeyPattern], key: str, *, prefix: bool = False) -> Self | None:
        for pattern in patterns:
            match = pattern.begin.match(key) if prefix else pattern.whole.fullmatch(key)
            if match is not None:
                start, end = match.span("user")
                return cls(pattern.text, key[:start], key[start:end], key[end:])
        return None


class SharedKeys:
    """Keys that differ in nothing but the user are one key: whoever writes it first, has it.

    What comes later, of whomever, reads, overwrites and deletes that one. It lies where its
    first writer's own would, so what looks at a store from behind finds it there.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._first: dict[tuple[str, str, str, str], str] = {}

    def shared(self, product: str, resource: str, key: UserKey, *, writes: bool) -> str:
        place = (product, resource, key.before, key.after)
        with self._lock:
            user = self._first.get(place)
            if user is None:
                user = key.user
                if writes and len(self._first) < MAX_KEYS:
                    self._first[place] = user
        return f"{key.before}{user}{key.after}"

    def clear(self) -> None:
        with self._lock:
            self._first.clear()
