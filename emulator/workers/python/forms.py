"""`Blob`, `File` and `FormData`, and forms as bytes."""

from collections.abc import Iterator, Sequence
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from emulator.workers.python.values import JsBuffer, JsException, JsProxy, is_bytes

BOUNDARY = "----cftwin-form"


class Blob(JsProxy):
    """Bytes with a media type."""

    def __init__(self, parts: Any = (), options: Any = None, content_type: str | None = None):
        whole = isinstance(parts, str | Blob) or is_bytes(parts)
        inherited = parts.type if isinstance(parts, Blob) else ""
        self.content = b"".join(bytes_of(part) for part in ([parts] if whole else parts))
        self.type: str = content_type or (options or {}).get("type") or inherited

    @classmethod
    def new(cls, *given: Any, **named: Any) -> Any:
        return cls(*given, **named)

    @property
    def js_object(self) -> "Blob":
        return self

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def content_type(self) -> str:
        return str(self.type)

    async def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    async def bytes(self) -> JsBuffer:
        return JsBuffer(self.content)

    arrayBuffer = bytes  # JavaScript's name

    def slice(self, start: int = 0, end: int | None = None, kind: str = "") -> "Blob":
        return Blob(self.content[start:end], content_type=kind)


class File(Blob):
    """One with a name."""

    def __init__(
        self,
        parts: Any = (),
        filename: str = "",
        options: Any = None,
        content_type: str | None = None,
    ) -> None:
        super().__init__(parts, options, content_type)
        self.name = filename


class FormData(JsProxy):
    """Fields of a form, in their order: text, blobs and files."""

    def __init__(self, given: Any = None) -> None:
        self._fields: list[tuple[str, Any]] = []
        for name, value in given.items() if given is not None else ():
            self.append(name, value)

    @classmethod
    def new(cls, *given: Any) -> "FormData":
        return cls(*given)

    @property
    def js_object(self) -> "FormData":
        return self

    def append(self, name: str, value: Any, filename: str | None = None) -> None:
        if isinstance(value, Blob) and (filename or not isinstance(value, File)):
            value = File(value, filename or "blob") if filename else value
        self._fields.append((name, value if isinstance(value, Blob) else str(value)))

    def delete(self, name: str) -> None:
        self._fields = [field for field in self._fields if field[0] != name]

    def set(self, name: str, value: Any, filename: str | None = None) -> None:
        self.delete(name)
        self.append(name, value, filename)

    def get(self, name: str, default: Any = None) -> Any:
        return next((value for key, value in self._fields if key == name), default)

    def getAll(self, name: str) -> list[Any]:
        return [value for key, value in self._fields if key == name]

    get_all = getAll

    def has(self, name: str) -> bool:
        return name in self

    def items(self) -> Sequence[tuple[str, Any]]:
        return list(self._fields)

    entries = items

    def keys(self) -> list[str]:
        return [name for name, _ in self._fields]

    def values(self) -> list[Any]:
        return [value for _, value in self._fields]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self._fields)

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return self.get(name)

    __setitem__ = set

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._fields)

    def encoded(self) -> tuple[bytes, str]:
        """As a body, and its media type."""
        parts = [part_of(name, value) for name, value in self._fields]
        boundary = BOUNDARY
        while any(boundary.encode() in part for part in parts):
            boundary += "-"
        mark = f"--{boundary}".encode()
        body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
        return body, f"multipart/form-data; boundary={boundary}"


def part_of(name: str, value: Any) -> bytes:
    head = f'Content-Disposition: form-data; name="{quote(name, safe=" ")}"'
    if isinstance(value, Blob):
        file = getattr(value, "name", "blob")
        kind = value.type or "application/octet-stream"
        head += f'; filename="{quote(file, safe=" ")}"\r\nContent-Type: {kind}'
    return head.encode() + b"\r\n\r\n" + bytes_of(value)


def bytes_of(value: Any) -> bytes:
    if isinstance(value, Blob):
        return value.content
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return bytes(value)


def parse_form(body: bytes, content_type: str) -> FormData:
    """Raises `JsException` if the body is no form."""
    message = Message()
    message["content-type"] = content_type
    form = FormData()
    if message.get_content_type() == "application/x-www-form-urlencoded":
        for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
            form.append(name, value)
        return form
    boundary = message.get_boundary()
    if message.get_content_type() != "multipart/form-data" or not boundary:
        raise JsException("TypeError", f"Unrecognized Content-Type header value: {content_type}")
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        if part.startswith(b"--"):
            return form
        head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if separator:
            add_part(form, head.decode("utf-8", "replace"), content)
    raise JsException("TypeError", "Parsing failed.")


def add_part(form: FormData, head: str, content: bytes) -> None:
    fields = Message()
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        fields[name] = value.strip()
    named = fields.get_param("name", None, "content-disposition")
    file = fields.get_filename()
    if named is None:
        return
    if file is None:
        form.append(str(named), content.decode("utf-8", "replace"))
    else:
        kind = fields.get("content-type", "")
        form.append(str(named), File(content, file, content_type=kind))


class URLSearchParams(JsProxy):
    """Names and values of a query, in their order."""

    def __init__(self, given: Any = "") -> None:
        if isinstance(given, str):
            self._pairs = parse_qsl(given.removeprefix("?"), keep_blank_values=True)
        else:
            pairs = given.items() if hasattr(given, "items") else given
            self._pairs = [(str(name), str(value)) for name, value in pairs]

    @classmethod
    def new(cls, *given: Any) -> "URLSearchParams":
        return cls(*given)

    def get(self, name: str) -> str | None:
        return next((value for key, value in self._pairs if key == name), None)

    def getAll(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self._pairs)

    def append(self, name: str, value: Any) -> None:
        self._pairs.append((name, str(value)))

    def set(self, name: str, value: Any) -> None:
        self.delete(name)
        self.append(name, value)

    def delete(self, name: str) -> None:
        self._pairs = [pair for pair in self._pairs if pair[0] != name]

    def items(self) -> list[tuple[str, str]]:
        return list(self._pairs)

    entries = items

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def toString(self) -> str:
        return urlencode(self._pairs)

    __str__ = toString
