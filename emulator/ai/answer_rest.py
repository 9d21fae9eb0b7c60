"""What the doors share: bodies that are JSON objects, answers that say whose they are."""

import orjson

from emulator.ai.errors import RequestTooLarge
from emulator.ai.fields import object_in
from emulator.ai.limits import MAX_BODY_BYTES
from emulator.ai.models import JsonObject, Result
from emulator.wire.call import Call
from emulator.wire.reply import JSON, Headers, Reply

EVENT_STREAM: Headers = ((b"content-type", b"text/event-stream"),)


def body_of(call: Call) -> JsonObject:
    """Raises `RequestTooLarge`, and `BadInput` for what is no object."""
    return object_of(call.body)


def object_of(body: bytes) -> JsonObject:
    if len(body) > MAX_BODY_BYTES:
        raise RequestTooLarge()
    return object_in(body)


def bare(result: Result) -> Reply:
    """The answer without an envelope."""
    if result.stream is not None:
        return Reply(result.stream, headers=(*EVENT_STREAM, *said_by(result)))
    return Reply(orjson.dumps(result.value), headers=(*JSON, *said_by(result)))


def said_by(result: Result) -> Headers:
    """Which request it was, and who answered: the twin never passes itself off as the model."""
    named = (
        (b"cf-ai-req-id", result.id),
        (b"cf-twin-backend", result.backend),
        (b"cf-twin-embedder", result.embedder),
    )
    return tuple((name, value.encode()) for name, value in named if value is not None)
