"""Request bodies: read whole but bounded, and parsed without regard to Content-Type.

Clients send JSON as text/plain, with odd parameters or with no type at all
(`wrangler-wire` §1), so the bytes decide. A body that is too large is read to its end and
thrown away as it comes: the client then sees the refusal instead of a broken pipe.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from emulator.core.errors import BodyTooLarge, CloudflareError, InvalidBody

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Model = TypeVar("Model", bound=BaseModel)

# Past this a client is not listening to reason, and the connection is dropped.
MAX_DISCARDED_BYTES = 4 * 1024**3


class ClientGone(Exception):
    """The client closed the connection before its body had arrived."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises `BodyTooLarge` above `limit` bytes, `ClientGone` if cut short."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and message["type"] != "http.disconnect":
        if len(body) > limit:
            raise BodyTooLarge(limit=limit)
        return body
    return await read_chunks(receive, limit, message)


async def read_chunks(receive: Receive, limit: int, message: MutableMapping[str, Any]) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
        if not message.get("more_body") or size > MAX_DISCARDED_BYTES:
            break
        message = await receive()
    if size > limit:
        raise BodyTooLarge(limit=limit)
    return b"".join(chunks)


async def stream_body(receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes. Raises `BodyTooLarge` above `limit`, `ClientGone` if cut short."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            yield chunk
        elif size > limit + MAX_DISCARDED_BYTES:
            break
    if size > limit:
        raise BodyTooLarge(limit=limit)


async def discard(chunks: AsyncIterator[bytes]) -> None:
    """Read what a handler has left of its body: a client listens only when it has sent all."""
    try:
        async for _ in chunks:
            pass
    except (BodyTooLarge, ClientGone):
        pass


def parse(model: type[Model], body: bytes, refusal: type[CloudflareError] = InvalidBody) -> Model:
    """The JSON body as `model`; raises `refusal(reason=…)` in Cloudflare's wording."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise refusal(reason=first_reason(error)) from None


def parse_query(
    model: type[Model],
    query: Iterable[tuple[str, str]],
    refusal: type[CloudflareError] = InvalidBody,
) -> Model:
    """Query parameters as `model`; text is converted to the fields' types."""
    try:
        return model.model_validate(dict(query))
    except ValidationError as error:
        raise refusal(reason=first_reason(error)) from None


def first_reason(error: ValidationError) -> str:
    """`Invalid property: name => Required`, the form D1's answers have."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    what = "Required" if first["type"] == "missing" else first["msg"]
    return f"Invalid property: {where} => {what}" if where else what
