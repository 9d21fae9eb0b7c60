"""Everybody reads what is theirs, first in turn and then all at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from math import sqrt
from statistics import median

from emulator.leaks.calls import Slot, slots_of
from emulator.leaks.observations import Kind, Severity
from emulator.leaks.settings import Spec
from emulator.leaks.stage import Stage

AT_ONCE = 6
ROUNDS = 2
REPEATS = 15
LEAST_SECONDS = 0.002
LEAST_SHARE = 0.25
# Deviations: one such difference in twenty thousand by chance.
BEYOND_NOISE = 4.0


def reads_of(stage: Stage) -> list[Spec]:
    return [spec for spec in stage.settings.called if spec.route.reads and not spec.quota]


def sweep(stage: Stage) -> None:
    """One after the other: what others have left in one's own data is seen here at the latest."""
    for user in stage.users:
        for spec in reads_of(stage):
            stage.ask(user, spec, term="nothing")


def interleaved(stage: Stage, seed: str) -> None:
    """State that one isolate keeps between requests shows when they overlap."""
    asked = [(user, spec) for user in stage.users for spec in reads_of(stage)] * ROUNDS
    random.Random(seed).shuffle(asked)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for running in [pool.submit(stage.ask, user, spec, term="x") for user, spec in asked]:
            running.result()


def timing(stage: Stage) -> None:
    """Whether a foreign id takes another time than an unknown one; told as a note."""
    owner, second, _ = stage.users
    for spec in reads_of(stage):
        slots = [slot for slot in slots_of(spec) if slot.place == "path"]
        if spec.public or len(slots) != 1:
            continue
        held = stage.holdings.of(owner.name, slots[0].kind)
        if held:
            measure(stage, spec, slots[0], held[-1])


def measure(stage: Stage, spec: Spec, slot: Slot, id: str) -> None:
    owner, second, _ = stage.users
    none = stage.unknown(id)
    pairs = []
    for _ in range(REPEATS):
        hit = stage.ask(second, spec, {slot: id})
        missed = stage.ask(second, spec, {slot: none})
        pairs.append((hit.after, missed.after))
    foreign, unknown = [one[0] for one in pairs], [one[1] for one in pairs]
    apart = abs(median(foreign) - median(unknown))
    least = max(LEAST_SECONDS, LEAST_SHARE * median(unknown))
    if apart > least and abs(rank_score(foreign, unknown)) > BEYOND_NOISE:
        message = (
            f"an id of {owner.name} takes {median(foreign) * 1000:.1f} ms, an unknown one"
            f" {median(unknown) * 1000:.1f} ms, {REPEATS} times each"
        )
        stage.findings.add(
            Kind.TIMING, spec.name, second.name, owner.name, message, hit,
            severity=Severity.NOTE,
        )  # fmt: skip


def rank_score(some: list[float], others: list[float]) -> float:
    """Mann and Whitney's U as a deviation from chance: no outlier decides it."""
    wins = sum((a > b) + (a == b) / 2 for a in some for b in others)
    n, m = len(some), len(others)
    return (wins - n * m / 2) / sqrt(n * m * (n + m + 1) / 12)
