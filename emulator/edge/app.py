"""The edge listener: find the Worker or the site, let it answer, say what went wrong."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from emulator.app import Asgi
from emulator.core.asking import CAUSE_HEADER
from emulator.core.errors import BodyTooLarge
from emulator.core.events import Event
from emulator.core.trip import Passage, Trip
from emulator.edge import scheduled
from emulator.edge.hosts import Hosts, PagesTarget, ScriptTarget, Target, host_name
from emulator.edge.pages import BROKEN, EXCEEDED, NOTHING, THREW, Problem, page
from emulator.edge.proxy import WHOLE_BYTES, Answer, Body, Proxy, Unanswered
from emulator.edge.request import Pairs, client_headers, worker_headers
from emulator.edge.sockets import carry
from emulator.hosting.fleet import Fleet, Unit
from emulator.hosting.functions import script_of
from emulator.hosting.scheduler import Scheduler
from emulator.hosting.sources import version_named
from emulator.pages.binding import runs_function
from emulator.pages.binding import served as served_files
from emulator.twin import Account, Twin
from emulator.wire.api import CLIENT_CLOSED_REQUEST
from emulator.wire.body import ClientGone, Receive
from emulator.wire.call import Scope
from emulator.wire.reply import Reply, Stream
from emulator.wire.stream import Send, send_stream
from emulator.wire.walls import ForeignHost, ForeignOrigin, Walls
from emulator.workers.assets_binding import first as assets_first
from emulator.workers.runtime.child import Child
from emulator.workers.runtime.failures import ProgramBroken, ProgramGone
from emulator.workers.runtime.runner import Runner
from emulator.workers.runtime.served import Served

if TYPE_CHECKING:
    from emulator.guard.requests import Requests
    from emulator.guard.watching import Guard

TEXT = ((b"content-type", b"text/plain; charset=UTF-8"),)
# How often a process may be gone when a request comes to it, before that is no coincidence.
ATTEMPTS = 3

# What an answer tells of the tenancy audit, where it is asked to.
FOUND_HEADER = b"cftwin-guard"

T = TypeVar("T")

log = logging.getLogger("cftwin.edge")


@dataclass(slots=True)
class Visit:
    """One request on its way: what it asks for, who answers, and what is released at its end."""

    scope: Scope
    receive: Receive
    ray: str
    host: str
    target: Target | None
    runner: Runner | None = None
    body: Body | None = None
    guard: "Guard | None" = None
    # The script that it was given to, and whether the calls made for it are to say so.
    script: str | None = None
    is_traced: bool = False
    released: ExitStack = field(default_factory=ExitStack)

    def watched_by(self, guard: "Guard", account_id: str, script: str) -> None:
        """Somebody looks at what is done for it."""
        self.guard, scope = guard, self.scope
        method = scope.get("method", "GET")
        guard.begin(account_id, script, self.ray, method, scope["path"], scope["headers"])
        self.released.callback(guard.end, self.ray)

    def traced_by(self, requests: "Requests", account_id: str, script: str) -> None:
        """Somebody wants to know what is done for it."""
        self.is_traced, scope = True, self.scope
        method = scope.get("method", "GET")
        requests.begin(account_id, script, self.ray, method, scope["path"], scope["headers"])
        self.released.callback(requests.end, self.ray)

    def caused(self, headers: Pairs) -> Pairs:
        """With what a runtime of ours says again in the calls that are made for this request."""
        is_watched = self.guard is not None or self.is_traced
        if is_watched and self.runner is not None and self.runner.is_python:
            return [*headers, (CAUSE_HEADER, self.ray.encode())]
        return headers

    def told(self, headers: Pairs) -> Pairs:
        """The answer's headers, with what was found in the meantime."""
        if self.guard is not None and (found := self.guard.header(self.ray)) is not None:
            return [*headers, (FOUND_HEADER, found)]
        return headers

    @property
    def child(self) -> Child | None:
        """The process that has answered, if it is there yet."""
        return self.runner.child if self.runner is not None else None

    def header(self, name: bytes) -> bytes:
        return next((value for key, value in self.scope["headers"] if key == name), b"")

    def problem(self, problem: Problem, detail: str = "") -> Reply:
        return page(problem, self.ray, self.host, self.header(b"accept"), detail)


