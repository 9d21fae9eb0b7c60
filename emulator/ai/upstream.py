"""Workers AI, OpenAI and Anthropic as AI Gateway's upstreams: the offline stand-ins.

Each speaks its provider's dialect, refusals included, over the same backends as `/ai/run`.
A provider's key may be anything, but it has to be there.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs, unquote

import orjson

from emulator.ai import dialects, native
from emulator.ai.errors import AiError, MethodNotAvailable, NoSuchModel, RequestTooLarge
from emulator.ai.fields import object_in
from emulator.ai.inference import Inference
from emulator.ai.limits import MAX_BODY_BYTES
from emulator.ai.models import ANTHROPIC, OPENAI, WORKERS_AI, Json, JsonObject, Result
from emulator.ai.provider_models import ANTHROPIC_MODELS, OPENAI_MODELS, listed
from emulator.ai.store import AIStore
from emulator.ai.text_input import text_of
from emulator.ai.tokens import count_tokens
from emulator.core.errors import CloudflareError, NoRoute
from emulator.twin import Account
from emulator.wire.envelope import failure, ok
from emulator.wire.upstream import Upstream, UpstreamReply, UpstreamRequest

Operation = Callable[[Inference, AIStore, JsonObject, str], Awaitable[Result]]

JSON_TYPE = ("content-type", "application/json")
STREAM_TYPE = ("content-type", "text/event-stream")
ANY_JSON_MENTION = (
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type"
    " 'json_object'."
)

V1: Mapping[str, Operation] = {
    "v1/chat/completions": dialects.chat_completions,
    "v1/embeddings": dialects.create_embeddings,
    "v1/responses": dialects.create_response,
    "v1/messages": dialects.create_message,
}


def stand_ins(inference: Inference) -> Mapping[str, Upstream]:
    """Each by the name of the provider it stands in for."""
    return {
        WORKERS_AI: WorkersAI(inference),
        OPENAI: OpenAI(inference),
        ANTHROPIC: Anthropic(inference),
    }


class WorkersAI:
    """`{model}` as `/ai/run` has it, and `v1/…`. Who may ask is the gateway's question."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply:
        path, _, query = request.path.partition("?")
        try:
            if request.method != "POST":
                raise MethodNotAvailable(method=request.method)
            body = body_of(request)
            if path.startswith("v1/"):
                return rendered(await self._speak(account, path, body))
            queue = parse_qs(query).get("queueRequest") == ["true"]
            name = unquote(path)
            result = await native.run(self._inference, account.ai, name, body, queue=queue)
        except CloudflareError as error:
            return refusal_reply(error)
        return rendered(result, enveloped=True)

    async def _speak(self, account: Account, path: str, body: JsonObject) -> Result:
        operation = V1.get(path)
        if operation is None:
            raise NoRoute()
        return await operation(self._inference, account.ai, body, WORKERS_AI)


class OpenAI:
    """`chat/completions`, `responses`, `embeddings` and `models`, with or without `v1/`."""

    OPERATIONS: Mapping[str, Operation] = {
        "chat/completions": dialects.chat_completions,
        "responses": dialects.create_response,
        "embeddings": dialects.create_embeddings,
    }

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply:
        path = request.path.partition("?")[0].removeprefix("v1/")
        if not bearer(request):
            text = "You didn't provide an API key in an Authorization header."
            return openai_refusal(401, text)
        if request.method == "GET" and path.partition("/")[0] == "models":
            return self._models(path.partition("/")[2])
        operation = self.OPERATIONS.get(path)
        if operation is None or request.method != "POST":
            return openai_refusal(404, f"Invalid URL ({request.method} /v1/{path})")
        try:
            body = body_of(request)
            if path == "chat/completions" and lacks_json(body):
                return openai_refusal(400, ANY_JSON_MENTION, param="messages")
            return rendered(await operation(self._inference, account.ai, body, OPENAI))
        except NoSuchModel:
            text = (
                f"The model `{body.get('model')}` does not exist or you do not have access to it."
            )
            return openai_refusal(404, text, code="model_not_found")
        except CloudflareError as error:
            return openai_refusal(error.status, reason_of(error))

    def _models(self, name: str) -> UpstreamReply:
        models: list[JsonObject] = [
            {"id": one, "object": "model", "created": 1_700_000_000, "owned_by": "openai"}
            for one in listed(self._inference.rules, OPENAI, OPENAI_MODELS)
        ]
        if not name:
            return json_reply(200, {"object": "list", "data": models})
        found = next((one for one in models if one["id"] == unquote(name)), None)
        if found is None:
            text = f"The model '{unquote(name)}' does not exist"
            return openai_refusal(404, text, code="model_not_found")
        return json_reply(200, found)


