"""How one request is to be handled: what its `cf-aig-…` headers and the gateway say.

An entry of the universal endpoint wins over the request's headers, and those win over the
gateway's settings (`cloudflare-behaviour` §9.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import get_args

import orjson

from emulator.ai_gateway.errors import InvalidHeader
from emulator.ai_gateway.limits import (
    CUSTOM_KEY_TTL_SECONDS,
    DEFAULT_RETRY_DELAY_MS,
    MAX_ATTEMPTS,
    MAX_CACHE_TTL_SECONDS,
    MAX_RETRY_DELAY_MS,
    MIN_CACHE_TTL_SECONDS,
)
from emulator.ai_gateway.metadata import header_bytes, metadata_of
from emulator.ai_gateway.models import Backoff, Configuration, Scalar

# Highest first; names in lower case.
Levels = Sequence[Mapping[str, str]]

# An entry's `config`, as the headers that say the same.
CONFIG_HEADERS = {
    "requestTimeout": "cf-aig-request-timeout",
    "maxAttempts": "cf-aig-max-attempts",
    "retryDelay": "cf-aig-retry-delay",
    "backoff": "cf-aig-backoff",
    "cacheTtl": "cf-aig-cache-ttl",
    "skipCache": "cf-aig-skip-cache",
}
FOREVER_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class CustomCost:
    """Dollars for each token."""

    per_token_in: float
    per_token_out: float


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` counts the first try, too."""

    attempts: int = 1
    delay_ms: int = DEFAULT_RETRY_DELAY_MS
    backoff: Backoff = "constant"

    def pause_seconds(self, failed: int) -> float:
        """How long to wait after that many attempts have failed."""
        factors = {"constant": 1, "linear": failed, "exponential": 1 << (failed - 1)}
        return self.delay_ms * factors[self.backoff] / 1000


@dataclass(frozen=True, slots=True)
class Handling:
    """`cache_ttl` is in seconds, 0 where nothing is cached; a timeout of None is none."""

    cache_ttl: int
    cache_key: str | None
    skip_cache: bool
    collect_log: bool
    collect_payload: bool
    timeout_ms: int | None
    retries: Retries
    metadata: Mapping[str, Scalar] | None
    custom_cost: CustomCost | None


def handling_of(
    configuration: Configuration, levels: Levels, *, zero_caches: bool = False
) -> Handling:
    """The handling of a request. Raises `InvalidHeader`.

    `zero_caches` is what has been observed of `cache_ttl: 0`: five minutes.
    """
    key = text_of(levels, "cf-aig-cache-key")
    return Handling(
        cache_ttl=cache_ttl_of(configuration, levels, key is not None, zero_caches),
        cache_key=key,
        skip_cache=flag_of(levels, False, "cf-aig-skip-cache", "cf-skip-cache"),
        collect_log=flag_of(levels, configuration.collect_logs, "cf-aig-collect-log"),
        collect_payload=flag_of(levels, True, "cf-aig-collect-log-payload"),
        timeout_ms=number_of(levels, "cf-aig-request-timeout", largest=FOREVER_MS) or None,
        retries=retries_of(configuration, levels),
        metadata=metadata_of(text_of(levels, "cf-aig-metadata")),
        custom_cost=custom_cost_of(text_of(levels, "cf-aig-custom-cost")),
    )


def cache_ttl_of(
    configuration: Configuration, levels: Levels, has_key: bool, zero_caches: bool
) -> int:
    asked = number_of(levels, "cf-aig-cache-ttl", "cf-cache-ttl", largest=MAX_CACHE_TTL_SECONDS)
    if asked:
        # [guess] Below the documented minimum it is the minimum.
        return max(asked, MIN_CACHE_TTL_SECONDS)
    ttl = configuration.cache_ttl if asked is None else 0
    if not ttl and (zero_caches or (has_key and asked is None)):
        return CUSTOM_KEY_TTL_SECONDS
    return ttl or 0


def retries_of(configuration: Configuration, levels: Levels) -> Retries:
    attempts = number_of(levels, "cf-aig-max-attempts", largest=MAX_ATTEMPTS)
    delay = number_of(levels, "cf-aig-retry-delay", largest=MAX_RETRY_DELAY_MS)
    if attempts is None:
        attempts = configuration.retry_max_attempts
    if delay is None:
        delay = configuration.retry_delay
    return Retries(
        max(attempts or 1, 1),
        DEFAULT_RETRY_DELAY_MS if delay is None else delay,
        backoff_of(text_of(levels, "cf-aig-backoff")) or configuration.retry_backoff or "constant",
    )


def backoff_of(text: str | None) -> Backoff | None:
    for known in get_args(Backoff):
        if text == known:
            return text  # type: ignore[return-value]  # one of the literals
    if text is None:
        return None
    raise InvalidHeader(name="cf-aig-backoff", reason="use constant, linear or exponential")


def custom_cost_of(text: str | None) -> CustomCost | None:
    if text is None:
        return None
    try:
        given = orjson.loads(header_bytes(text))
        prices = [float(given.get(name, 0)) for name in ("per_token_in", "per_token_out")]
    except (ValueError, TypeError, AttributeError, OverflowError):
        prices = [-1.0]
    if min(prices) < 0 or not all(map(isfinite, prices)):
        reason = 'use {"per_token_in": number, "per_token_out": number}'
        raise InvalidHeader(name="cf-aig-custom-cost", reason=reason)
    return CustomCost(*prices)


def text_of(levels: Levels, *names: str) -> str | None:
    """The header's value on the highest level that has it; of two names the first wins."""
    for level in levels:
        for name in names:
            if (value := level.get(name)) is not None:
                return value
    return None


def flag_of(levels: Levels, default: bool, *names: str) -> bool:
    text = text_of(levels, *names)
    if text is None:
        return default
    if (word := text.strip().lower()) not in ("true", "false"):
        raise InvalidHeader(name=names[0], reason="use true or false")
    return word == "true"


def number_of(levels: Levels, *names: str, largest: int) -> int | None:
    """A whole number from 0; more than the largest is the largest [guess]."""
    text = text_of(levels, *names)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise InvalidHeader(name=names[0], reason="use a whole number")
    return min(int(text), largest)
