"""Answers in one piece: what is written in one turn of the loop leaves in one packet.

uvicorn writes headers and body apart, and each write is a system call, a packet and a wake-up
of the client: a quarter of what a small answer costs. Requests are bounded here, too: uvicorn
gathers a request's head whatever its length.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Cloudflare's limit for the headers of a request, and room for its target.
MAX_HEAD_BYTES = 128 * 1024 + 32 * 1024
MAX_HEADERS = 1_000
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class HeadTooLarge(Exception):
    """The head of a request is more than anybody sends in good faith."""


class CorkedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol over a corked transport, its requests' heads bounded."""

    _head_bytes = 0
    _in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's is typed as narrowly
        super().connection_made(cast(asyncio.Transport, Cork(transport, self.loop)))

    def data_received(self, data: bytes) -> None:
        # What precedes or follows a head in one packet is counted with it, until it is complete.
        self._head_bytes += len(data)
        super().data_received(data)
        if not self._in_head:
            self._head_bytes = 0
        elif self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._is_too_large():
            raise HeadTooLarge
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if self.headers and self._is_too_large():
            self.transport.write(TOO_LARGE)
            self.transport.close()
        else:
            super().send_400_response(msg)

    def _is_too_large(self) -> bool:
        if self._head_bytes <= MAX_HEAD_BYTES:
            return len(self.headers) > MAX_HEADERS
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        return size > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS


class Cork:
    """A transport that gathers what is written until the loop's next turn."""

    __slots__ = ("_loop", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._transport.write(b"".join(waiting))
