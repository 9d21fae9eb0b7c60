"""OpenAI's Responses API: its input as a chat, and the chat's answer as a response.

https://platform.openai.com/docs/api-reference/responses — also a model's own form in Workers AI
(gpt-oss). A response is not stored: `previous_response_id` is refused.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from emulator.ai.errors import BadInput
from emulator.ai.fields import none_matches
from emulator.ai.models import Answer, Completion, Finish, Json, JsonObject, ToolCall, Usage
from emulator.ai.openai_chat import call_id
from emulator.ai.sse import event
from emulator.ai.text_input import arguments_text

SAME = ("temperature", "top_p", "stream", "tool_choice", "seed")


def chat_of(body: JsonObject) -> JsonObject:
    """The same request as a chat completion's body. Raises `BadInput`."""
    if body.get("previous_response_id") is not None:
        raise BadInput(reason="previous_response_id: responses are not stored")
    chat: dict[str, Json] = {key: body[key] for key in SAME if key in body}
    chat["messages"] = messages_of(body)
    if body.get("max_output_tokens") is not None:
        chat["max_tokens"] = body["max_output_tokens"]
    if (tools := body.get("tools")) is not None:
        chat["tools"] = [one for one in tools if is_function(one)] if is_list(tools) else tools
    text = body.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    if isinstance(form, dict):
        schema = form.get("schema")
        chat["response_format"] = {"type": form.get("type"), "json_schema": {"schema": schema}}
    return chat


def is_list(value: Json) -> bool:
    return isinstance(value, list)


def is_function(tool: Json) -> bool:
    """Tools OpenAI runs itself, such as web search, are passed over."""
    return not isinstance(tool, dict) or tool.get("type", "function") == "function"


def messages_of(body: JsonObject) -> list[Json]:
    said = body.get("input")
    messages: list[Json] = []
    if isinstance(instructions := body.get("instructions"), str):
        messages.append({"role": "system", "content": instructions})
    if isinstance(said, str):
        return [*messages, {"role": "user", "content": said}]
    if not isinstance(said, list):
        raise BadInput(reason=none_matches(["required properties at '/' are 'input'"]))
    return [*messages, *(message_of(item) for item in said)]


def message_of(item: Json) -> Json:
    """A message as it is; a tool's call and its output as chat completions have them."""
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        return {"role": "assistant", "content": "", "tool_calls": [call]}
    if kind == "function_call_output":
        output = item.get("output")
        content = output if isinstance(output, str) else ""
        return {"role": "tool", "tool_call_id": item.get("call_id"), "content": content}
    parts = item.get("content") if isinstance(item, dict) else None
    if isinstance(parts, list) and all(is_text(part) for part in parts):
        return {**item, "content": "\n".join(part["text"] for part in parts)}
    return item


def is_text(part: Json) -> bool:
    """Older models take a text only, so parts that are all texts become one."""
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def response_json(completion: Completion) -> JsonObject:
    """A completed `response`; one that was cut short is `incomplete`."""
    output: list[Json] = []
    if completion.text or not completion.tool_calls:
        output.append(message_item(completion.id, completion.text))
    for place, call in enumerate(completion.tool_calls):
        output.append(call_item(call, completion.id, place))
    cut = completion.reason == "length"
    return {
        **head(completion.id, completion.at, completion.request.model, completion.request.body),
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": output,
        "usage": usage_json(completion.usage),
    }


async def stream(answer: Answer) -> AsyncGenerator[bytes, None]:
    """The events of a response, from `response.created` to `response.completed`."""
    events = Events(answer)
    yield events.lifecycle("response.created")
    yield events.lifecycle("response.in_progress")
    async with aclosing(answer.pieces) as pieces:
        async for piece in pieces:
            if isinstance(piece, str):
                for block in events.text(piece):
                    yield block
            elif isinstance(piece, ToolCall):
                for block in events.call(piece):
                    yield block
            elif isinstance(piece, Finish):
                for block in events.end(piece):
                    yield block


