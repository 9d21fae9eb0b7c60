"""`Headers`, as JavaScript has them."""

from collections.abc import Iterator, Mapping
from email.utils import format_datetime
from typing import Any

from emulator.workers.python.values import JsException, JsProxy, is_header_safe

COOKIE = "set-cookie"


class Headers(JsProxy):
    """Names are in lower case; iterated over in their order, as pairs."""

    def __init__(self, given: Any = None) -> None:
        self._pairs: list[tuple[str, str]] = []
        for name, value in pairs_of(given):
            self.append(name, value)

    @classmethod
    def new(cls, given: Any = None) -> "Headers":
        return cls(given)

    def append(self, name: str, value: Any) -> None:
        text = str(value).strip(" \t")
        if not is_header_safe(f"{name}{text}") or not name or " " in name:
            raise JsException("TypeError", f"Invalid header: {name}")
        self._pairs.append((name.lower(), text))

    def set(self, name: str, value: Any) -> None:
        self.delete(name)
        self.append(name, value)

    def delete(self, name: str) -> None:
        self._pairs = [pair for pair in self._pairs if pair[0] != name.lower()]

    def get(self, name: str, default: str | None = None) -> str | None:
        values = self.getAll(name)
        return ", ".join(values) if values else default

    def getAll(self, name: str) -> list[str]:  # JavaScript's name
        return [value for key, value in self._pairs if key == name.lower()]

    get_all = getAll

    def getSetCookie(self) -> list[str]:
        return self.getAll(COOKIE)

    def has(self, name: str) -> bool:
        return name in self

    def entries(self) -> list[tuple[str, str]]:
        """Sorted by name; values of one name joined, but for cookies."""
        found: list[tuple[str, str]] = []
        for name in sorted({name for name, _ in self._pairs}):
            values = self.getAll(name)
            found += [(name, one) for one in (values if name == COOKIE else [", ".join(values)])]
        return found

    items = entries

    def keys(self) -> list[str]:
        return [name for name, _ in self.entries()]

    def values(self) -> list[str]:
        return [value for _, value in self.entries()]

    def forEach(self, call: Any) -> None:
        for name, value in self.entries():
            call(value, name, self)

    def raw(self) -> list[tuple[bytes, bytes]]:
        """As they go over the wire: every pair by itself, UTF-8."""
        return [(name.encode(), value.encode("utf-8", "replace")) for name, value in self._pairs]

    def copy(self) -> "Headers":
        return Headers(list(self._pairs))

    def to_py(self, **_: Any) -> dict[str, str]:
        return dict(self.entries())

    def __contains__(self, name: str) -> bool:
        return any(key == name.lower() for key, _ in self._pairs)

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self.entries())


def pairs_of(given: Any) -> list[tuple[str, Any]]:
    """The pairs of what headers can be made of."""
    if given is None:
        return []
    if isinstance(given, Headers):
        return list(given._pairs)
    if isinstance(given, Mapping) or hasattr(given, "items"):
        return [(str(name), value) for name, value in given.items()]
    return [(str(name), value) for name, value in given]


def http_date(moment: Any) -> str:
    return format_datetime(moment, usegmt=True)
