"""What AI Gateway holds, in our words. Times are epoch seconds, durations are milliseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

# Lower-case names.
HeaderList = tuple[tuple[str, str], ...]
Backoff = Literal["constant", "linear", "exponential"]
Technique = Literal["fixed", "sliding"]
Strategy = Literal["STOP_INSERTING", "DELETE_OLDEST"]
Scalar = str | int | float | bool

DEFAULT_ID = "default"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A gateway's settings. What nothing here acts upon is `kept` as it was given."""

    cache_ttl: int | None = 0
    cache_invalidate_on_update: bool = False
    collect_logs: bool = True
    rate_limiting_interval: int | None = 0
    rate_limiting_limit: int | None = 0
    rate_limiting_technique: Technique | None = "fixed"
    authentication: bool = False
    log_management: int | None = None
    log_management_strategy: Strategy | None = None
    retry_max_attempts: int | None = None
    retry_delay: int | None = None
    retry_backoff: Backoff | None = None
    kept: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class GatewayRecord:
    """One gateway. `number` is used once and never again, whatever becomes of its id."""

    number: int
    id: str
    internal_id: str
    created_at: float
    modified_at: float
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Payload:
    """A body as it was sent or answered."""

    body: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class NewLog:
    """One request as it went, to be stored."""

    id: str
    created_at: float
    provider: str
    model: str
    path: str
    duration_ms: int
    status_code: int
    success: bool
    cached: bool
    step: int
    request_type: str
    model_type: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    custom_cost: bool = False
    metadata: Mapping[str, Scalar] | None = None
    request_content_type: str | None = None
    response_content_type: str | None = None
    event_id: str | None = None
    user_agent: str | None = None
    authentication: bool = False
    compat: bool = False
    request: Payload | None = None
    response: Payload | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """One stored log. Heads are the beginnings of its payloads, None where none is kept."""

    id: str
    created_at: float
    provider: str
    model: str
    model_type: str | None
    path: str
    duration_ms: int
    status_code: int
    success: bool
    cached: bool
    step: int
    tokens_in: int
    tokens_out: int
    cost: float
    custom_cost: bool
    metadata: Mapping[str, Scalar] | None
    request_type: str
    request_content_type: str | None
    response_content_type: str | None
    event_id: str | None
    feedback: int | None
    score: float | None
    request_size: int
    response_size: int
    request_head: str | None
    response_head: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """`operator` is eq, neq, contains, lt, gt, le or ge; of several values any may match."""

    key: str
    operator: str
    values: Sequence[Scalar | None]


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which logs: all filters hold, and `search` is somewhere in the log's texts."""

    filters: Sequence[Filter] = ()
    search: str = ""
    order_by: str = "created_at"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class LogPage:
    logs: Sequence[Log]
    total: int


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """What a provider answered and the gateway may answer again."""

    status: int
    headers: HeaderList
    body: bytes
    provider: str
    model: str
