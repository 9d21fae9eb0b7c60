"""The gateways of an account, over Cloudflare's API v4.

https://developers.cloudflare.com/api/resources/ai_gateway/
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emulator.ai_gateway.errors import InvalidGateway
from emulator.ai_gateway.limits import (
    MAX_ATTEMPTS,
    MAX_CACHE_TTL_SECONDS,
    MAX_LOGS,
    MAX_STORED_RETRY_DELAY_MS,
    MIN_LOG_LIMIT,
)
from emulator.ai_gateway.models import (
    DEFAULT_ID,
    Backoff,
    Configuration,
    GatewayRecord,
    Strategy,
    Technique,
)
from emulator.ai_gateway.wording import reason_of
from emulator.core.clock import iso
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply

Model = TypeVar("Model", bound=BaseModel)

PAGES = PageLimits(default=20, smallest=1, largest=100)
# A gateway's universal endpoint, where Cloudflare's method wants a provider's name.
UNIVERSAL = "universal"

Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Objects = list[dict[str, Any]]


class GatewaySettings(BaseModel):
    """What a gateway can be told. Of an update what is not named stays as it is."""

    model_config = ConfigDict(strict=True)

    cache_invalidate_on_update: bool
    cache_ttl: Annotated[int, Field(ge=0, le=MAX_CACHE_TTL_SECONDS)] | None
    collect_logs: bool
    rate_limiting_interval: Count | None
    rate_limiting_limit: Count | None
    rate_limiting_technique: Technique | None = "fixed"
    authentication: bool = False
    log_management: Annotated[int, Field(ge=MIN_LOG_LIMIT, le=MAX_LOGS)] | None = MAX_LOGS
    log_management_strategy: Strategy | None = "STOP_INSERTING"
    retry_max_attempts: Annotated[int, Field(ge=1, le=MAX_ATTEMPTS)] | None = None
    retry_delay: Annotated[int, Field(ge=0, le=MAX_STORED_RETRY_DELAY_MS)] | None = None
    retry_backoff: Backoff | None = None
    byok_only: bool = False
    dlp: dict[str, Any] | None = None
    guardrails: dict[str, Any] | None = None
    log_classification: bool = False
    logpush: bool = False
    logpush_public_key: str | None = None
    otel: Objects | None = None
    spend_limits: dict[str, Any] | None = None
    store_id: str | None = None
    stripe: dict[str, Any] | None = None
    workers_ai_billing_mode: Literal["postpaid", "unified"] = "postpaid"
    zdr: bool = False


class NewGateway(GatewaySettings):
    id: str


KEPT = (
    "byok_only dlp guardrails log_classification logpush logpush_public_key otel spend_limits"
    " store_id stripe workers_ai_billing_mode zdr".split()
)
# How a gateway looks that was never told anything of these.
UNTOLD = {name: GatewaySettings.model_fields[name].default for name in KEPT}
ENFORCED = [name for name in GatewaySettings.model_fields if name not in KEPT]


async def list_gateways(call: Call) -> Reply:
    records = call.account.ai_gateway.gateways(call.query.get("search", ""))
    page = page_of(records, call.query, PAGES, InvalidGateway)
    return ok([gateway_json(call.account.id, one) for one in page.items], page.info())


async def create_gateway(call: Call) -> Reply:
    store, new = call.account.ai_gateway, read(NewGateway, call.body)
    configuration = configuration_of(new)
    record = await store.commit(lambda: store.create(new.id, configuration))
    return ok(gateway_json(call.account.id, record))


async def get_gateway(call: Call) -> Reply:
    record = call.account.ai_gateway.get(call.params["gateway_id"])
    return ok(gateway_json(call.account.id, record))


async def update_gateway(call: Call) -> Reply:
    store, gateway_id = call.account.ai_gateway, call.params["gateway_id"]
    known, given = store.get(gateway_id), read(GatewaySettings, call.body)
    configuration = configuration_of(given, known.configuration)
    record = await store.commit(lambda: store.change(gateway_id, configuration))
    return ok(gateway_json(call.account.id, record))


async def delete_gateway(call: Call) -> Reply:
    store, gateway_id = call.account.ai_gateway, call.params["gateway_id"]
    record = await store.commit(lambda: store.delete(gateway_id))
    return ok(gateway_json(call.account.id, record))


async def get_url(call: Call) -> Reply:
    """Where a provider is reached through the gateway: here."""
    record = call.account.ai_gateway.get(call.params["gateway_id"])
    provider = call.params["provider"]
    base = f"{call.origin}/gateway/v1/{call.account.id}/{record.id}"
    return ok(base if provider == UNIVERSAL else f"{base}/{provider}")


def read(model: type[Model], body: bytes) -> Model:
    """The JSON body as `model`. Raises `InvalidGateway`."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise InvalidGateway(reason=reason_of(error)) from None


def configuration_of(given: GatewaySettings, known: Configuration | None = None) -> Configuration:
    """The settings as a configuration, over the one that is known."""
    told = given.model_dump()
    if known is not None:
        told = shown(known) | {name: told[name] for name in given.model_fields_set if name in told}
    kept = {name: told[name] for name in KEPT}
    return Configuration(**{name: told[name] for name in ENFORCED}, kept=kept)


def shown(configuration: Configuration) -> dict[str, Any]:
    """All settings, by their names at Cloudflare."""
    enforced = {name: getattr(configuration, name) for name in ENFORCED}
    return enforced | UNTOLD | dict(configuration.kept)


def gateway_json(account_id: str, record: GatewayRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "account_id": account_id,
        "account_tag": account_id,
        "internal_id": record.internal_id,
        "created_at": iso(record.created_at),
        "modified_at": iso(record.modified_at),
        "is_default": record.id == DEFAULT_ID,
        **shown(record.configuration),
    }