class Edge:
    """Workers and Pages by Host. `default_script` answers on hosts that are nobody's."""

    def __init__(
        self,
        twin: Twin,
        fleet: Fleet,
        default_script: str | None = None,
        scheduler: Scheduler | None = None,
    ) -> None:
        self._twin = twin
        self._fleet = fleet
        self._scheduler = scheduler
        self._hosts = Hosts(twin, default_script)
        self._proxy = Proxy()
        self._walls = Walls(twin.settings.own_names)
        self._rays = count(int(twin.ids.hex(12), 16))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = host_name(hosts[0].decode("latin-1")) if len(hosts) == 1 else ""
        await self._serve(scope, receive, send, host, self._hosts.find(host, scope["path"]))

    def serves(self, host: str, path: str) -> bool:
        """Whether a Worker or site has that name (not: whether the default script would)."""
        return self._hosts.serves(host, path)

    def of(self, account_id: str, script: str) -> Asgi | None:
        """The script's application, whatever the Host says; None if there is no such script."""
        account = self._twin.account(account_id)
        if account.workers.find_script(script) is None:
            return None

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self._serve(scope, receive, send, script, ScriptTarget(account, script))

        return app

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, host: str, target: Target | None
    ) -> None:
        started = perf_counter()
        ray = f"{next(self._rays):016x}-{self._twin.settings.colo}"
        visit = Visit(scope, receive, ray, host, target)
        status = CLIENT_CLOSED_REQUEST
        with visit.released:
            try:
                if scope["type"] == "websocket":
                    status = await self._connect(visit, send)
                else:
                    status = await self._answer(visit, send)
            except ClientGone:
                pass
            except Unanswered:
                # Its answer has begun: the client is to see that it is not whole.
                log.warning("%s %s was cut short", visit.host, scope["path"])
                raise
            finally:
                self._record(started, visit, status)

    async def close(self) -> None:
        await self._proxy.close()

    async def _answer(self, visit: Visit, send: Send) -> int:
        passage: Passage | None = None
        if (delays := self._twin.latency.delays) is not None and visit.target is not None:
            name = operation_of(visit.target)
            account_id = visit.target.account.id
            passage = await delays.enter(Trip("edge", name, account_id, "", visit.scope))
        try:
            reply = await self._reply(visit)
        except (BodyTooLarge, ForeignHost, ForeignOrigin) as refusal:
            reply = Reply(str(refusal).encode(), status=refusal.status, headers=TEXT)
        except Exception as failure:
            if isinstance(failure, ClientGone):
                raise
            log.exception("%s %s failed; ray = %s", visit.host, visit.scope["path"], visit.ray)
            reply = visit.problem(BROKEN)
        if passage is not None:
            await passage.leave(operation_of(visit.target), None)
        if isinstance(reply, Answer):
            await pass_on(visit, send, reply)
        else:
            await send_reply(visit, send, reply)
        return reply.status

    async def _reply(self, visit: Visit) -> Reply | Answer:
        if visit.target is None:
            return visit.problem(NOTHING)
        if isinstance(visit.target, PagesTarget):
            return await self._site(visit, visit.target)
        if self._scheduler is not None and visit.scope["path"] == scheduled.PATH:
            self._check(visit)
            target, query = visit.target, visit.scope["query_string"]
            now = self._twin.clock.now()
            return await scheduled.run_now(
                self._scheduler, target.account.id, target.script, query, now
            )
        try:
            unit = await self._unit(visit.target)
        except ProgramGone:
            return visit.problem(NOTHING)
        if unit.assets is not None:
            shown = assets_first(visit.target.account.workers, unit.assets, visit.scope)
            if shown is not None:
                return shown
        if unit.served is None:
            return visit.problem(NOTHING)
        return await self._run(visit, visit.target.account, visit.target.script, unit.served)

    def _check(self, visit: Visit) -> None:
        """A route of the twin's own: no web page's. Raises `ForeignHost`, `ForeignOrigin`."""
        scope = visit.scope
        known = self._hosts.named(visit.host, scope["path"]) is not None
        self._walls.check(scope["method"], scope["headers"], strict=True, known_host=known)

    async def _site(self, visit: Visit, target: PagesTarget) -> Reply | Answer:
        """What a site answers: its Function, or its files."""
        store = target.account.pages
        deployment = store.at(target.project, target.label)
        if deployment is None:
            return visit.problem(NOTHING)
        if not runs_function(deployment, visit.scope["path"]):
            return served_files(store, deployment, visit.scope)
        account, script = target.account, script_of(target.project.name)
        served = await self._fleet.served(account.id, script, deployment.id)
        return await self._run(visit, account, script, served)

    async def _unit(self, target: ScriptTarget) -> Unit:
        """What serves the target. Raises `ProgramGone`."""
        account, script, prefix = target.account, target.script, target.version
        version = version_named(account, script, prefix) if prefix else ""
        if version is None:
            raise ProgramGone("there is no such version")
        return await self._fleet.unit(account.id, script, version)

    async def _run(
        self, visit: Visit, account: Account, script: str, served: Served
    ) -> Reply | Answer:
        """What the script answers, or what is said instead."""
        if (guard := account.watch.guard) is not None:
            visit.watched_by(guard, account.id, script)
        if (requests := self._twin.meter.requests) is not None:
            visit.traced_by(requests, account.id, script)
        visit.script = script
        headers = worker_headers(visit.scope, visit.ray, self._twin.settings.colo)
        body = visit.body = Body(visit.scope, visit.receive)
        try:
            answer = await self._asked(
                visit,
                served,
                lambda child: self._proxy.send(child, visit.scope, visit.caused(headers), body),
            )
        except ProgramBroken as broken:
            return visit.problem(THREW, str(broken))
        except (ProgramGone, Unanswered):
            excess = visit.runner.excess if visit.runner else None
            return visit.problem(EXCEEDED if excess else THREW)
        if answer.is_uncaught:
            answer.close()
            return visit.problem(THREW)
        return answer

    async def _asked(self, visit: Visit, served: Served, ask: Callable[[Child], Awaitable[T]]) -> T:
        """Ask the process that serves; another, if it was gone before it could be asked."""
        for _ in range(ATTEMPTS):
            visit.runner = served.pick()
            try:
                child = await visit.runner.ready()
            except ProgramGone:
                # It has just been replaced.
                continue
            visit.released.enter_context(child.request())
            try:
                return await ask(child)
            except Unanswered as unanswered:
                if unanswered.sent:
                    raise
                await child.ended
        raise ProgramGone("the script's process ended")

    async def _connect(self, visit: Visit, send: Send) -> int:
        """A WebSocket of the client's, carried to the script."""
        served: Served | None = None
        if isinstance(visit.target, ScriptTarget):
            with suppress(ProgramGone):
                served = (await self._unit(visit.target)).served
                visit.script = visit.target.script
        if served is None:
            await send({"type": "websocket.close", "code": 1000})
            return NOTHING.status
        headers = worker_headers(visit.scope, visit.ray, self._twin.settings.colo)
        return await self._asked(
            visit,
            served,
            lambda child: carry(
                self._proxy.session(child), visit.scope, visit.receive, headers, send
            ),
        )

    def _record(self, started: float, visit: Visit, status: int) -> None:
        target, scope = visit.target, visit.scope
        account_id, child = target.account.id if target else None, visit.child
        if account_id is not None and visit.script is not None and child is not None:
            self._twin.meter.answered(account_id, visit.script, child.pid)
        self._twin.events.record(
            Event(
                self._twin.clock.now(),
                visit.ray,
                "edge",
                operation_of(target),
                account_id,
                scope.get("method", "GET"),
                scope["path"],
                status,
                None,
                (perf_counter() - started) * 1000,
                {"host": visit.host, **named(target)},
                visit.script,
                visit.ray if visit.is_traced else None,
            )
        )