class Events:
    """Numbers the events of one response and remembers what it has said."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._number = 0
        self._text: list[str] | None = None
        self._output: list[Json] = []

    def lifecycle(self, name: str, **changes: Json) -> bytes:
        answer = self._answer
        response = head(answer.id, answer.at, answer.request.model, answer.request.body)
        usual: dict[str, Json] = {
            "status": "in_progress",
            "incomplete_details": None,
            "output": [],
            "usage": None,
        }
        return self._event(name, response={**response, **usual, **changes})

    def text(self, piece: str) -> list[bytes]:
        opening = []
        if self._text is None:
            self._text = []
            item = {**message_item(self._answer.id, ""), "status": "in_progress", "content": []}
            part = {"type": "output_text", "text": "", "annotations": []}
            opening = [
                self._event("response.output_item.added", output_index=0, item=item),
                self._event("response.content_part.added", **self._place(), part=part),
            ]
        self._text.append(piece)
        delta = self._event("response.output_text.delta", **self._place(), delta=piece, logprobs=[])
        return [*opening, delta]

    def call(self, call: ToolCall) -> list[bytes]:
        closing = self._close_text()
        index = len(self._output)
        item = call_item(call, self._answer.id, index)
        self._output.append(item)
        at = {"output_index": index, "item_id": item["id"]}
        begun = {**item, "status": "in_progress", "arguments": ""}
        return [
            *closing,
            self._event("response.output_item.added", output_index=index, item=begun),
            self._event("response.function_call_arguments.delta", **at, delta=item["arguments"]),
            self._event(
                "response.function_call_arguments.done",
                **at,
                name=call.name,
                arguments=item["arguments"],
            ),
            self._event("response.output_item.done", output_index=index, item=item),
        ]

    def end(self, finish: Finish) -> list[bytes]:
        opening = self.text("") if self._text is None and not self._output else []
        closing = self._close_text()
        cut = finish.reason == "length"
        last = self.lifecycle(
            "response.incomplete" if cut else "response.completed",
            status="incomplete" if cut else "completed",
            incomplete_details={"reason": "max_output_tokens"} if cut else None,
            output=self._output,
            usage=usage_json(finish.usage),
        )
        return [*opening, *closing, last]

    def _close_text(self) -> list[bytes]:
        """What ends the message, if one is open; it is always the first item."""
        if self._text is None or self._output:
            return []
        text = "".join(self._text)
        item = message_item(self._answer.id, text)
        self._output.append(item)
        done = self._event("response.output_text.done", **self._place(), text=text, logprobs=[])
        part = self._event("response.content_part.done", **self._place(), part=item["content"][0])
        return [done, part, self._event("response.output_item.done", output_index=0, item=item)]

    def _place(self) -> dict[str, Json]:
        return {"item_id": f"msg_{self._answer.id}", "output_index": 0, "content_index": 0}

    def _event(self, kind: str, /, **facts: Json) -> bytes:
        body = {"type": kind, "sequence_number": self._number, **facts}
        self._number += 1
        return event(body, kind)


def head(answer_id: str, at: float, model: str, body: JsonObject) -> Mapping[str, Json]:
    """What of a response does not depend on the answer."""
    return {
        "id": f"resp_{answer_id.replace('-', '')}",
        "object": "response",
        "created_at": int(at),
        "error": None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "model": model,
        "parallel_tool_calls": True,
        "temperature": body.get("temperature"),
        "top_p": body.get("top_p"),
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "max_output_tokens": body.get("max_output_tokens"),
        "previous_response_id": None,
        "store": False,
    }


def message_item(answer_id: str, text: str) -> dict[str, Json]:
    return {
        "id": f"msg_{answer_id}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
    }


def call_item(call: ToolCall, answer_id: str, place: int) -> dict[str, Json]:
    return {
        "id": f"fc_{answer_id}_{place}",
        "type": "function_call",
        "call_id": call_id(answer_id, place),
        "name": call.name,
        "arguments": arguments_text(call.arguments),
        "status": "completed",
    }


def usage_json(usage: Usage) -> JsonObject:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.total_tokens,
    }
