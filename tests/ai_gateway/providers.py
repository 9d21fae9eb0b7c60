"""Providers of the tests' own: what they answer a test lays out, what they were asked it reads."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import orjson

from emulator.twin import Account
from emulator.wire.upstream import UpstreamReply, UpstreamRequest

JSON = (("content-type", "application/json"),)
EVENTS = (("content-type", "text/event-stream"),)


class Provider:
    """Answers in turn with what was laid out, then with a number that counts up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[UpstreamRequest] = []
        self.accounts: list[str] = []
        self.answers: list[UpstreamReply | Exception] = []

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply:
        self.asked.append(request)
        self.accounts.append(account.id)
        if not self.answers:
            return answer(number=len(self.asked), provider=self.name)
        given = self.answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    def header(self, name: str) -> str | None:
        """A header of the last request."""
        return dict(self.asked[-1].headers).get(name)


class Silent:
    """A provider that never answers; `closed` once nobody waits for it any more."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.closed = False

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.closed = True
        raise AssertionError("nothing comes")


class Blocks:
    """A body in blocks; `error` comes after them, and `closed` says that it was let go."""

    def __init__(self, blocks: Iterable[bytes], error: Exception | None = None) -> None:
        self._blocks = list(blocks)
        self._error = error
        self.read = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for block in self._blocks:
            self.read += 1
            yield block
        if self._error is not None:
            raise self._error

    async def aclose(self) -> None:
        self.closed = True


def answer(status: int = 200, **members: object) -> UpstreamReply:
    """A whole answer in JSON, which says that it used 10 tokens and made 5."""
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return UpstreamReply(status, JSON, orjson.dumps({"usage": usage} | members))


def events(*datas: object) -> Blocks:
    """A stream of events, each in a block of its own."""
    return Blocks(
        [b"data: " + orjson.dumps(data) + b"\n\n" for data in datas] + [b"data: [DONE]\n\n"]
    )


def streamed(body: Blocks) -> UpstreamReply:
    return UpstreamReply(200, EVENTS, body)
