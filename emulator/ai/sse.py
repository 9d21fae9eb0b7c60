"""Server-sent events, as models stream them."""

import orjson

from emulator.ai.models import Json

DONE = b"data: [DONE]\n\n"


def event(value: Json, name: str | None = None) -> bytes:
    """One event with JSON data; Anthropic's and OpenAI's responses have names, too."""
    data = b"data: " + orjson.dumps(value) + b"\n\n"
    return data if name is None else f"event: {name}\n".encode() + data