def operation_of(target: Target | None) -> str:
    if target is None:
        return "unknown"
    return "workers.fetch" if isinstance(target, ScriptTarget) else "pages.fetch"


def named(target: Target | None) -> dict[str, str]:
    """Who answers, for the event."""
    if isinstance(target, ScriptTarget):
        return {"script": target.script}
    return {} if target is None else {"project": target.project.name}


async def send_reply(visit: Visit, send: Send, reply: Reply) -> None:
    """Of the edge's own: an error page, a static file."""
    headers: Pairs = visit.told(client_headers(reply.headers, visit.ray))
    body = reply.body
    if isinstance(body, bytes):
        headers.append((b"content-length", b"%d" % len(body)))
        await send_whole(send, reply.status, headers, body)
        return
    async with aclosing(body):
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await stream(visit, send, body)


async def pass_on(visit: Visit, send: Send, answer: Answer) -> None:
    """A script's answer: a short one in one piece, others as they come."""
    headers = visit.told(client_headers(answer.headers, visit.ray))
    try:
        if answer.length is not None and answer.length <= WHOLE_BYTES:
            await send_whole(send, answer.status, headers, await answer.read())
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        async with aclosing(answer.blocks()) as blocks:
            await stream(visit, send, blocks)
    finally:
        answer.close()


async def stream(visit: Visit, send: Send, blocks: Stream) -> None:
    """Block after block; until the client goes, if that can be noticed."""
    if visit.body is not None and not visit.body.is_read:
        # The answer has overtaken the request, which is still being received.
        async for block in blocks:
            await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    if visit.body is None or visit.body.data is None:
        # The request's end, which nobody has received yet.
        await visit.receive()
    await send_stream(send, visit.receive, blocks)


async def send_whole(send: Send, status: int, headers: Pairs, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