class Anthropic:
    """`v1/messages`, its token count, `v1/models`, and the endpoint it has for OpenAI's clients."""

    OPERATIONS: Mapping[str, Operation] = {
        "v1/messages": dialects.create_message,
        "v1/chat/completions": dialects.chat_completions,
    }

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply:
        path = request.path.partition("?")[0]
        if not header(request, "x-api-key") and not bearer(request):
            return anthropic_refusal(401, "x-api-key header is required")
        if path == "v1/messages" and not header(request, "anthropic-version"):
            return anthropic_refusal(400, "anthropic-version: header is required")
        if (request.method, path) == ("GET", "v1/models"):
            return self._models()
        try:
            if (request.method, path) == ("POST", "v1/messages/count_tokens"):
                return json_reply(200, {"input_tokens": tokens_in(body_of(request))})
            operation = self.OPERATIONS.get(path)
            if operation is None or request.method != "POST":
                return anthropic_refusal(404, "Not Found")
            body = body_of(request)
            return rendered(await operation(self._inference, account.ai, body, ANTHROPIC))
        except CloudflareError as error:
            return anthropic_refusal(error.status, reason_of(error))

    def _models(self) -> UpstreamReply:
        names = listed(self._inference.rules, ANTHROPIC, ANTHROPIC_MODELS)
        data = [
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "2025-01-01T00:00:00Z",
            }
            for name in names
        ]
        first, last = data[0]["id"], data[-1]["id"]
        body = {"data": data, "has_more": False, "first_id": first, "last_id": last}
        return json_reply(200, body)


def body_of(request: UpstreamRequest) -> JsonObject:
    if len(request.body) > MAX_BODY_BYTES:
        raise RequestTooLarge()
    return object_in(request.body)


def header(request: UpstreamRequest, name: str) -> str:
    return next((value for key, value in request.headers if key == name), "").strip()


def bearer(request: UpstreamRequest) -> str:
    scheme, _, key = header(request, "authorization").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def lacks_json(body: JsonObject) -> bool:
    """OpenAI wants JSON mode to be spoken of in the messages, too."""
    mode, messages = body.get("response_format"), body.get("messages")
    if not isinstance(mode, dict) or mode.get("type") != "json_object":
        return False
    rows = messages if isinstance(messages, list) else []
    texts = [text_of(row.get("content")) or "" for row in rows if isinstance(row, dict)]
    return not any("json" in text.lower() for text in texts)


def tokens_in(body: JsonObject) -> int:
    """[guess] Near enough: the words of all messages and of the system's."""
    rows = body.get("messages")
    messages = rows if isinstance(rows, list) else []
    contents: list[Json] = [row.get("content") for row in messages if isinstance(row, dict)]
    texts = [text_of(content) or "" for content in (*contents, body.get("system"))]
    return count_tokens("\n".join(texts))


def reason_of(error: CloudflareError) -> str:
    """The refusal without what only Workers AI puts in front of it."""
    text = error.description if isinstance(error, AiError) else str(error)
    return text.removeprefix("Bad input: Error: ")


def rendered(result: Result, *, enveloped: bool = False) -> UpstreamReply:
    """The answer with who gave it; a stream goes on as it comes."""
    said = (
        ("cf-ai-req-id", result.id),
        ("x-request-id", result.id),
        ("cf-twin-backend", result.backend),
        ("cf-twin-embedder", result.embedder),
    )
    headers = tuple((name, value) for name, value in said if value is not None)
    if result.stream is not None:
        return UpstreamReply(200, (STREAM_TYPE, *headers), result.stream)
    body = ok(result.value).body if enveloped else orjson.dumps(result.value)
    return UpstreamReply(200, (JSON_TYPE, *headers), body)


def json_reply(status: int, body: Json) -> UpstreamReply:
    return UpstreamReply(status, (JSON_TYPE,), orjson.dumps(body))


def refusal_reply(error: CloudflareError) -> UpstreamReply:
    """Workers AI's own refusal, in the API's envelope."""
    reply = failure(error, {})
    headers = tuple((name.decode(), value.decode()) for name, value in reply.headers)
    return UpstreamReply(reply.status, headers, reply.body)


OPENAI_TYPES = {401: "invalid_request_error", 429: "requests", 500: "server_error"}


def openai_refusal(
    status: int, text: str, *, code: str | None = None, param: str | None = None
) -> UpstreamReply:
    kind = OPENAI_TYPES.get(500 if status >= 500 else status, "invalid_request_error")
    code = "rate_limit_exceeded" if status == 429 else code
    error = {"message": text, "type": kind, "param": param, "code": code}
    return json_reply(status, {"error": error})


ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def anthropic_refusal(status: int, text: str) -> UpstreamReply:
    other = "api_error" if status >= 500 else "invalid_request_error"
    error = {"type": ANTHROPIC_TYPES.get(status, other), "message": text}
    return json_reply(status, {"type": "error", "error": error})
