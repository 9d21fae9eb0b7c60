"""Ratios with their intervals, a row each, over one axis."""

from markupsafe import Markup

from loadtests.report.figures import called
from loadtests.report.intervals import Interval
from loadtests.report.plots.scale import Logarithmic, around_one, factors
from loadtests.report.plots.svg import line, percent, tag, text
from loadtests.report.ratios import Comparison, Ratio

HEIGHT = 34.0
TYPICAL, SLOW = 13.0, 25.0


def scale_of(comparison: Comparison) -> Logarithmic:
    every = (one for ratio in comparison.ratios for one in (ratio.typical, ratio.slow))
    ends = [end for one in every for end in (one.low or one.value, one.high or one.value)]
    # A few samples may leave an interval that would flatten all others.
    return around_one(min(max(one, 1 / 1000), 1000.0) for one in ends)


def row(ratio: Ratio, scale: Logarithmic) -> Markup:
    slow = f"of 95th percentiles {words(ratio.slow)}"
    said = f"{called(ratio.operation)}: {words(ratio.typical)}; {slow}"
    grid = [line(scale.at(one), scale.at(one), 0, HEIGHT, "grid") for one in factors(scale)]
    return tag(
        "svg",
        tag("title", said),
        *grid,
        line(scale.at(1), scale.at(1), 0, HEIGHT, "one"),
        *marked(ratio.slow, scale, SLOW, "slow"),
        *marked(ratio.typical, scale, TYPICAL, f"typical {ratio.verdict}"),
        width="100%",
        height=HEIGHT,
        role="img",
    )


def marked(ratio: Interval, scale: Logarithmic, y: float, kind: str) -> list[Markup]:
    dot = tag("circle", cx=percent(scale.at(ratio.value)), cy=y, r=5 if y == TYPICAL else 3.5)
    whisker = []
    if ratio.low is not None and ratio.high is not None:
        whisker = [line(scale.at(ratio.low), scale.at(ratio.high), y, y, "whisker")]
    return [tag("g", *whisker, dot, class_=f"mark {kind}")]


def axis(scale: Logarithmic) -> Markup:
    named = [text(scale.at(one), 13, f"{one:.2g}") for one in factors(scale)]
    return tag("svg", *named, width="100%", height=18, aria_hidden="true")


def words(ratio: Interval) -> str:
    if ratio.low is None or ratio.high is None:
        return f"{ratio.value:.2f}, of one {ratio.of}"
    return f"{ratio.value:.2f}, between {ratio.low:.2f} and {ratio.high:.2f}"
