"""Listing by prefix and delimiter: what lies behind a delimiter is leapt over, not read.

Pure over `read(start, end, limit)`, which gives items by the bytes of their keys. The cost is
that of the page, whatever the bucket holds.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from emulator.core.keys import end_of
from emulator.r2.errors import InvalidArgument


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


Item = TypeVar("Item", bound=Keyed)
Read = Callable[[bytes, bytes, int], Sequence[Item]]


@dataclass(slots=True)
class Listed(Generic[Item]):
    """What a page shows. `resume` is where the next one starts; None where nothing is left."""

    items: list[Item] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    resume: bytes | None = None
    last: str | None = None


def page(
    read: Read[Item], *, prefix: str, delimiter: str, start: bytes, limit: int
) -> Listed[Item]:
    """Up to `limit` items and common prefixes from `start` on."""
    listed: Listed[Item] = Listed()
    shown = entries(read, prefix, delimiter, max(start, prefix.encode()), limit + 1)
    for count, (item, group, resume) in enumerate(shown):
        if count == limit:
            return listed
        if item is not None:
            listed.items.append(item)
            listed.last = item.key
        else:
            listed.prefixes.append(group)
            listed.last = group
        listed.resume = resume
    listed.resume = None
    return listed


def entries(
    read: Read[Item], prefix: str, delimiter: str, start: bytes, wanted: int
) -> Iterator[tuple[Item | None, str, bytes]]:
    """Each item, or the common prefix that stands for a group, and where to go on behind it."""
    end = end_of(prefix.encode())
    # Without a delimiter one read fills the page; with one, runs between groups are short.
    batch = 4 if delimiter else wanted
    while True:
        found = read(start, end, batch)
        for item in found:
            group = group_of(item.key, prefix, delimiter)
            if group is not None:
                start = end_of(group.encode())
                yield None, group, start
                batch = 4
                break
            start = item.key.encode() + b"\0"
            yield item, "", start
        else:
            if len(found) < batch:
                return
            batch = min(batch * 4, max(wanted, 4))


def group_of(key: str, prefix: str, delimiter: str) -> str | None:
    """The common prefix the key is shown under, if it is."""
    if not delimiter:
        return None
    at = key.find(delimiter, len(prefix))
    return None if at < 0 else key[: at + len(delimiter)]


def cursor_at(resume: bytes) -> str:
    return urlsafe_b64encode(resume).decode()


def start_of(cursor: str) -> bytes:
    """Raises `InvalidArgument` for what was never a cursor."""
    try:
        return b64decode(cursor, b"-_", validate=True)
    except ValueError:
        raise InvalidArgument(reason="The continuation token provided is incorrect") from None
