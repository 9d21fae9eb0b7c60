"""AI Gateway's REST API: one table of routes. What is not built answers 501 with its name."""

from functools import partial

from emulator.ai_gateway import gateway_rest, log_rest
from emulator.core.errors import NotImplementedHere
from emulator.wire.call import Call
from emulator.wire.reply import Reply
from emulator.wire.routing import Handler, Route

BASE = "/accounts/{account_id}/ai-gateway"
GATEWAYS = f"{BASE}/gateways"
GATEWAY = f"{GATEWAYS}/{{gateway_id}}"
LOGS = f"{GATEWAY}/logs"
LOG = f"{LOGS}/{{log_id}}"


def reads(path: str, name: str, handler: Handler) -> Route:
    return Route("GET", path, f"ai_gateway.{name}", handler, "ai_gateway:read")


def writes(method: str, path: str, name: str, handler: Handler) -> Route:
    return Route(method, path, f"ai_gateway.{name}", handler, "ai_gateway:write")


async def refuse(operation: str, call: Call) -> Reply:
    raise NotImplementedHere(operation=f"AI Gateway: {operation}")


# What Cloudflare has besides -> where.
NOT_BUILT = {
    "datasets": f"{GATEWAY}/datasets",
    "evaluations": f"{GATEWAY}/evaluations",
    "dynamic routing": f"{GATEWAY}/routes",
    "provider configurations": f"{GATEWAY}/provider_configs",
    "evaluation types": f"{BASE}/evaluation-types",
    "custom providers": f"{BASE}/custom-providers",
    "billing": f"{BASE}/billing",
}


def not_built() -> tuple[Route, ...]:
    return tuple(
        Route(method, path, f"ai_gateway.{name}.unsupported", partial(refuse, name))
        for name, base in NOT_BUILT.items()
        for path in (base, f"{base}/{{rest:path}}")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    )


ROUTES: tuple[Route, ...] = (
    reads(GATEWAYS, "gateways.list", gateway_rest.list_gateways),
    writes("POST", GATEWAYS, "gateways.create", gateway_rest.create_gateway),
    reads(GATEWAY, "gateways.get", gateway_rest.get_gateway),
    writes("PUT", GATEWAY, "gateways.update", gateway_rest.update_gateway),
    writes("DELETE", GATEWAY, "gateways.delete", gateway_rest.delete_gateway),
    reads(f"{GATEWAY}/url/{{provider}}", "gateways.url", gateway_rest.get_url),
    reads(LOGS, "logs.list", log_rest.list_logs),
    writes("DELETE", LOGS, "logs.delete", log_rest.delete_logs),
    reads(LOG, "logs.get", log_rest.get_log),
    writes("PATCH", LOG, "logs.edit", log_rest.change_log),
    reads(f"{LOG}/request", "logs.request", log_rest.get_request),
    reads(f"{LOG}/response", "logs.response", log_rest.get_response),
    *not_built(),
)
