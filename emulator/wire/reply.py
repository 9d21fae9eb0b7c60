"""What a handler answers with."""

from collections.abc import AsyncIterator, Coroutine
from typing import Any, Protocol

Headers = tuple[tuple[bytes, bytes], ...]

JSON: Headers = ((b"content-type", b"application/json"),)


class Stream(Protocol):
    """Blocks of a body, as an asynchronous generator has them; closed whether read or not."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def aclose(self) -> Coroutine[Any, Any, None]: ...


class Reply:
    """Status, headers (lower-case names) and a body: bytes, or a stream of them."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: bytes | Stream = b"",
        *,
        status: int = 200,
        headers: Headers = JSON,
    ) -> None:
        self.body = body
        self.status = status
        self.headers = headers
