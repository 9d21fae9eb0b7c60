"""Whether memory stayed where it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression

from loadtests.report.results import Memory

# The first part of a run fills caches and pools.
SETTLING = 0.2


@dataclass(frozen=True, slots=True)
class Slope:
    """Megabytes a minute, after the run has settled."""

    process: str
    per_minute: float
    first: float
    last: float
    most: float


def slopes(samples: Sequence[Memory]) -> tuple[Slope, ...]:
    processes = dict.fromkeys(one.process for one in samples)
    return tuple(one for name in processes if (one := slope(name, samples)))


def slope(process: str, samples: Sequence[Memory]) -> Slope | None:
    mine = sorted((one for one in samples if one.process == process), key=lambda one: one.second)
    start = mine[0].second + SETTLING * (mine[-1].second - mine[0].second)
    settled = [one for one in mine if one.second >= start]
    if len({one.second for one in settled}) < 2:
        return None
    line = linear_regression(
        [one.second / 60 for one in settled], [one.megabytes for one in settled]
    )
    most = max(one.megabytes for one in mine)
    return Slope(process, line.slope, settled[0].megabytes, settled[-1].megabytes, most)
