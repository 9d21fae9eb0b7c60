"""What a handler answers with."""

from collections.abc import AsyncIterator

Headers = tuple[tuple[bytes, bytes], ...]

JSON: Headers = ((b"content-type", b"application/json"),)


class Reply:
    """Status, headers (lower-case names) and a body: bytes, or a stream of them."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: bytes | AsyncIterator[bytes] = b"",
        *,
        status: int = 200,
        headers: Headers = JSON,
    ) -> None:
        self.body = body
        self.status = status
        self.headers = headers
