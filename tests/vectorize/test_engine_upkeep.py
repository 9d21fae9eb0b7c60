"""Upkeep: a step after the other until none is due, and no more once it is closed."""

from threading import Event, Thread

from emulator.vectorize.upkeep import Upkeep


def test_steps_are_taken_until_none_is_due() -> None:
    left = [3]

    def step() -> bool:
        left[0] -= 1
        return left[0] > 0

    upkeep = Upkeep("test", step)
    upkeep.wake()
    upkeep.finish()

    assert left == [0]


def test_close_waits_for_the_current_step_alone() -> None:
    steps: list[None] = []
    started, go = Event(), Event()

    def endless() -> bool:
        steps.append(None)
        started.set()
        return go.wait(10)

    upkeep = Upkeep("test", endless)
    upkeep.wake()
    started.wait(10)
    closing = Thread(target=upkeep.close)
    closing.start()
    while not upkeep.closed:
        continue
    go.set()
    closing.join(10)

    assert not closing.is_alive()
    assert len(steps) == 1


def test_a_step_that_fails_is_not_the_last() -> None:
    steps: list[None] = []

    def failing() -> bool:
        steps.append(None)
        raise ValueError

    upkeep = Upkeep("test", failing)
    for _ in range(2):
        upkeep.wake()
        upkeep.finish()

    assert len(steps) == 2
