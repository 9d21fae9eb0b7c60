"""Two runs beside each other, where they are alike enough for that to mean something."""

from collections.abc import Iterator
from dataclasses import dataclass

from loadtests.report.intervals import Interval, Samples, agreeing, chance, interval, samples
from loadtests.report.ratios import paired, ratios
from loadtests.report.results import Profile, Run
from loadtests.report.sides import PAIRS, Pair, in_order


class UnlikeRuns(Exception):
    """The text names each difference."""


@dataclass(frozen=True, slots=True)
class Change:
    """A ratio in an earlier run and in this one; `agrees`: unknown of a single sample."""

    pair: Pair
    operation: str
    before: Interval
    now: Interval
    agrees: bool | None


def changes(before: Run, now: Run) -> tuple[Change, ...]:
    """Raises `UnlikeRuns`."""
    if unlike := list(differences(before, now)):
        raise UnlikeRuns("these runs cannot be compared: " + "; ".join(unlike))
    operations = in_order(one.operation for one in now.cells)
    found = {
        (pair, operation): (first, second)
        for pair in PAIRS
        for operation in operations
        if (first := series(before, pair, operation)) and (second := series(now, pair, operation))
    }
    agree = agreeing([chance(*both) for both in found.values()])
    return tuple(
        Change(*key, interval(first), interval(second), agrees)
        for (key, (first, second)), agrees in zip(found.items(), agree, strict=True)
    )


def differences(before: Run, now: Run) -> Iterator[str]:
    """What the figures depend on. Versions may differ: they are what one compares; so may the
    number of processes that make the load.
    """
    a, b = before.environment, now.environment
    conditions = (
        ("latency profile", named(before.profile), named(now.profile)),
        ("target", before.target, now.target),
        ("kind of run", before.kind, now.kind),
        ("users", before.users, now.users),
        ("pacing", a.pacing, b.pacing),
        ("data", a.data, b.data),
        ("seed", a.seed, b.seed),
        ("machine", f"{a.machine}, {a.cpus} CPUs", f"{b.machine}, {b.cpus} CPUs"),
    )
    for what, first, second in conditions:
        if first != second:
            yield f"{what}: {first} and {second}"


def named(profile: Profile | None) -> str:
    if profile is None:
        return "none"
    more = [profile.digest[:12], f"seed {profile.seed}" if profile.seed is not None else ""]
    told = ", ".join(one for one in more if one)
    return f"{profile.name} ({told})" if told else profile.name


def series(run: Run, pair: Pair, operation: str) -> Samples | None:
    rounds = dict(paired(run.cells, pair, operation))
    return samples(ratios(rounds, 0.5)) if rounds else None
