"""OpenAI's chat completions and embeddings, as answers; what is asked is in `text_input.py`."""

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing

import orjson

from emulator.ai.models import (
    WORKERS_AI,
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
from emulator.ai.text_input import arguments_text


def completion_json(completion: Completion) -> JsonObject:
    """A `chat.completion` with one choice."""
    message: dict[str, Json] = {"role": "assistant", "content": completion.text}
    if completion.tool_calls:
        message["content"] = completion.text or None
        message["tool_calls"] = [
            call_json(call, completion.id, place)
            for place, call in enumerate(completion.tool_calls)
        ]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": completion.reason,
    }
    return {
        "id": f"chatcmpl-{completion.id}",
        "object": "chat.completion",
        "created": int(completion.at),
        "model": completion.request.model,
        "choices": [choice],
        "usage": usage_json(completion.usage),
    }


async def stream(answer: Answer) -> AsyncGenerator[bytes, None]:
    """`chat.completion.chunk`s and `[DONE]`. OpenAI tells the usage only to who asked for it."""
    yield chunk(answer, {"role": "assistant", "content": ""})
    called = 0
    async with aclosing(answer.pieces) as pieces:
        async for piece in pieces:
            if isinstance(piece, str):
                yield chunk(answer, {"content": piece})
            elif isinstance(piece, ToolCall):
                call = {"index": called, **call_json(piece, answer.id, called)}
                yield chunk(answer, {"tool_calls": [call]})
                called += 1
            elif isinstance(piece, Finish):
                for last in finish(answer, piece):
                    yield last
    yield DONE


def finish(answer: Answer, end: Finish) -> list[bytes]:
    """The chunk with the reason, and the usage: in it, or in one of its own."""
    usage = usage_json(end.usage)
    options = answer.request.body.get("stream_options")
    wanted = isinstance(options, dict) and options.get("include_usage") is True
    if answer.request.provider == WORKERS_AI and not wanted:
        # [guess] Workers AI reports it unasked; in which chunk is not documented.
        return [chunk(answer, {}, end.reason, usage)]
    last = [chunk(answer, {}, end.reason)]
    return [*last, event({**head(answer), "choices": [], "usage": usage})] if wanted else last


def chunk(
    answer: Answer, delta: JsonObject, reason: str | None = None, usage: JsonObject | None = None
) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    body = {**head(answer), "choices": [choice]}
    return event(body if usage is None else {**body, "usage": usage})


def head(answer: Answer) -> dict[str, Json]:
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion.chunk",
        "created": int(answer.at),
        "model": answer.request.model,
    }


def call_json(call: ToolCall, answer_id: str, place: int) -> JsonObject:
    return {
        "id": call_id(answer_id, place),
        "type": "function",
        "function": {"name": call.name, "arguments": arguments_text(call.arguments)},
    }


def call_id(answer_id: str, place: int) -> str:
    return f"call_{answer_id.replace('-', '')[:20]}{place:02}"


def usage_json(usage: Usage) -> JsonObject:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    }


def embeddings_json(embedding: Embedding, encoding: Json) -> JsonObject:
    """OpenAI's list of embeddings, as numbers or as base64 of little-endian floats."""
    rows: list[Json]
    if encoding == "base64":
        rows = [base64.b64encode(row.tobytes()).decode() for row in embedding.vectors]
    else:
        rows = [
            orjson.Fragment(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY))
            for row in embedding.vectors
        ]
    data = [
        {"object": "embedding", "index": place, "embedding": row} for place, row in enumerate(rows)
    ]
    tokens = embedding.usage.prompt_tokens
    return {
        "object": "list",
        "data": data,
        "model": embedding.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
