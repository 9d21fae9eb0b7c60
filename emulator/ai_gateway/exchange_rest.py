"""One request through one gateway: cache, rate limit, providers, log.

The order is Cloudflare's: what is cached is answered even to a caller who is over the rate
limit, and is not counted; of several providers the first that answers well does, and every
one that was asked has a log of its own.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

from emulator.ai_gateway.attempt_rest import Wait, ask, content_type
from emulator.ai_gateway.cache import cache_key, custom_cache_key
from emulator.ai_gateway.costs import cost_of
from emulator.ai_gateway.errors import (
    GatewayError,
    ProviderFailed,
    ProviderTimeout,
    RateLimited,
    gateway_body,
)
from emulator.ai_gateway.handling import Handling, handling_of
from emulator.ai_gateway.limits import MAX_CACHED_BYTES
from emulator.ai_gateway.models import CachedAnswer, GatewayRecord, NewLog, Payload
from emulator.ai_gateway.recording_rest import Recorded, Tape
from emulator.ai_gateway.targets import Plan, Target
from emulator.ai_gateway.usage import NOTHING, Usage, usage_of
from emulator.core.asking import CAUSE_HEADER, Asked
from emulator.twin import Account
from emulator.wire.reply import Headers, Reply, Stream
from emulator.wire.upstream import HeaderList, Upstream, UpstreamRequest

UpstreamOf = Callable[[Target], Upstream]

CACHED_TYPES = ("application/json", "text/", "image/")
# The provider's connection, and what only a gateway may say.
NOT_PASSED_ON = frozenset(
    "connection keep-alive proxy-authenticate te trailer transfer-encoding upgrade content-length"
    " date server set-cookie alt-svc cf-ray".split()
)

log = logging.getLogger("cftwin.ai_gateway")


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a request says beside what it asks: its method and its headers, lower case."""

    method: str
    headers: Mapping[str, str]
    event_id: str
    request_id: str


