"""A share as a bar, with a mark where it should be."""

from collections.abc import Sequence

from markupsafe import Markup

from loadtests.report.plots.svg import line, percent, tag

HEIGHT = 14.0


def stack(named: Sequence[tuple[str, float]], longest: float) -> Markup:
    """Parts of a whole, one after another; `longest` fills the width."""
    drawn, at = [], 0.0
    for name, value in named:
        width = 100 * value / longest
        said, x, wide = tag("title", f"{name}: {value:.3g} ms"), percent(at), percent(width)
        kind = f"part p-{name}"
        drawn.append(tag("rect", said, x=x, width=wide, y=1, height=HEIGHT, class_=kind))
        at += width
    return tag("svg", *drawn, width="100%", height=HEIGHT + 2, role="img")


def bar(share: float, said: str, kind: str, wanted: float | None = None) -> Markup:
    width = 100 * min(max(share, 0.0), 1.0)
    mark = [] if wanted is None else [line(100 * wanted, 100 * wanted, 0, HEIGHT, "wanted")]
    return tag(
        "svg",
        tag("title", said),
        tag("rect", x=0, y=2, width="100%", height=HEIGHT - 4, rx=3, class_="ground"),
        tag("rect", x=0, y=2, width=percent(width), height=HEIGHT - 4, rx=3, class_=f"bar {kind}"),
        *mark,
        width="100%",
        height=HEIGHT,
        role="img",
    )
