"""A model provider as AI Gateway sees it: one request in, one answer out.

A real provider is behind HTTP; the offline stand-ins are in this process.
"""

from dataclasses import dataclass
from typing import Protocol

from emulator.twin import Account
from emulator.wire.reply import Stream

# Lower-case names.
HeaderList = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """`path` is what follows the provider's base URL, with its query and no leading slash."""

    method: str
    path: str
    headers: HeaderList
    body: bytes


@dataclass(frozen=True, slots=True)
class UpstreamReply:
    """What the provider answered; `body` is a stream where it streamed."""

    status: int
    headers: HeaderList
    body: bytes | Stream


class UpstreamUnreachable(Exception):
    """No answer: refused, cut short, or not in time."""


class Upstream(Protocol):
    """Sends the request as `account`. Raises `UpstreamUnreachable`."""

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply: ...
