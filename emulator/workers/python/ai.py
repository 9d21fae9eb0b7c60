"""`env.AI`: Workers AI and AI Gateway, by the protocol that workerd's module speaks."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from emulator.workers.python.fetcher import response_of
from emulator.workers.python.headers import Headers
from emulator.workers.python.messages import Request, Response
from emulator.workers.python.streams import ReadableStream
from emulator.workers.python.values import (
    JsDate,
    JsException,
    JsObject,
    JsProxy,
    dumps,
    options_of,
    parse,
)
from emulator.workers.python.wire import TOKEN_HEADER, Channel, Sent

HOST = "http://workers-binding.ai"
VERSION = (b"cf-consn-sdk-version", b"2.0.0")
GATEWAY_HEADERS = {
    "skipCache": "cf-aig-skip-cache",
    "cacheTtl": "cf-aig-cache-ttl",
    "cacheKey": "cf-aig-cache-key",
    "collectLog": "cf-aig-collect-log",
    "metadata": "cf-aig-metadata",
    "eventId": "cf-aig-event-id",
    "requestTimeoutMs": "cf-aig-request-timeout",
}


class AI(JsProxy):
    """Models by name. What the last run was called is remembered, as in JavaScript."""

    def __init__(self, channel: Channel, token: str) -> None:
        self._channel = channel
        self._token = (TOKEN_HEADER, token.encode())
        self.lastRequestId: str | None = None
        self.aiGatewayLogId: str | None = None
        self.lastRequestHttpStatusCode: int | None = None
        self.lastRequestInternalStatusCode: int | None = None

    async def run(self, model: str, inputs: Any, given: Any = None, **named: Any) -> Any:
        """The result: an object, a stream, or the answer itself. Raises `JsException`."""
        options = options_of(given, named)
        raw = options.pop("returnRawResponse", False)
        prefix = options.pop("prefix", None)
        extra = list(Headers(options.pop("extraHeaders", None)).raw())
        name = f"{prefix}:{model}" if prefix else str(model)
        headers = [*extra, (b"cf-consn-model-id", name.encode()), VERSION]
        path = "/ai-gateway/run" if options.get("gateway") else "/run"
        streamed = stream_in(inputs)
        if streamed is None:
            body: Sent = dumps({"inputs": inputs, "options": options})
            headers.append((b"content-type", b"application/json"))
            target = f"{path}?version=3"
        else:
            body, kind, rest = streamed
            headers.append((b"content-type", kind))
            target = f"{path}?version=3&userInputs={quote(dumps(rest).decode())}"
        answer = await self.ask("POST", target, body, headers)
        self._note(answer)
        if not raw or not answer.ok:
            return await self._result(answer)
        return answer

    async def models(self, given: Any = None, **named: Any) -> Any:
        query = urlencode({name: flag(value) for name, value in options_of(given, named).items()})
        answer = await self.ask("GET", f"/ai-api/models/search?{query}")
        return await result_of(answer, "AiInternalError")

    async def toMarkdown(self, files: Any = None, given: Any = None, **named: Any) -> Any:
        """Documents as Markdown: `{"name", "blob"}`, one or several."""
        several = isinstance(files, list | tuple)
        sent = [await document(one) for one in (files if several else [files])]
        asked = {
            "files": sent,
            **({"options": options} if (options := options_of(given, named)) else {}),
        }
        kind = [(b"content-type", b"application/json")]
        target = "/to-everything/markdown/transformer"
        answer = await self.ask("POST", target, dumps(asked), kind)
        found = await result_of(answer, "ToMarkdownInternalError")
        return found if several else found[0]

    def gateway(self, name: str) -> "Gateway":
        return Gateway(self, str(name))

    async def ask(
        self, method: str, target: str, body: Sent | None = None, headers: Any = ()
    ) -> Response:
        sent = [(b"host", b"workers-binding.ai"), self._token, *headers]
        answer = await self._channel.request(method, target, sent, body)
        return response_of(answer, Request(f"{HOST}{target}", method=method))

    def _note(self, answer: Response) -> None:
        self.lastRequestId = answer.headers.get("cf-ai-req-id")
        self.aiGatewayLogId = answer.headers.get("cf-aig-log-id")
        self.lastRequestHttpStatusCode = answer.status
        self.lastRequestInternalStatusCode = None

    async def _result(self, answer: Response) -> Any:
        if not answer.ok:
            text = await answer.text()
            error = failure(text, "InferenceUpstreamError")
            code = error.message.partition(":")[0]
            self.lastRequestInternalStatusCode = int(code) if code.isdigit() else None
            raise error
        if answer.headers.get("content-type") == "application/json":
            return await answer.json()
        return answer.body


class Gateway(JsProxy):
    """One gateway of AI Gateway."""

    def __init__(self, ai: AI, name: str) -> None:
        self._ai = ai
        self._path = f"/ai-gateway/gateways/{quote(name, safe='')}"
        self._universal = f"/ai-gateway/universal/run/{quote(name, safe='')}"

    async def getLog(self, log_id: str) -> Any:  # JavaScript's names
        answer = await self._ai.ask("GET", f"{self._path}/logs/{quote(str(log_id), safe='')}")
        found = await logged(answer)
        if "created_at" in found:
            moment = JsDate.fromisoformat(found["created_at"].replace("Z", "+00:00"))
            found["created_at"] = JsDate.of(moment.timestamp() * 1000)
        return found

    async def patchLog(self, log_id: str, given: Any = None, **named: Any) -> None:
        target = f"{self._path}/logs/{quote(str(log_id), safe='')}"
        kind = [(b"content-type", b"application/json")]
        await logged(await self._ai.ask("PATCH", target, dumps(options_of(given, named)), kind))

    async def getUrl(self, provider: str | None = None) -> str:
        target = f"{self._path}/url/{quote(provider or 'universal', safe='')}"
        found = await result_of(await self._ai.ask("GET", target), "AiGatewayInternalError")
        return str(found["url"])

    async def run(self, requests: Any, given: Any = None, **named: Any) -> Response:
        options = options_of(given, named)
        headers = Headers(options.get("extraHeaders"))
        for name, value in (options.get("gateway") or {}).items():
            if name in GATEWAY_HEADERS and value is not None:
                text = dumps(value).decode() if isinstance(value, Mapping) else flag(value)
                headers.set(GATEWAY_HEADERS[name], text)
        entries = requests if isinstance(requests, list | tuple) else [requests]
        asked = [{**one, "headers": stated(one.get("headers") or {})} for one in entries]
        sent = [*headers.raw(), (b"content-type", b"application/json")]
        return await self._ai.ask("POST", self._universal, dumps(asked), sent)


async def logged(answer: Response) -> JsObject:
    """What an answer tells of a log. Raises `JsException`."""
    if answer.status == 404:
        raise failure(await answer.text(), "AiGatewayLogNotFound", code=False)
    found = await result_of(answer, "AiGatewayInternalError")
    return found if isinstance(found, JsObject) else JsObject()


async def result_of(answer: Response, name: str) -> Any:
    text = await answer.text()
    if not answer.ok:
        raise failure(text, name, code=False)
    return parse(text).get("result") if text else None


def failure(text: str, name: str, *, code: bool = True) -> JsException:
    """The refusal as JavaScript throws it; `code` says whether the text begins with its code."""
    try:
        told = json.loads(text)
        if "internalCode" in told:
            return JsException(
                told.get("name", name), f"{told['internalCode']}: {told['description']}"
            )
        error = told["errors"][0]
        message = f"{error['code']}: {error['message']}" if code else str(error["message"])
        return JsException(name, message)
    except (ValueError, KeyError, IndexError, TypeError):
        return JsException(name, text)


def stream_in(inputs: Any) -> tuple[Sent, bytes, dict[str, Any]] | None:
    """The stream among the inputs, its media type, and the other inputs."""
    for name, value in inputs.items():
        if isinstance(value, Mapping) and isinstance(value.get("body"), ReadableStream):
            rest = {key: one for key, one in inputs.items() if key != name}
            return value["body"].chunks(), str(value.get("contentType")).encode(), rest
    return None


async def document(given: Any) -> dict[str, str]:
    blob = given["blob"]
    content = await blob.bytes()
    data = base64.b64encode(content).decode()
    return {"name": str(given["name"]), "mimeType": blob.type, "data": data}


def stated(headers: Any) -> dict[str, Any]:
    return {
        name: dumps(value).decode() if isinstance(value, Mapping) else value
        for name, value in headers.items()
    }


def flag(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
