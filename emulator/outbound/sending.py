"""The way of one request: our own host, the internet if allowed, a stand-in, or refused.

Whatever answers, the call is in the outbox from its beginning, and the answer
follows as it passes.
"""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, replace
from time import perf_counter
from urllib.parse import unquote

from emulator.core.asking import CAUSE_HEADER
from emulator.core.clock import Clock
from emulator.core.errors import CloudflareError
from emulator.outbound.errors import HostNotAllowed, WorkerLoop
from emulator.outbound.hosts import Target
from emulator.outbound.outbox import INTERNET, REFUSED, TWIN, Part, Sent, kept
from emulator.outbound.outside import Outside
from emulator.standins.standin import Asgi
from emulator.twin import Account
from emulator.wire.inside import ask, scope_of
from emulator.wire.reply import Reply, Stream

# How many Workers of ours one request may pass (`CF-EW-Via` counts down from it), and how
# many calls of an account may wait for its own Workers where the header has been lost.
MAX_HOPS = 16
MAX_IN_FLIGHT = 128
HOPS_LEFT = b"cf-ew-via"
# The address that Cloudflare gives for requests of Workers.
WORKERS_ADDRESS = ("2a06:98c0:3600::103", 0)

# The stand-in for Supabase, which the API's listener has below this path, too.
SUPABASE = "supabase"
PROJECT = b"/supabase/"
REF_DIGITS = 20
FORWARDED_HOST, FORWARDED_PREFIX = b"x-forwarded-host", b"x-forwarded-prefix"

RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent, as whom. `script` is the Worker that fetches, None for anybody else.

    `cause` is the request to the Worker that it is made for, where that is known.
    """

    account: Account
    script: str | None
    target: Target
    method: str
    raw_path: bytes
    query: bytes
    headers: RawHeaders
    body: bytes
    cause: bytes | None = None

    @property
    def path_and_query(self) -> bytes:
        return self.raw_path + b"?" + self.query if self.query else self.raw_path

    @property
    def path(self) -> str:
        """Decoded, as ASGI has it."""
        return unquote(self.raw_path.decode("latin-1"))

    @property
    def url(self) -> str:
        path = self.path_and_query.decode("latin-1")
        return f"{self.target.scheme}://{self.target.host}{path}"

    def header(self, name: bytes) -> bytes:
        return next((value for key, value in self.headers if key == name), b"")


class Sending:
    """Sends requests out, or rather not. One for all accounts."""

    def __init__(self, outside: Outside, clock: Clock) -> None:
        self._outside = outside
        self._clock = clock
        self._in_flight: dict[str, int] = {}

    async def send(self, request: Request) -> tuple[str, Reply]:
        """Who answered, and what. Raises the refusal, which is in the outbox too."""
        return await self._recorded(request, self._answer(request))

    async def ask(self, request: Request, by: str, app: Asgi) -> tuple[str, Reply]:
        """The same of an application that is known."""
        return await self._recorded(request, self._asked(request, by, app))

    async def _recorded(
        self, request: Request, answer: Awaitable[tuple[str, Reply]]
    ) -> tuple[str, Reply]:
        started = perf_counter()
        call = sent_of(request, self._clock.now())
        self._outside.outbox.record(call)
        try:
            call.answered_by, reply = await answer
        except CloudflareError as refusal:
            call.answered_by, call.status = REFUSED, refusal.status
            call.answer = Part.of(str(refusal).encode("utf-8", "replace"))
            raise
        call.status, call.answer_headers = reply.status, kept(reply.headers)
        call.milliseconds = (perf_counter() - started) * 1000
        assert not isinstance(reply.body, bytes)
        body = Recorded(reply.body, call, started)
        return call.answered_by, Reply(body, status=reply.status, headers=reply.headers)

    async def _answer(self, request: Request) -> tuple[str, Reply]:
        outside, target = self._outside, request.target
        own = outside.own_app(request.account.id, target.name, request.path)
        if own is not None:
            return TWIN, await self._ask_own(request, own)
        if outside.is_api(target) and request.raw_path.startswith(PROJECT):
            request = of_project(request)
            target = request.target
        stand_in = outside.stand_in_for(target.name)
        way = outside.way_out(target, stood_in=stand_in is not None)
        if way is not None:
            return INTERNET, await sent_out(request, public_only=not way.is_exact)
        if stand_in is not None:
            app = outside.app(request.account, stand_in)
            return await self._asked(request, stand_in.name, app)
        raise HostNotAllowed(host=target.host)

    async def _asked(self, request: Request, by: str, app: Asgi) -> tuple[str, Reply]:
        if (delays := self._outside.latency.delays) is not None and by == SUPABASE:
            of_worker = request.script is not None
            app = delays.of_project(app, request.account.id, request.method, of_worker=of_worker)
        return by, await ask_inside(request, app)

    async def _ask_own(self, request: Request, app: Asgi) -> Reply:
        left = hops_left(request) - 1
        account_id = request.account.id
        waiting = self._in_flight.get(account_id, 0)
        if left < 0 or waiting >= MAX_IN_FLIGHT:
            raise WorkerLoop(hops=MAX_HOPS, in_flight=MAX_IN_FLIGHT)
        self._in_flight[account_id] = waiting + 1
        try:
            caused = [(CAUSE_HEADER, request.cause)] if request.cause is not None else []
            return await ask_inside(request, app, (HOPS_LEFT, b"%d" % left), *caused)
        finally:
            self._in_flight[account_id] -= 1


def hops_left(request: Request) -> int:
    text = request.header(HOPS_LEFT)
    return min(int(text), MAX_HOPS) if text.isdigit() and len(text) < 4 else MAX_HOPS


async def ask_inside(request: Request, app: Asgi, *more: tuple[bytes, bytes]) -> Reply:
    target = request.target
    added = {name for name, _ in more}
    headers = [
        (b"host", target.host.encode()),
        *((name, value) for name, value in request.headers if name not in added | {b"host"}),
        *more,
    ]
    scope = scope_of(
        request.method,
        target.scheme,
        (target.name, target.port),
        request.raw_path,
        request.path,
        request.query,
        headers,
        WORKERS_ADDRESS if request.script is not None else ("127.0.0.1", 0),
    )
    return await ask(app, scope, request.body)


def of_project(request: Request) -> Request:
    """What came to `/supabase/…` at our own address, as the account's project gets it."""
    told = {FORWARDED_HOST: request.target.host.encode(), FORWARDED_PREFIX: PROJECT[:-1]}
    kept_headers = tuple(pair for pair in request.headers if pair[0] not in told)
    return replace(
        request,
        target=Target("https", f"{request.account.id[:REF_DIGITS]}.supabase.co", 443),
        raw_path=request.raw_path[len(PROJECT) - 1 :] or b"/",
        headers=(*kept_headers, *told.items()),
    )


def sent_of(request: Request, now: float) -> Sent:
    """The call before there is an answer."""
    return Sent(
        now,
        request.account.id,
        request.script,
        request.method,
        request.url,
        request.target.name,
        kept(request.headers),
        Part.of(request.body),
    )


async def sent_out(request: Request, *, public_only: bool) -> Reply:
    # With the first request that may leave.
    from emulator.outbound.internet_client import send_out

    return await send_out(
        request.target,
        request.method,
        request.path_and_query,
        request.headers,
        request.body,
        public_only=public_only,
    )


class Recorded:
    """A body as it passes, of which the call keeps the first bytes and the length."""

    def __init__(self, body: Stream, call: Sent, started: float) -> None:
        self._body = body
        self._call = call
        self._started = started

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for block in self._body:
            self._call.answer = self._call.answer.and_more(block)
            self._call.milliseconds = (perf_counter() - self._started) * 1000
            yield block

    async def aclose(self) -> None:
        await self._body.aclose()
