"""Multipart bodies as clients really send them: any part name, any size, no text decoding.

Starlette's reader refuses text parts above 1 MB and more than 1,000 files; wrangler sends
both (`wrangler-wire` §1).
"""

from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS = 20_000


class MalformedMultipart(Exception):
    """The body is not what its Content-Type says."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part; `data` is its bytes as sent."""

    name: str
    data: bytes
    filename: str | None
    content_type: str | None


def is_multipart(content_type: str | None) -> bool:
    return (content_type or "").lower().startswith("multipart/form-data")


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The parts in order. Raises `MalformedMultipart`."""
    _, options = parse_options_header(content_type)
    if not (boundary := options.get(b"boundary")):
        raise MalformedMultipart("no boundary in Content-Type")
    collector = Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise MalformedMultipart(str(error)) from None
    if not collector.ended:
        raise MalformedMultipart("the body ends before its last boundary")
    return collector.parts


class Collector:
    """Gathers what the parser calls out into parts."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._data: list[bytes] = []
        self._headers = Message()
        self._field = b""
        self._value = b""

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self._data.append(data[start:end]),
            "on_part_end": self._finish,
            "on_header_field": self._name_piece,
            "on_header_value": self._value_piece,
            "on_header_end": self._header,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._data, self._headers = [], Message()
        if len(self.parts) >= MAX_PARTS:
            raise MalformedMultipart(f"more than {MAX_PARTS} parts")

    def _name_piece(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _value_piece(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        self._headers[self._field.decode("latin-1")] = self._value.decode("latin-1")
        self._field = self._value = b""

    def _finish(self) -> None:
        _, options = parse_options_header(self._headers["Content-Disposition"] or "")
        filename = options.get(b"filename")
        self.parts.append(
            Part(
                options.get(b"name", b"").decode("utf-8", "replace"),
                b"".join(self._data),
                None if filename is None else filename.decode("utf-8", "replace"),
                self._headers["Content-Type"],
            )
        )

    def _end(self) -> None:
        self.ended = True
