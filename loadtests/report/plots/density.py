"""How the times of one operation spread on each side: a curve, and its percentiles below."""

from collections.abc import Mapping
from itertools import pairwise
from math import log

from markupsafe import Markup

from emulator.core.histogram import Histogram
from loadtests.report.figures import called
from loadtests.report.plots.scale import Logarithmic, around
from loadtests.report.plots.svg import line, percent, stretched, tag, text

BINS = 56
CURVE = 88.0
STRIP = 15.0
SMOOTH = (1, 2, 3, 2, 1)


def density(operation: str, sides: Mapping[str, Histogram], names: Mapping[str, str]) -> Markup:
    """A side's curve has the area of any other's, however many requests it had."""
    ends = [one.quantile(q) for one in sides.values() for q in (0.005, 0.995)]
    scale = around(ends)
    curves = {side: curve(one, scale) for side, one in sides.items()}
    highest = max(max(one) for one in curves.values()) or 1.0
    height = CURVE + STRIP * len(sides) + 22
    ticks = scale.ticks()
    said = "; ".join(f"{names[side]}: {words(one)}" for side, one in sides.items())
    return tag(
        "svg",
        tag("title", f"{called(operation)}. {said}"),
        *(line(scale.at(one), scale.at(one), 0, height - 18, "grid") for one in ticks),
        stretched(
            *(part for side, one in curves.items() for part in area(side, one, highest)),
            height=CURVE,
        ),
        *(
            strip(side, one, scale, CURVE + STRIP * (number + 0.6))
            for number, (side, one) in enumerate(sides.items())
        ),
        *(text(scale.at(one), height - 5, f"{one:g}") for one in ticks),
        width="100%",
        height=height,
        role="img",
    )


def curve(times: Histogram, scale: Logarithmic) -> list[float]:
    """The share of answers in each of `BINS` equal parts of the axis, smoothed a little."""
    shares = [0.0] * BINS
    width = log(scale.high / scale.low) / BINS
    for low, high, count in times.bins():
        place = int((log(low * high) / 2 - log(scale.low)) / width)
        if 0 <= place < BINS:
            shares[place] += count / times.count
    padded = [0.0, 0.0, *shares, 0.0, 0.0]
    return [
        sum(weight * padded[at + step] for step, weight in enumerate(SMOOTH)) / sum(SMOOTH)
        for at in range(BINS)
    ]


def area(side: str, shares: list[float], highest: float) -> tuple[Markup, Markup]:
    points = [((at + 0.5) * 100 / BINS, 100 - 96 * one / highest) for at, one in enumerate(shares)]
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    # Half-way control points make the curve level at each bin.
    for (x, y), (next_x, next_y) in pairwise(points):
        middle = (x + next_x) / 2
        parts.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {next_y:.1f} {next_x:.1f} {next_y:.1f}")
    drawn = "".join(parts)
    closed = f"{drawn}L{points[-1][0]:.1f} 100L{points[0][0]:.1f} 100Z"
    kind = f"c-{side}"
    return tag("path", d=closed, class_=f"area {kind}"), tag("path", d=drawn, class_=f"edge {kind}")


def strip(side: str, times: Histogram, scale: Logarithmic, y: float) -> Markup:
    """A dot at the median, a bar to the 95th percentile, a line to the 99th."""
    at = {q: scale.at(times.quantile(q)) for q in (0.5, 0.95, 0.99)}
    return tag(
        "g",
        line(at[0.5], at[0.99], y, y, "thin"),
        line(at[0.5], at[0.95], y, y, "thick"),
        tag("circle", cx=percent(at[0.5]), cy=y, r=4.5),
        class_=f"strip c-{side}",
    )


def words(times: Histogram) -> str:
    p50, p95, p99 = (times.quantile(q) for q in (0.5, 0.95, 0.99))
    return f"median {p50:.3g} ms, 95 % {p95:.3g} ms, 99 % {p99:.3g} ms"
