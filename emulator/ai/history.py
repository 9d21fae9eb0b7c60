"""What an inference leaves behind: its line in the call history and its neurons."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import orjson

from emulator.ai.models import (
    WORKERS_AI,
    Finish,
    Json,
    JsonObject,
    Piece,
    Record,
    ToolCall,
    Usage,
)
from emulator.ai.rules import Rule
from emulator.ai.store import AIStore
from emulator.core.errors import CloudflareError

# Above this a call's input is not kept, or a ring of a thousand would fill the memory.
MAX_KEPT_BYTES = 100_000
NO_USAGE = Usage(0, 0)

Pieces = AsyncGenerator[Piece, None]


@dataclass(frozen=True, slots=True)
class Asked:
    """An inference that has begun, and the rule that answers it if one does."""

    id: str
    at: float
    provider: str
    model: str
    task: str
    body: JsonObject
    rule: Rule | None


def record(
    store: AIStore,
    asked: Asked,
    backend: str,
    *,
    output: Json = None,
    usage: Usage = NO_USAGE,
    error: CloudflareError | None = None,
) -> None:
    """Write the inference down; Workers AI's counts against the account's neurons."""
    if asked.provider == WORKERS_AI and error is None:
        store.spend(asked.model, usage.neurons, usage.prompt_tokens, usage.completion_tokens)
    told = {"code": error.code, "status": error.status, "message": str(error)} if error else None
    store.calls.add(
        Record(
            asked.id,
            asked.at,
            asked.provider,
            asked.model,
            asked.task,
            backend,
            asked.rule.id if asked.rule else None,
            kept(asked.body),
            output,
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.neurons,
            told,
        )
    )


async def recorded(store: AIStore, asked: Asked, backend: str, pieces: Pieces) -> Pieces:
    """The same pieces; what came of them is written down when they end, or are cut short."""
    texts: list[str] = []
    calls: list[Json] = []
    usage, error = NO_USAGE, None
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, str):
                    texts.append(piece)
                elif isinstance(piece, ToolCall):
                    calls.append({"name": piece.name, "arguments": piece.arguments})
                elif isinstance(piece, Finish):
                    usage = piece.usage
                yield piece
    except CloudflareError as refusal:
        error = refusal
        raise
    finally:
        output = {"text": "".join(texts), "tool_calls": calls}
        record(store, asked, backend, output=output, usage=usage, error=error)


def kept(body: JsonObject) -> Json:
    size = len(orjson.dumps(body))
    return body if size <= MAX_KEPT_BYTES else {"omitted_bytes": size}
