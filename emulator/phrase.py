"""Reason phrases of the twin's own: a status line that says more than `Bad Request`.

workerd makes a KV error's text of the phrase alone, and ASGI has no field for it. So the
application is handed a function in `scope["extensions"]`, to be called before it answers.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from emulator.cork import CorkedProtocol
from emulator.wire.binding import REASON

Phrase = Callable[[str], None]


class PhrasedProtocol(CorkedProtocol):
    """The corked protocol, offering every request a phrase of its own."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # The request's task exists, and does not run before this returns.
        said = partial(phrase, self.cycle)
        self.scope["extensions"] = {REASON: said}  # type: ignore[dict-item]  # theirs are dicts


def phrase(cycle: RequestResponseCycle, text: str) -> None:
    """Have the answer that is about to begin say `text` behind its status."""
    cycle.transport = StatusLine(cycle.transport, text)  # type: ignore[assignment]  # all it uses


class StatusLine:
    """A transport that changes the first line of what is written."""

    def __init__(self, transport: Any, text: str) -> None:
        self._transport = transport
        self._text: str | None = text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._text is not None:
            line, _, rest = data.partition(b"\r\n")
            version, status = line.split(b" ", 2)[:2]
            data = b"%b %b %b\r\n%b" % (version, status, printable(self._text), rest)
            self._text = None
        self._transport.write(data)


def printable(text: str) -> bytes:
    """One line of UTF-8: a control character would end the phrase, or the answer."""
    return "".join(char if char >= " " and char != "\x7f" else " " for char in text).encode(
        "utf-8", "replace"
    )
