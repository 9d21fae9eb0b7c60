"""One run of several starts: each with a target, people and clients of its own."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from loadtests.report.likeness import UnlikeRuns
from loadtests.report.results import Busy, Cache, Cell, Moment, Run, Writes
from loadtests.report.serving import merged

# What starts of one run have in common.
SHARED = ("kind", "target", "users", "profile", "environment")


def together(starts: Sequence[Run]) -> Run:
    """Loads of one plan, in order; each may be of several starts. Raises `UnlikeRuns`."""
    if len(starts) == 1:
        return starts[0]
    check(starts)
    return replace(
        starts[0],
        seconds=round(sum(one.seconds for one in starts), 1),
        cells=tuple(cells(starts)),
        moments=tuple(moments(starts)),
        served=merged(served for one in starts for served in one.served),
        busy=tuple(busy(starts)),
        caches=tuple(caches(starts)),
        writes=tuple(writes(starts)),
        notes=tuple(dict.fromkeys(note for one in starts for note in one.notes)),
    )


def check(starts: Sequence[Run]) -> None:
    if any(one.kind != "load" for one in starts):
        raise UnlikeRuns("only loads in turns can be starts of one run")
    if any(one in starts[:place] for place, one in enumerate(starts)):
        raise UnlikeRuns("one of these runs is given twice, and would count for two starts")
    for name in SHARED:
        if any(getattr(one, name) != getattr(starts[0], name) for one in starts):
            raise UnlikeRuns(f"these are not starts of one run: they differ in their {name}")


def cells(starts: Sequence[Run]) -> Iterator[Cell]:
    before = accumulate((one.starts for one in starts), initial=0)
    for run, number in zip(starts, before, strict=False):
        for one in run.cells:
            yield replace(one, start=number + one.start)


def moments(starts: Sequence[Run]) -> Iterator[Moment]:
    """One after another, without the time that starting took."""
    lengths = (int(one.seconds) + 1 for one in starts)
    for run, before in zip(starts, accumulate(lengths, initial=0), strict=False):
        for one in run.moments:
            yield replace(one, second=before + one.second)


def busy(starts: Sequence[Run]) -> Iterator[Busy]:
    """The mean: starts are equally long."""
    found: defaultdict[tuple[str, str], list[Busy]] = defaultdict(list)
    for run in starts:
        for one in run.busy:
            found[one.side, one.process].append(one)
    for each in found.values():
        yield replace(each[0], cores=round(sum(one.cores for one in each) / len(each), 3))


def caches(starts: Sequence[Run]) -> Iterator[Cache]:
    every = [one for run in starts for one in run.caches]
    for name in dict.fromkeys(one.name for one in every):
        here = [one for one in every if one.name == name]
        yield Cache(name, sum(one.hits for one in here), sum(one.misses for one in here))


def writes(starts: Sequence[Run]) -> Iterator[Writes]:
    every = [one for run in starts for one in run.writes]
    for what in dict.fromkeys(one.what for one in every):
        here = [one for one in every if one.what == what]
        yield Writes(what, sum(one.acknowledged for one in here), sum(one.stored for one in here))
