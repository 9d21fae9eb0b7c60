"""A figure over the seconds of a run, a line for each side, broken where a side did not run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup

from loadtests.report.plots.scale import Linear, up_to
from loadtests.report.plots.svg import line, percent, stretched, tag, text

HEIGHT = 120.0
# For the letters of the uppermost level.
TOP = 14.0
# Percent of the width, for the letters of all levels.
LEFT = 9.0
# Seconds. Where a side says nothing for longer, its line is broken.
GAP = 2
Points = Sequence[tuple[int, float]]


def course(title: str, lines: Mapping[str, Points]) -> Markup:
    """`lines` by the class of their colour."""
    every = [point for points in lines.values() for point in points]
    across = Linear(max(1, max(second for second, _ in every)))
    up = up_to(value for _, value in every)
    drawn = [path(kind, points, across, up) for kind, points in lines.items()]
    seconds = [one for one in across.ticks() if across.at(one) <= 96]
    return tag(
        "svg",
        tag("title", f"{title}: at most {max(value for _, value in every):.4g}"),
        *levels(up),
        stretched(*drawn, height=HEIGHT, width=100 - LEFT, x=percent(LEFT), y=TOP),
        *(
            text(LEFT + across.at(one) * (1 - LEFT / 100), TOP + HEIGHT + 14, f"{one:g} s")
            for one in seconds
        ),
        width="100%",
        height=TOP + HEIGHT + 18,
        role="img",
    )


def levels(up: Linear) -> Iterator[Markup]:
    for one in up.ticks():
        y = TOP + HEIGHT * (1 - up.at(one) / 100)
        yield line(LEFT, 100, y, y, "grid")
        if one:
            yield text(0, y + 4, f"{one:,g}")


def path(kind: str, points: Points, across: Linear, up: Linear) -> Markup:
    drawn = []
    for part in unbroken(points):
        moves = (f"{across.at(x):.2f} {100 - up.at(y):.2f}" for x, y in part)
        drawn.append("M" + "L".join(moves))
        if len(part) == 1:
            drawn.append("h.1")
    return tag("path", d=Markup("").join(drawn), class_=f"course c-{kind}")


def unbroken(points: Iterable[tuple[int, float]]) -> Iterator[list[tuple[int, float]]]:
    part: list[tuple[int, float]] = []
    for point in sorted(points):
        if part and point[0] - part[-1][0] > GAP:
            yield part
            part = []
        part.append(point)
    if part:
        yield part
