"""The plots of the page: where a ratio is beside its target, and its course from run to run."""

from collections.abc import Iterable, Sequence
from itertools import chain

from markupsafe import Markup

from loadtests.bench.history import Kept
from loadtests.bench.trend import Series, advantage, ranged
from loadtests.report.plots.scale import Logarithmic, around_one, factors
from loadtests.report.plots.svg import line, percent, stretched, tag, text

ROW, MIDDLE = 24.0, 12.0
COURSE = 24.0
# Farther than so many times from its target a ratio is drawn at the end.
FARTHEST = 6.0


def scale_of(every: Iterable[Series]) -> Logarithmic:
    found = chain.from_iterable(ends(one.last) for one in every)
    return around_one(min(max(one, 1 / FARTHEST), FARTHEST) for one in found)


def ends(kept: Kept) -> list[float]:
    """How many times as good as wanted: the worst, the median and the best."""
    value = kept.measured.value
    every = (advantage(kept.measured, one) for one in (value.low, value.median, value.high))
    return sorted(one for one in every if one is not None)


def place(one: Series, scale: Logarithmic) -> Markup:
    """The last value and its range; the runs before as rings. To the right is better."""
    said = f"{one.subject}: {ranged(one.last.measured.value, one.last.unit)}"
    earlier = (advantage(point.kept.measured, point.kept.median) for point in one.points[:-1])
    return tag(
        "svg",
        tag("title", said),
        *(line(scale.at(tick), scale.at(tick), 0, ROW, "grid") for tick in factors(scale)),
        line(scale.at(1), scale.at(1), 0, ROW, "one"),
        *(ring(scale.at(value)) for value in earlier if value is not None),
        *last(one.last, scale),
        width="100%",
        height=ROW,
        role="img",
    )


def last(kept: Kept, scale: Logarithmic) -> Iterable[Markup]:
    at = advantage(kept.measured, kept.median)
    if at is None:
        return
    worst, *_, best = ends(kept)
    yield tag(
        "g",
        line(scale.at(worst), scale.at(best), MIDDLE, MIDDLE, "whisker"),
        tag("circle", cx=percent(scale.at(at)), cy=MIDDLE, r=5),
        class_=f"mark {'faster' if kept.met else 'slower'}",
    )


def ring(x: float) -> Markup:
    return tag("circle", cx=percent(x), cy=MIDDLE, r=3.5, class_="ring")


def axis(scale: Logarithmic) -> Markup:
    named = [text(scale.at(one), 13, f"{one:.2g}") for one in factors(scale)]
    return tag("svg", *named, width="100%", height=18, aria_hidden="true")


def course(one: Series) -> Markup:
    """A line over the runs, its target dashed; a single run is a dot."""
    values = [point.kept.median for point in one.points]
    low, high = min(*values, one.last.measured.wanted), max(*values, one.last.measured.wanted)
    span = (high - low) or 1.0

    def height(value: float) -> float:
        return 90 - 80 * (value - low) / span

    target = height(one.last.measured.wanted)
    across = [100 * (at + 0.5) / len(values) for at in range(len(values))]
    drawn = stretched(
        tag("path", d=f"M0 {target:.1f}H100", class_="course target"),
        tag("path", d=moves(across, [height(value) for value in values]), class_="course runs"),
        height=COURSE,
    )
    x, y = across[-1], height(values[-1]) * COURSE / 100
    dot = tag("circle", cx=percent(x), cy=y, r=3, class_=f"end {'met' if one.last.met else ''}")
    dates = f"{one.points[0].line.date[:10]} to {one.points[-1].line.date[:10]}"
    title = tag("title", f"{len(values)} run{'s' * (len(values) > 1)}, {dates}")
    return tag("svg", title, drawn, dot, width="100%", height=COURSE, role="img")


def moves(across: Sequence[float], down: Sequence[float]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(across, down, strict=True))
