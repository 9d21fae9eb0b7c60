"""AI Gateway as Workers reach it, below `env.AI`: a model through a gateway, logs, universal runs.

https://developers.cloudflare.com/ai-gateway/integrations/worker-binding-methods/ — a Worker
needs no token for its own account's gateways. What a gateway refuses is in its own form, what
concerns logs in the API's.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

import orjson

from emulator.ai_gateway.errors import GatewayError, InvalidRequest, gateway_body
from emulator.ai_gateway.exchange_rest import Exchange
from emulator.ai_gateway.limits import MAX_MODEL_CHARACTERS, MAX_REQUEST_BYTES, MEGABYTE
from emulator.ai_gateway.log_rest import change_one, one_log
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.ai_gateway.targets import (
    JSON_HEADER,
    Plan,
    Target,
    is_header_text,
    plan_of,
    scalar_text,
)
from emulator.ai_gateway.through_rest import DoorUpstream, provider_of
from emulator.core.errors import CloudflareError, NoRoute
from emulator.wire.binding import HEADER, BindingCall
from emulator.wire.envelope import ok
from emulator.wire.reply import JSON, Reply
from emulator.wire.routing import decoded

BASE = b"/ai-gateway/"
# Cloudflare's own address: a Worker that asks there is led back into the twin.
PUBLIC = "https://gateway.ai.cloudflare.com/v1"
UNIVERSAL = "universal"

# The options of `env.AI.run`, as the headers that say the same.
OPTIONS = {
    "cacheKey": "cf-aig-cache-key",
    "cacheTtl": "cf-aig-cache-ttl",
    "skipCache": "cf-aig-skip-cache",
    "collectLog": "cf-aig-collect-log",
    "eventId": "cf-aig-event-id",
    "requestTimeoutMs": "cf-aig-request-timeout",
}
RETRIES = {
    "maxAttempts": "cf-aig-max-attempts",
    "retryDelayMs": "cf-aig-retry-delay",
    "backoff": "cf-aig-backoff",
}


class WorkersGateways:
    """All gateways of the twin, as bindings reach them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def run(
        self,
        call: BindingCall,
        model: str,
        inputs: Mapping[str, object],
        options: Mapping[str, object],
        answer: Callable[[], Awaitable[Reply]],
        refused: Callable[[CloudflareError], Reply],
    ) -> Reply:
        """`answer`, through the gateway that `options.id` names."""
        try:
            headers = headers_in(call) | headers_of(options)
            plan, upstream = plan_of_run(model, inputs), DoorUpstream(answer, refused)
            gateway_id = str(options.get("id"))
            exchange = await self._gateway.of_worker(
                call.account, gateway_id, headers, plan, upstream
            )
            return await told(call, exchange)
        except GatewayError as error:
            return gateway_refusal(call, error)

    async def handle(self, call: BindingCall) -> Reply:
        """What is below `/ai-gateway/` beside `run`."""
        path = call.scope["raw_path"]
        parts = [decoded(part, path) for part in path.removeprefix(BASE).split(b"/")]
        match call.scope["method"], parts:
            case "GET", ["gateways", gateway_id, "url", provider]:
                call.operation = "ai_gateway.url"
                return ok({"url": url_of(call.account.id, gateway_id, provider)})
            case "GET", ["gateways", gateway_id, "logs", log_id]:
                call.operation = "ai_gateway.logs.get"
                return one_log(call.account.ai_gateway, gateway_id, log_id)
            case "PATCH", ["gateways", gateway_id, "logs", log_id]:
                call.operation = "ai_gateway.logs.edit"
                body = await call.body(MEGABYTE)
                return await change_one(call.account.ai_gateway, gateway_id, log_id, body)
            case "POST", ["universal", "run", gateway_id]:
                call.operation = "ai_gateway.universal"
                return await self._universal(call, gateway_id)
        raise NoRoute()

    async def _universal(self, call: BindingCall, gateway_id: str) -> Reply:
        body, headers = await call.body(MAX_REQUEST_BYTES), headers_in(call)
        try:
            plan = plan_of("POST", "", tuple(headers.items()), body)
            exchange = await self._gateway.of_worker(call.account, gateway_id, headers, plan)
            return await told(call, exchange)
        except GatewayError as error:
            return gateway_refusal(call, error)


async def told(call: BindingCall, exchange: Exchange) -> Reply:
    """The exchange's answer; the call's event says what became of it."""
    try:
        return await exchange.run()
    finally:
        call.detail = {**(call.detail or {}), "ai_gateway": exchange.told.detail()}


def gateway_refusal(call: BindingCall, error: GatewayError) -> Reply:
    call.code = error.code
    return Reply(gateway_body(error), status=error.status, headers=JSON)


def plan_of_run(model: str, inputs: Mapping[str, object]) -> Plan:
    """The run as a target. `version` is what the runtime says; answers have no envelope then."""
    path, streaming = f"{model}?version=3", inputs.get("stream") is True
    shown = model[:MAX_MODEL_CHARACTERS]
    body = orjson.dumps(inputs)
    return Plan((Target(provider_of(model), path, (JSON_HEADER,), body, shown, streaming),), "api")


def headers_in(call: BindingCall) -> dict[str, str]:
    """The call's headers, but for the binding's own secret."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in call.scope["headers"]
        if name != HEADER
    }


def headers_of(options: Mapping[str, object]) -> dict[str, str]:
    """`options.gateway` as headers. Raises `InvalidRequest`."""
    headers = scalars(options, OPTIONS)
    if isinstance(retries := options.get("retries"), dict):
        headers |= scalars(retries, RETRIES)
    if isinstance(metadata := options.get("metadata"), dict):
        # As a header's bytes are read elsewhere.
        headers["cf-aig-metadata"] = orjson.dumps(metadata).decode("latin-1")
    return headers


def scalars(options: Mapping[str, object], names: Mapping[str, str]) -> dict[str, str]:
    headers = {}
    for name, header in names.items():
        if (value := options.get(name)) is None:
            continue
        text = scalar_text(value)
        if text is None or not is_header_text(text):
            raise InvalidRequest(reason=f"gateway.{name} must be a number or text")
        headers[header] = text
    return headers


def url_of(account_id: str, gateway_id: str, provider: str) -> str:
    base = f"{PUBLIC}/{account_id}/{quote(gateway_id, safe='')}/"
    return base if provider == UNIVERSAL else base + quote(provider, safe="")
