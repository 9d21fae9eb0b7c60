"""What a run has to reach, from a file in TOML, and whether it did.

Each `[[target]]` has a `name`, a `measure`, and `below` or `at_least`. `sides` and `operations`
choose what counts: all, where they are not there. `gate = false` is told of and fails nothing.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from emulator.core.histogram import Histogram
from loadtests.report.results import Cell, Run
from loadtests.report.soaking import slopes

DEFAULT = Path(__file__).with_name("thresholds.toml")


class TargetsError(Exception):
    """The text names the file."""


@dataclass(frozen=True, slots=True)
class Target:
    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    measure: str
    below: float | None = None
    at_least: float | None = None
    sides: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    gate: bool = True


@dataclass(frozen=True, slots=True)
class Reached:
    """`value` is None where the run has nothing to say. `worst`: the operation farthest off."""

    target: Target
    value: float | None = None
    worst: str = ""
    worst_value: float | None = None

    @property
    def is_met(self) -> bool | None:
        if self.value is None:
            return None
        if self.target.below is not None:
            return self.value < self.target.below
        return self.value >= (self.target.at_least or 0)

    @property
    def fails(self) -> bool:
        return self.target.gate and self.is_met is False


@dataclass(frozen=True, slots=True)
class File:
    __pydantic_config__ = ConfigDict(extra="forbid")

    target: tuple[Target, ...] = field(default=())


FILE = TypeAdapter(File)


def read(path: Path = DEFAULT) -> tuple[Target, ...]:
    """Raises `TargetsError`."""
    try:
        targets = FILE.validate_python(tomllib.loads(path.read_text(encoding="utf-8"))).target
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise TargetsError(f"{path}: {where}: {first['msg']}") from None
    except (OSError, ValueError) as error:
        raise TargetsError(f"{path}: {error}") from None
    for one in targets:
        check(one, path)
    return targets


def check(one: Target, path: Path) -> None:
    if one.measure not in MEASURES:
        known = ", ".join(MEASURES)
        raise TargetsError(f"{path}: {one.name}: no measure {one.measure}; there are {known}")
    if (one.below is None) == (one.at_least is None):
        raise TargetsError(f"{path}: {one.name}: it takes either below or at_least")


def judged(run: Run, targets: Sequence[Target]) -> tuple[Reached, ...]:
    return tuple(MEASURES[one.measure](run, one) for one in targets)


def chosen(run: Run, target: Target) -> list[Cell]:
    return [
        one
        for one in run.cells
        if one.side in (target.sides or run.sides)
        and (not target.operations or one.operation in target.operations)
    ]


def quantile(q: float) -> Callable[[Run, Target], Reached]:
    def measure(run: Run, target: Target) -> Reached:
        found: dict[str, Histogram] = {}
        for one in chosen(run, target):
            found.setdefault(one.operation, Histogram()).merge(one.histogram)
        values = {name: one.quantile(q) for name, one in found.items() if one.count}
        if not values:
            return Reached(target)
        worst = max(values, key=lambda name: values[name])
        whole = Histogram.merged(found.values()).quantile(q)
        return Reached(target, whole, worst, values[worst])

    return measure


def errors(run: Run, target: Target) -> Reached:
    """Where nothing was asked, nothing went well."""
    cells = chosen(run, target)
    requests = sum(one.requests for one in cells)
    if not requests:
        return Reached(target, 1.0) if not target.sides else Reached(target)
    rates: dict[str, tuple[int, int]] = {}
    for one in cells:
        failed, asked = rates.get(one.operation, (0, 0))
        rates[one.operation] = failed + one.failed, asked + one.requests
    shares = {name: failed / asked for name, (failed, asked) in rates.items() if asked}
    worst = max(shares, key=lambda name: shares[name])
    return Reached(target, sum(one.failed for one in cells) / requests, worst, shares[worst])


def cache_hits(run: Run, target: Target) -> Reached:
    """`operations` names caches."""
    named = [one for one in run.caches if not target.operations or one.name in target.operations]
    asked = sum(one.hits + one.misses for one in named)
    if not asked:
        return Reached(target)
    worst = min(named, key=lambda one: one.rate)
    hits = sum(one.hits for one in named)
    return Reached(target, hits / asked, worst.name, worst.rate)


def lost(run: Run, target: Target) -> Reached:
    """Writes that were acknowledged and are not there, or that are there and were not."""
    if not run.writes:
        return Reached(target)
    worst = max(run.writes, key=lambda one: abs(one.lost))
    whole = float(sum(abs(one.lost) for one in run.writes))
    return Reached(target, whole, worst.what, float(worst.lost))


def memory(run: Run, target: Target) -> Reached:
    found = slopes(run.memory)
    if not found:
        return Reached(target)
    worst = max(found, key=lambda one: one.per_minute)
    return replace(Reached(target, worst.per_minute), worst=worst.process)


MEASURES: Mapping[str, Callable[[Run, Target], Any]] = {
    "p50": quantile(0.5),
    "p95": quantile(0.95),
    "p99": quantile(0.99),
    "errors": errors,
    "cache_hits": cache_hits,
    "lost": lost,
    "memory": memory,
}
UNITS = {
    "p50": "ms",
    "p95": "ms",
    "p99": "ms",
    "errors": "%",
    "cache_hits": "%",
    "memory": "MB/min",
}
