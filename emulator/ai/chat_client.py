"""An OpenAI-compatible server, such as Ollama or llama.cpp, that writes the text models' answers.

The settings `ai_chat_url`, `ai_chat_key`, `ai_chat_model` and `ai_chat_seconds` say which.
Imported when a text is first asked for there.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from emulator.ai.catalogue import Model
from emulator.ai.errors import OutOfCapacity, UpstreamRefused, UpstreamTimeout
from emulator.ai.models import Finish, FinishReason, Json, Piece, TextRequest, ToolCall, Usage
from emulator.ai.tokens import count_tokens, usage_of
from emulator.core.settings import Settings

MAX_QUOTED_CHARACTERS = 500
REASONS: Mapping[str, FinishReason] = {"length": "length", "tool_calls": "tool_calls"}


class ChatClient:
    """Sends text requests to one server."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.ai_chat_url.rstrip("/") + "/chat/completions"
        self._model = settings.ai_chat_model
        self._timeout = settings.ai_chat_seconds
        key = settings.ai_chat_key
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.host = host_of(settings.ai_chat_url)

    async def ask(self, request: TextRequest, priced: Model | None) -> AsyncGenerator[Piece, None]:
        """The answer as it comes; returns when the server has begun to answer.

        Raises `OutOfCapacity` if nobody is there, `UpstreamTimeout`, `UpstreamRefused`.
        """
        stack = AsyncExitStack()
        try:
            client = await stack.enter_async_context(
                httpx.AsyncClient(timeout=self._timeout, trust_env=False)
            )
            response = await stack.enter_async_context(
                client.stream("POST", self._url, json=self._body(request), headers=self._headers)
            )
            if response.status_code != 200:
                text = (await response.aread()).decode("utf-8", "replace")
                raise UpstreamRefused(
                    reason=f"{self.host} answered {response.status_code}:"
                    f" {text[:MAX_QUOTED_CHARACTERS]}"
                )
        except BaseException as error:
            await stack.aclose()
            raise self._refusal(error) from None
        return self._pieces(stack, response, request, priced)

    async def _pieces(
        self,
        stack: AsyncExitStack,
        response: httpx.Response,
        request: TextRequest,
        priced: Model | None,
    ) -> AsyncGenerator[Piece, None]:
        reader = Reader(request, priced)
        async with stack:
            try:
                if "text/event-stream" in response.headers.get("content-type", ""):
                    async for line in response.aiter_lines():
                        for piece in reader.line(line):
                            yield piece
                else:
                    for piece in reader.whole(await response.aread()):
                        yield piece
            except httpx.HTTPError as error:
                raise self._refusal(error) from None
        for last in reader.end():
            yield last

    def _body(self, request: TextRequest) -> dict[str, Json]:
        body: dict[str, Json] = {
            "model": self._model or request.model,
            "messages": [dict(message.wire) for message in request.messages],
            "max_tokens": request.max_tokens,
            "stream": request.stream,
            **request.sampling,
        }
        if request.seed:
            body["seed"] = request.seed
        if request.stream:
            body["stream_options"] = {"include_usage": True}
        if request.json is not None:
            body["response_format"] = response_format(request.json.schema)
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": dict(tool.parameters),
                    },
                }
                for tool in request.tools
            ]
            body["tool_choice"] = choice_json(request.tool_choice)
        return body

    def _refusal(self, error: BaseException) -> BaseException:
        if isinstance(error, httpx.TimeoutException):
            return UpstreamTimeout(reason=f"{self.host} gave no answer in {self._timeout:g} s")
        if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
            return OutOfCapacity(reason=f"({self.host} cannot be reached: {error})")
        return error


def host_of(url: str) -> str:
    """What headers and refusals call the server; an address that is none is called as it is."""
    try:
        return urlsplit(url).netloc or url
    except ValueError:
        return url


def response_format(schema: Json | None) -> dict[str, Json]:
    if schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def choice_json(choice: str) -> Json:
    if choice in ("auto", "none", "required"):
        return choice
    return {"type": "function", "function": {"name": choice}}


class Reader:
    """Reads an OpenAI chat completion, streamed or whole, into pieces."""

    def __init__(self, request: TextRequest, priced: Model | None) -> None:
        self._request = request
        self._priced = priced
        self._calls: dict[int, dict[str, str]] = {}
        self._reason: FinishReason = "stop"
        self._usage: tuple[int, int] | None = None
        self._written = ""
        self._begun = False

    def line(self, line: str) -> list[str]:
        """The texts in one line of a stream."""
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or not data or data == "[DONE]":
            return []
        return self._take(parsed(data), "delta")

    def whole(self, body: bytes) -> list[str]:
        return self._take(parsed(body), "message")

    def end(self) -> list[Piece]:
        """The tool calls, now that they are whole, and the end."""
        if not self._begun:
            raise UpstreamRefused(reason="the answer has no completion")
        calls = [
            ToolCall(call["name"], loaded(call["arguments"]))
            for _, call in sorted(self._calls.items())
        ]
        into, out = self._usage or (
            count_tokens(self._request.prompt),
            count_tokens(self._written),
        )
        reason: FinishReason = "tool_calls" if calls else self._reason
        usage: Usage = usage_of(self._priced, into, out)
        return [*calls, Finish(reason, usage)]

    def _take(self, chunk: Json, key: str) -> list[str]:
        if not isinstance(chunk, dict):
            raise UpstreamRefused(reason="the answer is not an object")
        usage = chunk.get("usage")
        if isinstance(usage, dict):
            self._usage = (
                int(usage.get("prompt_tokens") or 0),
                int(usage.get("completion_tokens") or 0),
            )
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return []
        self._begun = True
        said = choices[0].get(key) or {}
        self._reason = REASONS.get(str(choices[0].get("finish_reason")), self._reason)
        for call in said.get("tool_calls") or ():
            self._take_call(call)
        text = said.get("content")
        if not isinstance(text, str) or not text:
            return []
        self._written += text
        return [text]

    def _take_call(self, call: dict[str, Any]) -> None:
        index = call.get("index")
        place = index if isinstance(index, int) else len(self._calls)
        known = self._calls.setdefault(place, {"name": "", "arguments": ""})
        function = call.get("function") or {}
        for key in known:
            part = function.get(key) or ""
            known[key] += part if isinstance(part, str) else orjson.dumps(part).decode()


def parsed(text: str | bytes) -> Json:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UpstreamRefused(reason=f"the answer is not JSON: {error}") from None


def loaded(arguments: str) -> Json:
    """The arguments of a call, which are JSON in a text."""
    try:
        return orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        return {"text": arguments}
