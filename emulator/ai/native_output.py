"""Answers in Workers AI's own form, as `/ai/run` and the binding give them.

Newer models (`dialect: choices` in the catalogue) answer with OpenAI's chat completion instead.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import orjson

from emulator.ai import openai_chat
from emulator.ai.models import (
    Answer,
    Completion,
    Embedding,
    Finish,
    Json,
    JsonObject,
    ToolCall,
    Usage,
)
from emulator.ai.sse import DONE, event

# Cloudflare pads the chunks of a stream so that their length tells nothing of the token's.
PADDING = "abdefghijklmnopqrstuvwxyz0123456789"
PADDED_CHARACTERS = 36


def result(completion: Completion) -> JsonObject:
    """`{response, usage, tool_calls?}`; in JSON mode `response` is the value itself."""
    mode = completion.request.json
    made: dict[str, Json] = {
        "response": completion.data if mode is not None and mode.strict else completion.text,
        "usage": usage_json(completion.usage),
    }
    if completion.tool_calls:
        made["response"] = None
        made["tool_calls"] = [call_json(call) for call in completion.tool_calls]
    return made


async def stream(answer: Answer) -> AsyncGenerator[bytes, None]:
    """A chunk for each token, one with the usage, and `[DONE]`."""
    calls: list[Json] = []
    async with aclosing(answer.pieces) as pieces:
        async for piece in pieces:
            if isinstance(piece, str):
                yield event({"response": piece, "p": padding(piece)})
            elif isinstance(piece, ToolCall):
                calls.append(call_json(piece))
            elif isinstance(piece, Finish):
                last: dict[str, Json] = {"response": "", "usage": usage_json(piece.usage)}
                yield event(last | ({"tool_calls": calls} if calls else {}))
    yield DONE


def padding(token: str) -> str:
    return PADDING[: max(PADDED_CHARACTERS - len(token), 0)]


def call_json(call: ToolCall) -> JsonObject:
    return {"name": call.name, "arguments": call.arguments}


def usage_json(usage: Usage) -> JsonObject:
    return {**openai_chat.usage_json(usage), "neurons": usage.neurons}


def embedding_result(embedding: Embedding, *, contexts: bool = False) -> JsonObject:
    """`{shape, data, pooling, usage}`; bge-m3 has vectors for contexts under `response`."""
    return {
        "shape": list(embedding.shape),
        "response" if contexts else "data": vectors_json(embedding),
        "pooling": embedding.pooling,
        "usage": usage_json(embedding.usage),
    }


def vectors_json(embedding: Embedding) -> orjson.Fragment:
    """The matrix as JSON, made without a list of a hundred thousand numbers."""
    return orjson.Fragment(orjson.dumps(embedding.vectors, option=orjson.OPT_SERIALIZE_NUMPY))
