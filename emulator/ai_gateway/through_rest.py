"""Doors of Workers AI through a gateway: the door itself is the provider that is asked.

Over REST those are `/ai/run` and `/ai/v1/…`; Workers have `env.AI.run` (`binding.py`).

https://developers.cloudflare.com/ai-gateway/usage/rest-api/
"""

from collections.abc import Awaitable, Callable, Mapping

from emulator.ai_gateway.targets import Plan, Target, facts_of, json_of
from emulator.core.errors import CloudflareError
from emulator.twin import Account
from emulator.wire.call import Call
from emulator.wire.envelope import failure
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from emulator.wire.upstream import HeaderList, UpstreamReply, UpstreamRequest

GATEWAY_HEADER = b"cf-aig-gateway-id"
INFERENCE = ("/accounts/{account_id}/ai/run", "/accounts/{account_id}/ai/v1/")


def goes_through(route: Route) -> bool:
    """Whether the route runs a model, and its body is whole when it is handled."""
    return route.method == "POST" and not route.stream and route.path.startswith(INFERENCE)


class DoorUpstream:
    """A door that has been knocked at, as a provider: how it answers and how it refuses."""

    def __init__(
        self,
        answer: Callable[[], Awaitable[Reply]],
        refused: Callable[[CloudflareError], Reply],
    ) -> None:
        self._answer = answer
        self._refused = refused

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply:
        """The door's answer; its refusals are answers, too."""
        try:
            reply = await self._answer()
        except CloudflareError as error:
            reply = self._refused(error)
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.headers
        )
        return UpstreamReply(reply.status, headers, reply.body)


def upstream_of_call(route: Route, call: Call) -> DoorUpstream:
    return DoorUpstream(lambda: route.handler(call), lambda error: failure(error, route.on_failure))


def plan_of_call(call: Call, headers: Mapping[str, str]) -> Plan:
    """The call as a target."""
    path = call.scope["path"].partition("/ai/")[2].removeprefix("run/")
    query = call.scope["query_string"].decode("latin-1")
    given = json_of(call.body)
    model, streaming = facts_of("workers-ai", path, given)
    streaming = streaming or nested_stream(given)
    provider = provider_of(model)
    sent: HeaderList = tuple(headers.items())
    target = f"{path}?{query}" if query else path
    return Plan((Target(provider, target, sent, call.body, model, streaming),), "api")


def provider_of(model: str) -> str:
    """A model of Cloudflare's is asked of `workers-ai`; another's author is its provider."""
    author, slash, _ = model.partition("/")
    return author if slash and not author.startswith("@") else "workers-ai"


def nested_stream(given: object) -> bool:
    """`/ai/run` has the model's input in a member of its own."""
    inner = given.get("input") if isinstance(given, dict) else None
    return isinstance(inner, dict) and inner.get("stream") is True


def headers_of(call: Call) -> dict[str, str]:
    return {
        name.decode("latin-1"): value.decode("latin-1") for name, value in call.scope["headers"]
    }
