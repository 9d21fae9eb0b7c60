"""Which schedules run when the clock moves; a runner that only notes what it is asked."""

import asyncio
from typing import Any

import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.hosting.scheduler import MAX_TICKS, Scheduler
from emulator.workers.errors import ScriptNotFound

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Noting:
    """Stands where the Fleet does."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, str, float]] = []
        self.logged: list[str] = []
        self.refusal: Exception | None = None

    async def scheduled(self, account_id: str, script: str, cron: str, at: float) -> dict[str, Any]:
        self.ran.append((script, cron, at))
        if self.refusal is not None:
            raise self.refusal
        return {"outcome": "ok", "noRetry": False}

    def log(self, account_id: str, script: str, level: str, text: str) -> None:
        self.logged.append(text)


@pytest.fixture
def noting() -> Noting:
    return Noting()


@pytest.fixture
def scheduler(twin: Twin, noting: Noting) -> Scheduler:
    return Scheduler(twin, noting, noting.log)


async def looked(scheduler: Scheduler) -> None:
    scheduler.look()
    await scheduler.settled()


async def test_each_time_that_is_due_runs_once(
    scheduler: Scheduler, noting: Noting, account: Account, clock: ManualClock
) -> None:
    start = clock.now()
    account.workers.triggers.put_schedules("shop", ["*/5 * * * *"])

    clock.advance(11 * MINUTE)
    await looked(scheduler)
    await looked(scheduler)

    assert noting.ran == [
        ("shop", "*/5 * * * *", start + 5 * MINUTE),
        ("shop", "*/5 * * * *", start + 10 * MINUTE),
    ]


async def test_the_schedules_of_one_script_run_in_the_order_of_their_times(
    scheduler: Scheduler, noting: Noting, account: Account, clock: ManualClock
) -> None:
    account.workers.triggers.put_schedules("shop", ["0 */2 * * *", "30 * * * *"])

    clock.advance(4 * HOUR)
    await looked(scheduler)

    times = [at for _, _, at in noting.ran]
    assert times == sorted(times)
    assert len(times) == 6


async def test_more_than_the_bound_is_left_out_and_said(
    scheduler: Scheduler, noting: Noting, account: Account, clock: ManualClock
) -> None:
    account.workers.triggers.put_schedules("shop", ["* * * * *"])

    clock.advance(DAY)
    await looked(scheduler)

    assert len(noting.ran) == MAX_TICKS
    assert "only the first 1,000" in noting.logged[0]


async def test_what_was_due_before_the_start_is_not_made_up_for(
    twin: Twin, noting: Noting, account: Account, clock: ManualClock
) -> None:
    account.workers.triggers.put_schedules("shop", ["* * * * *"])
    clock.advance(HOUR)

    await looked(Scheduler(twin, noting, noting.log))

    assert noting.ran == []


async def test_a_schedule_that_goes_meanwhile_runs_no_more(
    scheduler: Scheduler, noting: Noting, twin: Twin, account: Account, clock: ManualClock
) -> None:
    account.workers.triggers.put_schedules("shop", ["* * * * *"])
    clock.advance(HOUR)

    scheduler.look()
    twin.reset(account.id)
    await scheduler.settled()

    assert noting.ran == []


async def test_a_script_that_cannot_run_is_logged_and_the_next_time_comes(
    scheduler: Scheduler, noting: Noting, account: Account, clock: ManualClock
) -> None:
    account.workers.triggers.put_schedules("shop", ["* * * * *"])
    noting.refusal = ScriptNotFound(script="shop")

    clock.advance(2 * MINUTE)
    await looked(scheduler)

    assert len(noting.ran) == len(noting.logged) == 2


async def test_a_started_scheduler_notices_that_the_clock_was_moved(
    scheduler: Scheduler, noting: Noting, account: Account, clock: ManualClock
) -> None:
    account.workers.triggers.put_schedules("shop", ["* * * * *"])
    scheduler.start()
    try:
        clock.advance(MINUTE)
        async with asyncio.timeout(30):
            while not noting.ran:
                await asyncio.sleep(0)
    finally:
        await scheduler.close()

    assert len(noting.ran) == 1
