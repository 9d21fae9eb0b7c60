"""One call of a script: its context, what it says meanwhile, and what is told of it after."""

import asyncio
import inspect
import traceback
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Any

from emulator.workers.python.logs import Say, milliseconds
from emulator.workers.python.values import JsException, JsProxy, dumps
from emulator.workers.python.wire import TOKEN_HEADER, Channel

MAX_LOGS = 1_000


class Invocation(JsProxy):
    """`ctx`. `event` is what a trace tells of the cause, `cause` the twin's own name of it."""

    def __init__(self, event: dict[str, Any], cause: bytes | None = None) -> None:
        self.event = event
        self.cause = cause
        self.props: Any = None
        self.started = milliseconds()
        self.logs: list[dict[str, Any]] = []
        self.exceptions: list[dict[str, Any]] = []
        self.waiting: set[asyncio.Future[Any]] = set()

    def waitUntil(self, work: Awaitable[Any]) -> None:  # JavaScript's name
        """The script's process stays for it."""
        if not inspect.isawaitable(work):
            return
        future = asyncio.ensure_future(work)
        self.waiting.add(future)

    wait_until = waitUntil

    def passThroughOnException(self) -> None:
        """There is no origin to pass to."""

    def note(self, level: str, text: str) -> None:
        if len(self.logs) < MAX_LOGS:
            entry = {"message": [text], "level": level, "timestamp": milliseconds()}
            self.logs.append(entry)

    def failed(self, error: BaseException) -> None:
        name = error.name if isinstance(error, JsException) else type(error).__name__
        text = error.message if isinstance(error, JsException) else str(error)
        stack = "".join(traceback.format_exception(error))
        self.exceptions.append(
            {"name": name, "message": text, "stack": stack, "timestamp": milliseconds()}
        )

    @property
    def outcome(self) -> str:
        return "exception" if self.exceptions else "ok"


class Invocations:
    """Those that run now. `tail` opens the door to who watches."""

    def __init__(self, say: Say, channel: Channel, script: str, tail: str | None) -> None:
        self._say = say
        self._channel = channel
        self._script = script
        self._tail = tail
        self._tasks: set[asyncio.Task[None]] = set()
        self.current: ContextVar[Invocation | None] = ContextVar("invocation", default=None)

    def say(self, level: str, text: str) -> None:
        """A line of the log, which belongs to the call that says it."""
        self._say(level, text)
        invocation = self.current.get()
        if invocation is not None:
            invocation.note(level, text)

    def cause(self) -> bytes | None:
        """What is being done now is done for that."""
        invocation = self.current.get()
        return None if invocation is None else invocation.cause

    def begin(self, event: dict[str, Any], cause: bytes | None = None) -> Invocation:
        invocation = Invocation(event, cause)
        self.current.set(invocation)
        return invocation

    def failed(self, invocation: Invocation, error: BaseException) -> None:
        """A traceback in the log."""
        self._say("error", "Uncaught " + "".join(traceback.format_exception(error)).rstrip())
        invocation.failed(error)

    def finish(self, invocation: Invocation) -> None:
        """The answer is given; what the call has begun goes on."""
        task = asyncio.create_task(self._end(invocation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drained(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _end(self, invocation: Invocation) -> None:
        while invocation.waiting:
            work = invocation.waiting.pop()
            try:
                await work
            except Exception as error:
                self.failed(invocation, error)
        if self._tail is not None:
            await self._tell(invocation)

    async def _tell(self, invocation: Invocation) -> None:
        trace = {
            "outcome": invocation.outcome,
            "scriptName": self._script,
            "logs": invocation.logs,
            "exceptions": invocation.exceptions,
            "eventTimestamp": invocation.started,
            "event": invocation.event,
        }
        assert self._tail is not None
        headers = [
            (b"host", b"tail"),
            (TOKEN_HEADER, self._tail.encode()),
            (b"content-type", b"application/json"),
        ]
        try:
            answer = await self._channel.request("POST", "/events", headers, dumps(trace))
            await answer.read()
        except JsException:
            # Nobody watches any more.
            pass
