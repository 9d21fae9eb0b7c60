"""Anthropic's Messages API: its request as a chat, and the chat's answer as a message.

https://docs.anthropic.com/en/api/messages
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from emulator.ai.errors import BadInput
from emulator.ai.models import Answer, Completion, Finish, Json, JsonObject, ToolCall, Usage
from emulator.ai.openai_chat import call_id
from emulator.ai.sse import event
from emulator.ai.text_input import arguments_text

SAME = ("temperature", "top_p", "stream", "max_tokens")
STOP_REASONS: Mapping[str, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
}
CHOICES: Mapping[Json, str] = {"auto": "auto", "any": "required", "none": "none"}


def chat_of(body: JsonObject) -> JsonObject:
    """The same request as a chat completion's body. Raises `BadInput`."""
    for name in ("messages", "max_tokens"):
        if body.get(name) is None:
            raise BadInput(reason=f"{name}: Field required")
    chat: dict[str, Json] = {key: body[key] for key in SAME if key in body}
    said = body["messages"]
    rows = [one for row in said for one in turns_of(row)] if isinstance(said, list) else said
    system = text_in(body.get("system"))
    chat["messages"] = [{"role": "system", "content": system}, *rows] if system else rows
    if isinstance(tools := body.get("tools"), list):
        chat["tools"] = [tool_of(tool) for tool in tools]
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        kind = choice.get("type")
        named = {"type": "function", "function": {"name": choice.get("name")}}
        is_known = isinstance(kind, str) and kind in CHOICES
        chat["tool_choice"] = CHOICES[kind] if is_known else named
    return chat


def text_in(content: Json) -> str:
    """A text, or the text blocks of a list."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    texts = [block.get("text") for block in blocks if isinstance(block, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def turns_of(row: Json) -> list[Json]:
    """A turn; each tool's result in it is a turn of its own in a chat."""
    content = row.get("content") if isinstance(row, dict) else None
    if not isinstance(content, list):
        return [row]
    blocks = [block for block in content if isinstance(block, dict)]
    results: list[Json] = [
        {
            "role": "tool",
            "tool_call_id": block.get("tool_use_id"),
            "content": text_in(block.get("content")),
        }
        for block in blocks
        if block.get("type") == "tool_result"
    ]
    parts = [part for block in blocks if (part := part_of(block)) is not None]
    calls = [call_of(block) for block in blocks if block.get("type") == "tool_use"]
    only_text = all(part.get("type") == "text" for part in parts)
    turn = {"role": row.get("role"), "content": text_in(parts) if only_text else parts}
    if calls:
        turn = {**turn, "content": text_in(content), "tool_calls": calls}
    return [*results, turn] if parts or calls or not results else results


def part_of(block: JsonObject) -> JsonObject | None:
    if block.get("type") == "text":
        return {"type": "text", "text": block.get("text")}
    source = block.get("source")
    if block.get("type") != "image" or not isinstance(source, dict):
        return None
    url = source.get("url") or f"data:{source.get('media_type')};base64,{source.get('data')}"
    return {"type": "image_url", "image_url": {"url": url}}


def call_of(block: JsonObject) -> JsonObject:
    function = {"name": block.get("name"), "arguments": arguments_text(block.get("input"))}
    return {"id": block.get("id"), "type": "function", "function": function}


def tool_of(tool: Json) -> Json:
    if not isinstance(tool, dict):
        return tool
    return {
        "name": tool.get("name"),
        "description": tool.get("description"),
        "parameters": tool.get("input_schema"),
    }


def message_json(completion: Completion) -> JsonObject:
    """A whole `message`."""
    content: list[Json] = []
    if completion.text or not completion.tool_calls:
        content.append({"type": "text", "text": completion.text})
    for place, call in enumerate(completion.tool_calls):
        content.append(use_json(call, completion.id, place))
    return {
        **head(completion.id, completion.request.model),
        "content": content,
        "stop_reason": STOP_REASONS[completion.reason],
        "usage": usage_json(completion.usage),
    }


async def stream(answer: Answer) -> AsyncGenerator[bytes, None]:
    """Anthropic's events, from `message_start` to `message_stop`."""
    place, is_open = 0, False
    begun = {**head(answer.id, answer.request.model), "usage": usage_json(Usage(0, 0))}
    yield event({"type": "message_start", "message": begun}, "message_start")
    async with aclosing(answer.pieces) as pieces:
        async for piece in pieces:
            if isinstance(piece, str):
                if not is_open:
                    yield start(place, {"type": "text", "text": ""})
                    is_open = True
                yield delta(place, {"type": "text_delta", "text": piece})
                continue
            if is_open:
                yield stop(place)
                place, is_open = place + 1, False
            if isinstance(piece, ToolCall):
                use = use_json(piece, answer.id, place)
                yield start(place, {**use, "input": {}})
                text = arguments_text(piece.arguments)
                yield delta(place, {"type": "input_json_delta", "partial_json": text})
                yield stop(place)
                place += 1
            elif isinstance(piece, Finish):
                yield message_delta(piece)
    yield event({"type": "message_stop"}, "message_stop")


def start(place: int, block: JsonObject) -> bytes:
    body = {"type": "content_block_start", "index": place, "content_block": block}
    return event(body, "content_block_start")


def delta(place: int, change: JsonObject) -> bytes:
    body = {"type": "content_block_delta", "index": place, "delta": change}
    return event(body, "content_block_delta")


def stop(place: int) -> bytes:
    return event({"type": "content_block_stop", "index": place}, "content_block_stop")


def message_delta(finish: Finish) -> bytes:
    body = {
        "type": "message_delta",
        "delta": {"stop_reason": STOP_REASONS[finish.reason], "stop_sequence": None},
        "usage": usage_json(finish.usage),
    }
    return event(body, "message_delta")


def head(answer_id: str, model: str) -> dict[str, Json]:
    return {
        "id": f"msg_{answer_id.replace('-', '')}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def use_json(call: ToolCall, answer_id: str, place: int) -> dict[str, Json]:
    name = call_id(answer_id, place).replace("call_", "toolu_")
    return {"type": "tool_use", "id": name, "name": call.name, "input": call.arguments}


def usage_json(usage: Usage) -> JsonObject:
    return {"input_tokens": usage.prompt_tokens, "output_tokens": usage.completion_tokens}
