"""WebSocket frames that a client has not masked, masked: wrangler sends such when it tails.

Servers must refuse them (RFC 6455, 5.1), Cloudflare's does not. A mask of zeros changes nothing
but the frame's head.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MASKED = 0x80
KEY = bytes(4)
# How many bytes have the length, by what stands in its place.
LONGER = {126: 2, 127: 8}


class Masker:
    """A client's stream of frames, fed as it comes."""

    def __init__(self) -> None:
        self._head = bytearray()
        # Of the payload that is being received.
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """The same frames, masked all of them."""
        out = bytearray()
        at = 0
        while at < len(data):
            if self._left:
                piece = data[at : at + self._left]
                self._left -= len(piece)
                at += len(piece)
                out += piece
                continue
            self._head.append(data[at])
            at += 1
            out += self._finished()
        return bytes(out)

    def _finished(self) -> bytes:
        """The frame's head, once it is whole."""
        head = self._head
        if len(head) < 2:
            return b""
        short = head[1] & ~MASKED
        size = LONGER.get(short, 0)
        is_masked = bool(head[1] & MASKED)
        if len(head) < 2 + size + (len(KEY) if is_masked else 0):
            return b""
        self._left = int.from_bytes(head[2 : 2 + size], "big") if size else short
        head[1] |= MASKED
        whole = bytes(head) if is_masked else bytes(head) + KEY
        head.clear()
        return whole


class LenientWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol, for clients that mask nothing."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._masker: Masker | None = None

    def data_received(self, data: bytes) -> None:
        if self._masker is None:
            # The handshake, which is handed over whole.
            self._masker = Masker()
            super().data_received(data)
        else:
            super().data_received(self._masker.feed(data))
