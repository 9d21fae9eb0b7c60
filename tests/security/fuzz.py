"""Requests made up against a running twin, for as long as one likes.

    python -m tests.security.fuzz --seconds 60 [--seed N] [--only openapi|headers|paths]

Three fuzzers, each for the time given: schemathesis over the control plane's OpenAPI document
and one made of the API's table of routes; headers and paths by hypothesis over raw sockets, to
every listener. No answer is a 5xx but the documented 501s, none is waited for in vain, and
afterwards the twin is alive and its other account what it was. Exit code 1 if any of it fails.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, cycle
from pathlib import Path
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.security.attacks import bearer
from tests.security.fuzz_openapi import documents, operations
from tests.security.fuzz_raw import WITH_HEADERS, WITH_PATHS, Request
from tests.security.raw import TIMEOUT_SECONDS, ask, send
from tests.security.stage import Stage, staged

EXAMPLES_AT_ONCE = 10
# What each is to send: a strategy, and how one of its examples is sent; the status.
Round = tuple[st.SearchStrategy[Any], Callable[[Any], int]]


@dataclass(slots=True)
class Outcome:
    """What one fuzzer has seen: answers by status, and what should not have been."""

    name: str
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        total = sum(self.statuses.values())
        by_status = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return f"{self.name}: {total} requests ({by_status}), {len(self.wrong)} wrong"


def openapi(stage: Stage) -> Iterator[Round]:
    base = stage.listeners.api.url

    def call(case: Any) -> int:
        try:
            answer = case.call(base_url=base, headers=bearer(stage.owner), timeout=TIMEOUT_SECONDS)
        except ValueError:  # `requests` refuses to send it
            return 0
        return int(answer.status_code)

    found = [one for document in documents(stage) for one in operations(document)]
    yield from ((one.as_strategy(), call) for one in cycle(found))


def raw(strategy: st.SearchStrategy[Request]) -> Callable[[Stage], Iterator[Round]]:
    def rounds(stage: Stage) -> Iterator[Round]:
        def call(request: Request) -> int:
            data = request.bytes_for(stage.account_id, stage.owner)
            return send(getattr(stage, request.listener), data, request.method).status

        yield from cycle(((strategy, call),))

    return rounds


FUZZERS = {"openapi": openapi, "headers": raw(WITH_HEADERS), "paths": raw(WITH_PATHS)}


def fuzz(stage: Stage, name: str, seconds: float, number: int) -> Outcome:
    outcome, rounds = Outcome(name), FUZZERS[name](stage)
    # What is made before the first round does not count.
    first = next(rounds)
    end = perf_counter() + seconds
    for turn, (strategy, call) in enumerate(chain((first,), rounds)):
        if perf_counter() > end:
            break
        try_out(strategy, call, outcome, end, number + turn)
    return outcome


def try_out(
    strategy: st.SearchStrategy[Any],
    call: Callable[[Any], int],
    outcome: Outcome,
    end: float,
    number: int,
) -> None:
    @seed(number)
    @settings(
        max_examples=EXAMPLES_AT_ONCE,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def once(example: Any) -> None:
        if perf_counter() > end:
            return
        try:
            status = call(example)
        except OSError as error:
            outcome.wrong.append(f"{type(error).__name__}: {example!r}")
            return
        outcome.statuses[status] += 1
        if status >= 500 and status != 501:
            outcome.wrong.append(f"{status}: {example!r}")

    once()


def ailments(stage: Stage, before: dict[str, str]) -> Iterator[str]:
    """What is wrong with the twin afterwards."""
    for listener in ("api", "edge", "s3", "runtime"):
        if not 0 < ask(getattr(stage, listener), "GET", "/").status < 500:
            yield f"the listener {listener} does not answer any more"
    if ask(stage.api, "GET", "/_twin/health").status != 200:
        yield "the twin is not well"
    if stage.imprint(stage.stranger_id) != before:
        yield "the other account has changed"


def run(seconds: float, number: int, names: list[str]) -> list[str]:
    """All that went wrong."""
    with tempfile.TemporaryDirectory() as directory, staged(Path(directory) / "state") as stage:
        before, wrong = stage.imprint(stage.stranger_id), []
        for name in names:
            outcome = fuzz(stage, name, seconds, number)
            print(outcome)
            wrong += [f"{name}: {one}" for one in outcome.wrong]
        return [*wrong, *ailments(stage, before)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Requests made up against a running twin.")
    parser.add_argument("--seconds", type=float, default=60, help="of each fuzzer")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=list(FUZZERS))
    given_ = parser.parse_args()
    wrong = run(given_.seconds, given_.seed, [given_.only] if given_.only else list(FUZZERS))
    for one in wrong[:50]:
        print(one[:600])
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