@dataclass(slots=True)
class Told:
    """What the event of a request shall say of it."""

    gateway: str
    provider: str = ""
    model: str = ""
    step: int = 0
    cached: bool = False
    log_id: str | None = None

    def detail(self) -> dict[str, object]:
        return {
            "gateway": self.gateway,
            "provider": self.provider,
            "model": self.model,
            "step": self.step,
            "cached": self.cached,
            "log_id": self.log_id,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One provider of a plan, about to be asked."""

    number: int
    target: Target
    handling: Handling
    started: float


class Exchange:
    """One request through `gateway`. Raises what the gateway itself refuses with."""

    def __init__(
        self,
        account: Account,
        gateway: GatewayRecord,
        incoming: Incoming,
        plan: Plan,
        upstream_of: UpstreamOf,
        *,
        now: float,
        wait: Wait,
        zero_caches: bool,
    ) -> None:
        self._account = account
        self._store = account.ai_gateway
        self._gateway = gateway
        self._incoming = incoming
        self._plan = plan
        self._upstream_of = upstream_of
        self._now = now
        self._wait = wait
        self._zero_caches = zero_caches
        self._admitted = False
        self.told = Told(gateway.id)

    async def run(self) -> Reply:
        """The answer of the first target that answers well, else that of the last."""
        last = len(self._plan.targets) - 1
        for number, target in enumerate(self._plan.targets):
            levels = (target.options, self._incoming.headers)
            configuration = self._gateway.configuration
            handling = handling_of(configuration, levels, zero_caches=self._zero_caches)
            step = Step(number, target, handling, perf_counter())
            self.told.provider, self.told.model = target.provider, target.model
            self.told.step = number
            try:
                reply = await self._ask(step)
            except (ProviderFailed, ProviderTimeout) as error:
                await self._log_refusal(step, error)
                if number == last:
                    raise
                continue
            except RateLimited as error:
                await self._log_refusal(step, error)
                raise
            if reply.status < 400 or number == last:
                return reply
            if not isinstance(reply.body, bytes):
                await reply.body.aclose()
        raise ProviderFailed()

    async def _ask(self, step: Step) -> Reply:
        key = self._cache_key(step)
        if key is not None and not step.handling.skip_cache:
            answer = self._store.cache.get(key)
            if answer is not None:
                if (guard := self._account.watch.guard) is not None:
                    metadata = step.handling.metadata
                    guard.answer_used(self._asked, self._gateway.id, key, metadata)
                return await self._hit(step, answer)
        if not self._admitted:
            self._store.limiter.admit(self._gateway.number, self._gateway.configuration)
            self._admitted = True
        target = step.target
        method = self._incoming.method if self._plan.request_type != "universal" else "POST"
        request = UpstreamRequest(method, target.path, target.headers, target.body)
        upstream = self._upstream_of(target)
        reply = await ask(upstream, self._account, request, step.handling, self._wait)
        headers = passed_on(reply.headers)
        if isinstance(reply.body, bytes):
            return await self._whole(step, key, reply.status, headers, reply.body)
        return self._streamed(step, reply.status, headers, reply.body)

    @property
    def _asked(self) -> Asked:
        """Who asks, for whoever looks on."""
        incoming = self._incoming
        cause = incoming.headers.get(CAUSE_HEADER.decode())
        path = f"/{self._gateway.id}/{self.told.provider}"
        return Asked(self._account.id, "api", incoming.method, path, cause=cause)

    def _cache_key(self, step: Step) -> bytes | None:
        """The key of a request that may be cached; None of one that may not."""
        target, handling = step.target, step.handling
        if target.streaming or not handling.cache_ttl or len(target.body) > MAX_CACHED_BYTES:
            return None
        number = self._gateway.number
        if handling.cache_key is not None:
            return custom_cache_key(number, handling.cache_key)
        method = self._incoming.method
        return cache_key(number, method, target.provider, target.path, target.headers, target.body)

    async def _hit(self, step: Step, answer: CachedAnswer) -> Reply:
        self.told.cached = True
        payload = Payload(answer.body, content_type(answer.headers) or None)
        log_id = await self._log(step, answer.status, True, NOTHING, payload, cached=True)
        return Reply(
            answer.body, status=answer.status, headers=self._headers(step, answer.headers, log_id)
        )

    async def _whole(
        self, step: Step, key: bytes | None, status: int, headers: HeaderList, body: bytes
    ) -> Reply:
        kind = content_type(headers)
        if key is not None and 200 <= status < 300 and len(body) <= MAX_CACHED_BYTES:
            if kind.startswith(CACHED_TYPES):
                target = step.target
                answer = CachedAnswer(status, headers, body, target.provider, target.model)
                self._store.cache.put(key, self._gateway.number, answer, step.handling.cache_ttl)
                if (guard := self._account.watch.guard) is not None:
                    guard.answer_kept(self._asked, key, step.handling.metadata)
        payload = Payload(body, kind or None)
        log_id = await self._log(step, status, status < 400, usage_of(body), payload)
        return Reply(body, status=status, headers=self._headers(step, headers, log_id))

    def _streamed(self, step: Step, status: int, headers: HeaderList, body: Stream) -> Reply:
        log_id = self._store.new_id() if step.handling.collect_log else None
        tape = Tape()

        async def finish(complete: bool) -> None:
            if tape.overflowed:
                # Larger than any log may be, and so there is none.
                return
            payload = Payload(bytes(tape.captured), content_type(headers) or None)
            success = complete and status < 400
            await self._log(step, status, success, tape.usage, payload, log_id=log_id)

        self.told.log_id = log_id
        return Reply(
            Recorded(body, tape, finish),
            status=status,
            headers=self._headers(step, headers, log_id),
        )

    async def _log_refusal(self, step: Step, error: GatewayError) -> None:
        payload = Payload(gateway_body(error), "application/json")
        await self._log(step, error.status, False, NOTHING, payload)

    async def _log(
        self,
        step: Step,
        status: int,
        success: bool,
        usage: Usage,
        response: Payload,
        *,
        cached: bool = False,
        log_id: str | None = None,
    ) -> str | None:
        """Write the log of a step; its id, or None where there is none."""
        if not step.handling.collect_log:
            return None
        target, handling = step.target, step.handling
        request_type = dict(target.headers).get("content-type")
        custom = handling.custom_cost
        new = NewLog(
            id=log_id or self._store.new_id(),
            created_at=self._now,
            provider=target.provider,
            model=target.model,
            model_type=target.model_type,
            path=target.path,
            duration_ms=round((perf_counter() - step.started) * 1000),
            status_code=status,
            success=success,
            cached=cached,
            step=step.number,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            cost=cost_of(target.provider, target.model, usage, custom),
            custom_cost=custom is not None,
            metadata=handling.metadata,
            request_type=self._plan.request_type,
            request_content_type=request_type,
            response_content_type=response.content_type,
            event_id=self._incoming.event_id,
            user_agent=self._incoming.headers.get("user-agent"),
            authentication=self._gateway.configuration.authentication,
            compat=self._plan.request_type == "compat",
            request=Payload(target.body, request_type) if handling.collect_payload else None,
            response=response if handling.collect_payload else None,
        )
        try:
            stored = await self._store.log(self._gateway, new)
        except Exception:
            # A full disk, a queue that is full: the provider's answer is worth more.
            log.exception("a log of gateway %s is lost", self._gateway.id)
            return None
        self.told.log_id = new.id if stored else None
        return self.told.log_id

    def _headers(self, step: Step, headers: HeaderList, log_id: str | None) -> Headers:
        own = [
            ("cf-aig-cache-status", "HIT" if self.told.cached else "MISS"),
            ("cf-aig-step", str(step.number)),
            ("cf-aig-event-id", self._incoming.event_id),
            ("cf-aig-request-id", self._incoming.request_id),
        ]
        if log_id is not None:
            own.append(("cf-aig-log-id", log_id))
        return tuple(
            (name.encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in (*headers, *own)
        )


def passed_on(headers: HeaderList) -> HeaderList:
    """What the caller gets of a provider's headers."""
    return tuple(
        (name, value)
        for name, value in headers
        if name not in NOT_PASSED_ON and not name.startswith("cf-aig-")
    )
