"""Workers AI as Workers call it: the bare result or a stream (`env.AI.run(…)`).

The runtime makes an object of what is exactly `application/json`, and a stream of anything
else. Of a model's refusal a Worker sees an `AiError` with `5007: No such model …`. What is
below `/ai-gateway/` belongs to AI Gateway, and so does a run whose options name a gateway.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import orjson

from emulator.ai.answer_rest import bare, object_of
from emulator.ai.catalogue_rest import found_models
from emulator.ai.errors import AiError, BadInput
from emulator.ai.fields import kind_of
from emulator.ai.inference import Inference
from emulator.ai.limits import MAX_READ_BYTES
from emulator.ai.models import JsonObject
from emulator.core.asking import ASKER
from emulator.core.errors import CloudflareError, NoRoute, NotImplementedHere
from emulator.wire.binding import BindingCall, Door
from emulator.wire.reply import JSON, Reply

MODEL = b"cf-consn-model-id"
GATEWAYS = b"/ai-gateway/"
RAG = b"/autorag/"
MARKDOWN = b"/to-everything/"


class Gateways(Protocol):
    """AI Gateway: a run through it, and all else that `env.AI` has of it."""

    async def run(
        self,
        call: BindingCall,
        model: str,
        inputs: Mapping[str, object],
        options: Mapping[str, object],
        answer: Callable[[], Awaitable[Reply]],
        refused: Callable[[CloudflareError], Reply],
    ) -> Reply: ...

    async def handle(self, call: BindingCall) -> Reply: ...


class AIDoor:
    """`env.AI` of every Worker."""

    def __init__(self, inference: Inference, gateways: Gateways) -> None:
        self._inference = inference
        self._gateways = gateways

    async def handle(self, call: BindingCall) -> Reply:
        method, path = call.scope["method"], call.scope["raw_path"]
        if method == "POST" and path in (b"/run", GATEWAYS + b"run"):
            return await self._run(call)
        if method == "GET" and path == b"/ai-api/models/search":
            call.operation = "ai.models.list"
            return found_models(self._inference, call.query)
        if path.startswith(GATEWAYS):
            return await self._gateways.handle(call)
        if method == "GET" and path == b"/run":
            raise NotImplementedHere(operation="env.AI.run with websocket")
        if path.startswith(MARKDOWN):
            raise NotImplementedHere(operation="env.AI.toMarkdown")
        if path.startswith(RAG):
            raise NotImplementedHere(operation="env.AI.autorag")
        raise NoRoute()

    async def _run(self, call: BindingCall) -> Reply:
        call.operation = "ai.run"
        ASKER.set(call.asked)
        name = (call.header(MODEL) or b"").decode("utf-8", "replace")
        if b"userInputs" in call.scope["query_string"]:
            # The body is the stream: none of the models that are built takes one.
            self._inference.model(name)
            raise BadInput(reason="the model takes no stream")
        body: JsonObject = {"options": {}, **object_of(await call.body(MAX_READ_BYTES))}
        inputs, options = member(body, "inputs"), member(body, "options")
        queue = options.get("queueRequest") is True

        async def answer() -> Reply:
            # With the first text, not with the twin.
            from emulator.ai import native

            store = call.account.ai
            return bare(await native.run(self._inference, store, name, inputs, queue=queue))

        if call.scope["raw_path"] == b"/run":
            return await answer()
        gateway = member(options, "gateway")
        return await self._gateways.run(call, name, inputs, gateway, answer, refused)


def member(body: JsonObject, name: str) -> JsonObject:
    """An object within. Raises `BadInput`."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise BadInput(reason=f"Type mismatch of '/{name}', '{kind_of(value)}' not in 'object'")
    return value


def refused(error: CloudflareError) -> Reply:
    """Both forms that the runtime reads: `internalCode` for a model's refusal, else `errors`."""
    body: dict[str, object] = {
        "success": False,
        "errors": [{"code": error.code, "message": str(error)}],
    }
    if isinstance(error, AiError):
        body |= {
            "name": "AiError",
            "internalCode": error.code,
            "httpCode": error.status,
            "message": str(error),
            "description": error.description,
        }
    return Reply(orjson.dumps(body), status=error.status, headers=JSON)


def door(inference: Inference, gateways: Gateways) -> Door:
    return Door(AIDoor(inference, gateways).handle, refused)
