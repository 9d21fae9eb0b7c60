"""Interleaved rounds: every contestant once a round, the order turned round each time."""

import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import TypeVar

from loadtests.bench import wrk
from loadtests.bench.figures import Sample
from loadtests.bench.machine import busy_seconds, wait_until_quiet
from loadtests.bench.process import Server, spent_seconds
from loadtests.bench.wrk import Load

WARM_UP_SECONDS = 1

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server and the load it gets. The name is its row in the table."""

    name: str
    server: Server
    load: Load


@dataclass(frozen=True, slots=True)
class Cell:
    """One operation on one contestant: a sample for each round."""

    operation: str
    contestant: str
    samples: tuple[Sample, ...]


class Stopwatch:
    """Takes samples. Run ids never repeat, so a key written once is never written again."""

    def __init__(self, connections: int, seconds: int, rounds: int) -> None:
        self.connections = connections
        self.seconds = seconds
        self.rounds = rounds
        self._run_ids = count(1)

    def compare(
        self, operation: str, contestants: Sequence[Contestant], say: Callable[[str], None]
    ) -> tuple[Cell, ...]:
        """A cell for each contestant, in their order. A first short round is thrown away."""
        for contestant in contestants:
            self.sample(contestant, WARM_UP_SECONDS)

        def measure(contestant: Contestant) -> Sample:
            wait_until_quiet()
            sample = self.sample(contestant, self.seconds)
            figures = f"{sample.rps:,.0f} req/s, {sample.cpu_us:,.0f} µs"
            say(f"{operation} · {contestant.name}: {figures}")
            return sample

        taken = interleave(contestants, measure, self.rounds)
        return tuple(
            Cell(operation, contestant.name, samples)
            for contestant, samples in zip(contestants, taken, strict=True)
        )

    def sample(self, contestant: Contestant, seconds: int) -> Sample:
        server = contestant.server
        busy, client, cpu = busy_seconds(), client_seconds(), server.cpu_ns()
        started = perf_counter()
        answered = wrk.apply(
            contestant.load, server.port, self.connections, seconds, next(self._run_ids)
        )
        elapsed = perf_counter() - started
        cpu_seconds = spent_seconds(cpu, server.cpu_ns())
        ours = cpu_seconds + client_seconds() - client
        foreign = max(0.0, busy_seconds() - busy - ours) / elapsed
        return Sample(answered.requests, answered.seconds, cpu_seconds, answered.p99_ms, foreign)


def interleave(
    items: Sequence[Item], measure: Callable[[Item], Result], rounds: int
) -> list[tuple[Result, ...]]:
    """For each item its results; every other round goes backwards, so none is always first."""
    results: list[list[Result]] = [[] for _ in items]
    for number in range(rounds):
        order = range(len(items))
        for index in order if number % 2 == 0 else reversed(order):
            results[index].append(measure(items[index]))
    return [tuple(taken) for taken in results]


def client_seconds() -> float:
    """CPU seconds of ourselves and of the children that have ended: the load generator."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)
