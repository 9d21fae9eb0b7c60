"""Carries requests to a script's process by its Unix socket, and answers back, as they come."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING

from emulator.edge.request import Pairs
from emulator.wire.body import Receive, stream_body
from emulator.wire.call import Scope

if TYPE_CHECKING:
    import aiohttp

    from emulator.workers.runtime.child import Child

# Of a request to Workers on the largest plan.
MAX_BODY_BYTES = 500 * 1024**2
# An answer of up to so many bytes goes out in one piece.
WHOLE_BYTES = 65_536
MAX_HEADER_BYTES = 131_072


class Unanswered(Exception):
    """The process gave no answer. `sent` tells whether it may have had the request."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("the script's process ended")
        self.sent = sent


class Answer:
    """What a process answers: the head is here, the body comes."""

    def __init__(self, response: "aiohttp.ClientResponse") -> None:
        self._response = response
        self.status = response.status
        self.headers: Pairs = list(response.raw_headers)

    @property
    def is_uncaught(self) -> bool:
        """Whether it is the runtime's own answer for a script that threw."""
        names = {name.lower() for name, _ in self.headers}
        return (
            self.status == 500
            and b"content-type" not in names
            and self._response.headers.get("connection", "").lower() == "close"
        )

    @property
    def length(self) -> int | None:
        return self._response.content_length

    async def read(self) -> bytes:
        """The whole body. Raises `Unanswered` if it is cut short."""
        import aiohttp

        try:
            return await self._response.read()
        except aiohttp.ClientError:
            raise Unanswered(sent=True) from None

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes; an error if it is cut short, so that the client sees it, too."""
        async for block in self._response.content.iter_any():
            yield block

    def close(self) -> None:
        self._response.release()


class Proxy:
    """Connections to the processes that serve. Belongs to one event loop."""

    def __init__(self) -> None:
        self._sessions: dict[Child, aiohttp.ClientSession] = {}
        self._closers: set[asyncio.Task[None]] = set()

    def session(self, child: "Child") -> "aiohttp.ClientSession":
        """The connections to one process; they end with it."""
        known = self._sessions.get(child)
        if known is not None:
            return known
        import aiohttp

        session = self._sessions[child] = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(child.edge), limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )
        closer = asyncio.create_task(self._close_with(child, session))
        self._closers.add(closer)
        closer.add_done_callback(self._closers.discard)
        return session

    async def send(self, child: "Child", scope: Scope, headers: Pairs, body: "Body") -> Answer:
        """The head of the answer. Raises `Unanswered`, `ClientGone`, `BodyTooLarge`."""
        import aiohttp
        from multidict import CIMultiDict
        from yarl import URL

        url = URL(target_of(scope), encoded=True)
        named = CIMultiDict(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in headers
        )
        try:
            response = await self.session(child).request(
                scope["method"], url, headers=named, data=body.data, allow_redirects=False
            )
        except (aiohttp.ClientConnectorError, FileNotFoundError):
            raise Unanswered(sent=False) from None
        except aiohttp.ClientError:
            if body.failure is not None:
                raise body.failure from None
            raise Unanswered(sent=True) from None
        return Answer(response)

    async def close(self) -> None:
        for session in list(self._sessions.values()):
            await session.close()
        for closer in list(self._closers):
            closer.cancel()

    async def _close_with(self, child: "Child", session: "aiohttp.ClientSession") -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.shield(child.ended)
        self._sessions.pop(child, None)
        await session.close()


def target_of(scope: Scope) -> str:
    """The URL at the process; its Host header is the client's."""
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    return f"http://edge{path}?{query}" if query else f"http://edge{path}"


class Body:
    """A request's body on its way to the process. None if there is none."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self.failure: Exception | None = None
        names = {name for name, _ in scope["headers"]}
        self.is_read = not names & {b"content-length", b"transfer-encoding"}
        self.data = None if self.is_read else self._blocks()

    async def _blocks(self) -> AsyncIterator[bytes]:
        try:
            async for block in stream_body(self._receive, MAX_BODY_BYTES):
                yield block
            self.is_read = True
        except Exception as failure:
            self.failure = failure
            raise
