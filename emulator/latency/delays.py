"""A profile at work: each call waits for the network, for its turn, and for its service.

A door calls `enter` before it does anything and `leave` before it answers. The service's time
runs from when the call has its turn, and what the twin itself takes counts in it; a Worker's code
takes its own time beside it.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

import orjson

from emulator.core.clock import Clock
from emulator.core.trip import Trip
from emulator.d1.errors import Overloaded
from emulator.latency.heat import Heat
from emulator.latency.naming import Detail, Named, likely, named, supabase
from emulator.latency.profile import Profile, Row
from emulator.latency.queues import Queue, QueueFull
from emulator.latency.spread import Spread
from emulator.latency.waiting import Waiting

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
# Whether a D1 database of an account has read replicas.
Replicated = Callable[[str, str], bool]
# Told what a call has waited for: door, operation, milliseconds of network, queue and service.
Told = Callable[[str, str, float, float, float], None]

SESSION = b"x-cf-d1-session-commit-token"
PRIMARY_FIRST = b"first-primary"
# Of a queue whose length its profile does not bound.
UNBOUNDED = 1_000_000
# What PostgREST says: https://docs.postgrest.org/en/v12/references/connection_pool.html
POOL_TIMEOUT = {
    "code": "PGRST003",
    "details": None,
    "hint": None,
    "message": "Timed out acquiring connection from connection pool.",
}


class Place(NamedTuple):
    """Whose queue it is. A project of Supabase has one for all that it serves."""

    queue: str
    account_id: str
    resource: str
    door: str


@dataclass(slots=True)
class Passage:
    """One call between its `enter` and its `leave`. Seconds."""

    delays: "Delays"
    trip: Trip
    likely: Named
    door: str
    network: float
    arrived: float
    begins: float
    service: float
    queue: Queue | None

    async def leave(self, operation: str, detail: Detail) -> None:
        """Waits until the answer is where it was asked for. `operation` as the event has it."""
        await self.delays.leave(self, operation, detail)


class Delays:
    """Of one twin, all its accounts."""

    def __init__(
        self,
        profile: Profile,
        seed: int,
        clock: Clock,
        d1_queue: int,
        replicated: Replicated,
        told: Told,
    ) -> None:
        self.profile = profile
        self.seed = seed
        self._clock = clock
        self._d1_queue = d1_queue
        self._replicated = replicated
        self._told = told
        self._waiting = Waiting(clock)
        self._heat = Heat()
        self._queues: dict[Place, Queue] = {}
        self._queue_names = {
            (row.product, row.operation): row.queue for row in profile.service if row.queue
        }
        self._ways: dict[tuple[str, str], Figure] = {}
        self._services: dict[Named, Figure] = {}

    def close(self) -> None:
        """Turned off: nobody waits any more."""
        self._waiting.close()

    def forget(self, account_id: str) -> None:
        """The account is empty, or gone."""
        for place in [one for one in self._queues if one.account_id == account_id]:
            del self._queues[place]

    def queues(self) -> list[dict[str, object]]:
        """How long they are now, and have been."""
        now = self._clock.now()
        return [
            {
                **place._asdict(),
                "length": queue.length(now),
                "longest": queue.longest,
                "refused": queue.refused,
            }
            for place, queue in self._queues.items()
        ]

    async def enter(self, trip: Trip) -> Passage | None:
        """Waits for the way there; the turn is known then. None: nothing delays the call.

        Raises D1's `Overloaded`, and `QueueFull` for others.
        """
        first = likely(trip)
        if first is None:
            return None
        product, operation = first
        door = "replica" if product == "d1" and self._at_replica(trip) else trip.door
        network = self._network(product, door)
        await self._waiting.until(self._clock.now() + network / 2)
        arrived, service = self._clock.now(), self._service(product, operation)
        queue = begins = None
        try:
            queue = self._queue(first, trip, door)
            begins = arrived if queue is None else queue.join(arrived, service)
        except QueueFull:
            patience = (queue.patience if queue else None) or 0.0
            await self._waiting.until(arrived + patience + network / 2)
            if product == "d1":
                raise Overloaded() from None
            raise
        return Passage(self, trip, first, door, network, arrived, begins, service, queue)

    async def leave(self, passage: Passage, operation: str, detail: Detail) -> None:
        done = named(passage.trip, operation, detail)
        network, service = passage.network, passage.service
        if done != (passage.likely,) or passage.likely[0] == "kv":
            service = sum(self._service(*self._warm(passage, one)) for one in done)
            if passage.queue is not None and service > passage.service:
                passage.queue.extend(service - passage.service)
        if passage.door == "replica" and ("d1", "write") in done:
            # A replica passes it on to the primary.
            network += self._network("d1", passage.trip.door)
        back = network - passage.network / 2
        waited = passage.begins - passage.arrived
        self._told(passage.trip.door, operation, network * 1000, waited * 1000, service * 1000)
        now = self._clock.now()
        begins = now if passage.likely[0] == "workers" else passage.begins
        # Never before the twin itself has done it.
        await self._waiting.until(max(now, begins + service) + back)

    def of_project(self, app: Asgi, account_id: str, method: str, *, of_worker: bool) -> Asgi:
        """The application of a project of Supabase, as far away as that is."""

        async def slow(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
            door, operation = "binding" if of_worker else "rest", supabase(method, scope["path"])
            try:
                passage = await self.enter(Trip(door, operation, account_id, "", scope))
            except QueueFull:
                await send(start_of(504))
                await send({"type": "http.response.body", "body": orjson.dumps(POOL_TIMEOUT)})
                return

            async def arrive(message: MutableMapping[str, Any]) -> None:
                if passage is not None and message["type"] == "http.response.start":
                    await passage.leave(operation, None)
                await send(message)

            await app(scope, receive, arrive)

        return slow

    def _at_replica(self, trip: Trip) -> bool:
        session = trip.header(SESSION)
        if not session or session == PRIMARY_FIRST:
            return False
        return self._replicated(trip.account_id, trip.resource)

    def _warm(self, passage: Passage, done: Named) -> Named:
        """Reads of KV are of two kinds."""
        if done != ("kv", "read"):
            return done
        trip = passage.trip
        key = (trip.account_id, trip.resource, bytes(trip.scope["raw_path"]))
        hot = self._heat.touch(key, passage.arrived)
        return "kv", "read_hot" if hot else "read_cold"

    def _queue(self, first: Named, trip: Trip, door: str) -> Queue | None:
        name = self._queue_names.get(first)
        if name is None:
            return None
        is_d1 = first[0] == "d1"
        where = (trip.resource, "replica" if door == "replica" else "") if is_d1 else ("", "")
        place = Place(name, trip.account_id, *where)
        queue = self._queues.get(place)
        if queue is None:
            told = self.profile.queue[name]
            waiting = self._d1_queue if is_d1 else UNBOUNDED
            queue = self._queues[place] = Queue(told.servers, waiting, told.seconds)
        return queue

    def _network(self, product: str, door: str) -> float:
        figure = self._ways.get((product, door))
        if figure is None:
            row = self.profile.network_of(product, door)
            figure = self._ways[product, door] = self._figure(f"{product} {door}", row)
        return figure.draw()

    def _service(self, product: str, operation: str) -> float:
        figure = self._services.get((product, operation))
        if figure is None:
            row = self.profile.service_of(product, operation)
            figure = self._services[product, operation] = self._figure(
                f"{product}.{operation}", row
            )
        return figure.draw()

    def _figure(self, name: str, row: Row | None) -> "Figure":
        """With a stream of draws of its own: it does not depend on who else is asked."""
        spread = row.spread if row else Spread(0.0)
        return Figure(spread, Random(f"{self.seed} {name}"))


class Figure(NamedTuple):
    """One of a profile's distributions at work."""

    spread: Spread
    random: Random

    def draw(self) -> float:
        """Seconds."""
        return self.spread.draw(self.random) / 1000


def start_of(status: int) -> dict[str, Any]:
    headers = [(b"content-type", b"application/json; charset=utf-8")]
    return {"type": "http.response.start", "status": status, "headers": headers}
