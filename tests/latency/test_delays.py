"""A profile at work on calls of no door in particular, with the time moved by hand."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from emulator.core.clock import ManualClock
from emulator.core.trip import Trip
from emulator.d1.errors import Overloaded
from emulator.latency.delays import Delays
from emulator.latency.naming import Detail
from emulator.latency.profile import Profile, load, parse
from tests.latency.moments import taken
from tests.latency.profiles import TEXT

SESSION = (b"x-cf-d1-session-commit-token", b"first-unconstrained")
WROTE = {"rows_written": 3}

Added = list[tuple[str, str, float, float, float]]


@pytest.fixture
def added() -> Added:
    """What the profile has told of its delays."""
    return []


@pytest.fixture
def delays(clock: ManualClock, added: Added) -> Delays:
    return made(clock, added)


def made(
    clock: ManualClock, added: Added, d1_queue: int = 1_000, profile: Profile | None = None
) -> Delays:
    def told(*delay: Any) -> None:
        added.append(delay)

    return Delays(
        profile or parse(TEXT), 1, clock, d1_queue, lambda _, database: database == "far", told
    )


def trip(
    door: str, name: str, resource: str = "shop", path: str = "/", *headers: tuple[bytes, bytes]
) -> Trip:
    return Trip(door, name, "a", resource, {"raw_path": path.encode(), "headers": headers})


async def call(delays: Delays, one: Trip, operation: str = "", detail: Detail = None) -> bool:
    passage = await delays.enter(one)
    if passage is not None:
        await passage.leave(operation or one.name, detail)
    return passage is not None


SQL = trip("rest", "d1.database.query")


async def test_a_read_takes_the_way_there_its_service_and_the_way_back(
    delays: Delays, clock: ManualClock, added: Added
) -> None:
    assert await taken(clock, call(delays, SQL)) == [(110, True)]
    [told] = added
    assert told == ("rest", "d1.database.query", 100, 0, 10)


async def test_a_database_serves_one_query_at_a_time(
    delays: Delays, clock: ManualClock, added: Added
) -> None:
    found = await taken(clock, *(call(delays, SQL) for _ in range(4)))

    assert [milliseconds for milliseconds, _ in found] == [110, 120, 130, 140]
    assert [round(told[3]) for told in added] == [0, 10, 20, 30]


async def test_what_takes_the_twin_longer_than_the_service_takes_that_long(
    delays: Delays, clock: ManualClock
) -> None:
    async def busy() -> None:
        passage = await delays.enter(SQL)
        assert passage is not None
        clock.advance(0.25)
        await passage.leave(SQL.name, None)

    assert await taken(clock, busy()) == [(50 + 250 + 50, None)]


async def test_databases_do_not_wait_for_each_other(delays: Delays, clock: ManualClock) -> None:
    other = trip("rest", "d1.database.query", "other")

    assert await taken(clock, call(delays, SQL), call(delays, other)) == [(110, True), (110, True)]


async def test_doors_wait_for_the_same_database(delays: Delays, clock: ManualClock) -> None:
    worker = trip("binding", "d1")
    [(first, _), (second, _)] = await taken(
        clock, call(delays, worker, "d1.query"), call(delays, worker, "d1.query")
    )

    assert (first, second) == (70, 80)
    assert [one["queue"] for one in delays.queues()] == ["database"]


async def test_a_write_takes_longer_and_so_does_the_queue_behind_it(
    delays: Delays, clock: ManualClock
) -> None:
    writes = [call(delays, SQL, detail=WROTE) for _ in range(3)]
    found = await taken(clock, *writes, call(delays, SQL))

    assert [milliseconds for milliseconds, _ in found] == [130, 160, 190, 200]


async def test_the_queue_overflows_as_d1_says_it_and_nothing_is_done(
    clock: ManualClock, added: Added
) -> None:
    delays = made(clock, added, d1_queue=2)
    found = await taken(clock, *(call(delays, SQL) for _ in range(4)))

    assert [milliseconds for milliseconds, _ in found] == [110, 120, 130, 100]
    assert isinstance(found[3][1], Overloaded)
    [queue] = delays.queues()
    assert (queue["longest"], queue["refused"], queue["length"]) == (2, 1, 0)


async def test_a_session_reads_from_the_replica_nearby_and_writes_far_away(
    delays: Delays, clock: ManualClock
) -> None:
    session = trip("binding", "d1", "far", "/query", SESSION)
    assert await taken(clock, call(delays, session, "d1.query")) == [(30, True)]
    assert await taken(clock, call(delays, session, "d1.query", WROTE)) == [(110, True)]


@pytest.mark.parametrize(
    ("resource", "header"),
    [
        ("shop", SESSION),
        ("far", (SESSION[0], b"first-primary")),
        ("far", (b"accept", b"x")),
    ],
    ids=["not replicated", "primary first", "no session"],
)
async def test_else_it_reads_from_the_primary(
    delays: Delays, clock: ManualClock, resource: str, header: tuple[bytes, bytes]
) -> None:
    read = trip("binding", "d1", resource, "/query", header)

    assert await taken(clock, call(delays, read, "d1.query")) == [(70, True)]


async def test_a_key_of_kv_is_cold_at_first_hot_for_a_minute_and_cold_again(
    delays: Delays, clock: ManualClock
) -> None:
    async def read(path: str) -> int:
        [(milliseconds, _)] = await taken(
            clock, call(delays, trip("binding", "kv", "space", path), "kv.get")
        )
        return milliseconds

    assert await read("/ada") == 50
    assert await read("/ada") == 10
    assert await read("/bob") == 50
    clock.advance(59)
    assert await read("/ada") == 10
    clock.advance(61)
    assert await read("/ada") == 50


async def test_a_gateways_miss_takes_the_models_time_too(
    delays: Delays, clock: ManualClock
) -> None:
    ask = trip("rest", "ai_gateway.unknown", "gateway", "/gateway/v1/a/g/openai/chat")
    for cached, milliseconds in ((True, 210), (False, 520)):
        [found] = await taken(clock, call(delays, ask, "ai_gateway.openai", {"cached": cached}))
        assert found == (milliseconds, True)


async def test_what_the_profile_does_not_name_passes_at_once(
    delays: Delays, clock: ManualClock
) -> None:
    assert await taken(clock, call(delays, trip("binding", "assets"))) == [(0, False)]
    assert await taken(clock, call(delays, trip("binding", "vectorize"))) == [(0, True)]


async def test_turned_off_it_lets_everybody_go(delays: Delays, clock: ManualClock) -> None:
    async def off() -> None:
        delays.close()

    assert await taken(clock, call(delays, SQL), off()) == [(0, True), (0, None)]


async def test_an_emptied_account_has_no_queue_left(delays: Delays, clock: ManualClock) -> None:
    await taken(clock, call(delays, SQL))
    delays.forget("b")
    assert len(delays.queues()) == 1
    delays.forget("a")
    assert delays.queues() == []


async def test_a_seed_draws_the_same_whoever_else_asks(clock: ManualClock) -> None:
    async def drawn(*others: Trip) -> list[float]:
        added: Added = []
        delays = made(clock, added, profile=load("europe-to-us"))
        for _ in range(3):
            for one in (*others, SQL):
                await taken(clock, call(delays, one))
        return [network for _, name, network, _, _ in added if name == SQL.name]

    alone = await drawn()

    assert alone == await drawn(trip("rest", "kv.keys.list"))
    assert len(set(alone)) == 3


async def answers(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"[]"})


async def test_supabase_has_so_many_connections_and_gives_up_waiting_for_one(
    delays: Delays, clock: ManualClock
) -> None:
    app = delays.of_project(answers, "a", "GET", of_worker=False)

    async def ask() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": "/rest/v1/jobs", "raw_path": b"/", "headers": []}
        await app(scope, None, send)  # type: ignore[arg-type]  # nothing is received
        return [sent[0]["status"], sent[1]["body"]]

    found = await taken(clock, *(ask() for _ in range(5)))

    assert [one[0] for one in found] == [580, 580, 1_080, 1_080, 680]
    assert [one[1][0] for one in found] == [200, 200, 200, 200, 504]
    assert b'"PGRST003"' in found[4][1][1]
