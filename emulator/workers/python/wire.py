"""HTTP to the twin's listener: one Unix socket, a token for whatever is asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import h11

from emulator.workers.python.values import JsException

TOKEN_HEADER = b"cftwin-binding"
# What a call is made for: the twin says it in a request if it wants to hear it again.
CAUSE_HEADER = b"cftwin-cause"
BLOCK_BYTES = 65_536
# Metadata of objects travels in headers.
MAX_HEAD_BYTES = 1_048_576
IDLE_CONNECTIONS = 32

Pairs = Sequence[tuple[bytes, bytes]]
Sent = bytes | AsyncIterator[bytes]


class Lost(JsException):
    """Nobody answered. workerd's text."""

    def __init__(self) -> None:
        super().__init__("Error", "Network connection lost.")
        self.retryable = True


class Connection:
    """One connection, good for one request after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)

    async def send(self, *events: Any) -> None:
        """In one piece: each write is a system call, and wakes up who listens."""
        data = b"".join(self.http.send(event) or b"" for event in events)
        if data:
            self.writer.write(data)
            await self.writer.drain()

    async def receive(self) -> Any:
        while True:
            event = self.http.next_event()
            if event is not h11.NEED_DATA:
                return event
            self.http.receive_data(await self.reader.read(BLOCK_BYTES))

    def close(self) -> None:
        self.writer.close()


class Answer:
    """What came back. The body is read once, whole or chunk by chunk, or closed unread."""

    def __init__(self, channel: "Channel", connection: Connection, head: h11.Response) -> None:
        self.status = head.status_code
        self.reason = head.reason.decode("utf-8", "replace")
        self.headers = [(bytes(name), bytes(value)) for name, value in head.headers]
        self._channel = channel
        self._connection: Connection | None = connection

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises `Lost` when it ends too soon."""
        connection = self._connection
        if connection is None:
            return
        try:
            while isinstance(event := await connection.receive(), h11.Data):
                yield bytes(event.data)
            if not isinstance(event, h11.EndOfMessage):
                raise Lost()
            self._channel.give_back(connection)
            self._connection = None
        except (OSError, h11.ProtocolError):
            raise Lost() from None
        finally:
            self.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Channel:
    """Connections to the socket at `path`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.cause: Callable[[], bytes | None] | None = None
        self._idle: list[Connection] = []

    async def request(
        self,
        method: str,
        target: str,
        headers: Pairs,
        body: Sent | None = None,
        length: int | None = None,
    ) -> Answer:
        """The answer's head; `headers` name the host. Raises `Lost` and `JsException`."""
        whole = body if isinstance(body, bytes) else b"" if body is None else None
        size = len(whole) if whole is not None else length
        framing = (
            (b"transfer-encoding", b"chunked")
            if size is None
            else (b"content-length", b"%d" % size)
        )
        if self.cause is not None and (cause := self.cause()) is not None:
            headers = [*headers, (CAUSE_HEADER, cause)]
        sent = [*headers] if method in ("GET", "HEAD") and not size else [*headers, framing]
        head = make_head(method, target, sent)
        while self._idle:
            connection = self._idle.pop()
            if connection.reader.at_eof():
                connection.close()
                continue
            try:
                return await self._ask(connection, head, whole if whole is not None else body)
            except Lost:
                if whole is None:
                    raise
        return await self._ask(await self._open(), head, whole if whole is not None else body)

    def give_back(self, connection: Connection) -> None:
        http = connection.http
        if http.our_state is h11.DONE and http.their_state is h11.DONE:
            http.start_next_cycle()
            if len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        for connection in self._idle:
            connection.close()

    async def _open(self) -> Connection:
        try:
            return Connection(*await asyncio.open_unix_connection(self.path))
        except OSError:
            raise Lost() from None

    async def _ask(self, connection: Connection, head: h11.Request, body: Sent | None) -> Answer:
        try:
            if isinstance(body, bytes):
                content = [h11.Data(data=body)] if body else []
                await connection.send(head, *content, h11.EndOfMessage())
            else:
                await connection.send(head)
                if body is not None:
                    async for chunk in body:
                        await connection.send(h11.Data(data=chunk))
                await connection.send(h11.EndOfMessage())
            while isinstance(event := await connection.receive(), h11.InformationalResponse):
                pass
            if isinstance(event, h11.Response):
                return Answer(self, connection, event)
            raise Lost()
        except (OSError, h11.ProtocolError):
            connection.close()
            raise Lost() from None
        except BaseException:
            connection.close()
            raise


def make_head(method: str, target: str, headers: Pairs) -> h11.Request:
    """Raises `JsException` for what no request can hold."""
    try:
        return h11.Request(method=method, target=target, headers=list(headers))
    except (h11.LocalProtocolError, UnicodeEncodeError) as error:
        raise JsException("TypeError", f"Invalid request: {error}") from None
