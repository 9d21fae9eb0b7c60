"""Figures as people read them."""

from collections.abc import Mapping
from decimal import Decimal

from emulator.core.histogram import SHORTEST, Histogram
from loadtests.report.intervals import Interval
from loadtests.report.ratios import Ratio, verdict
from loadtests.report.targets import UNITS, Reached

NAMES: Mapping[str, str] = {
    "fts_search": "full-text search",
    "filter_count": "filter and count",
    "get_vector": "vector by id",
    "nearest": "nearest vectors",
    "state_new": "OAuth state, new",
    "state_take": "OAuth state, taken",
}
VERDICTS: Mapping[str, str] = {
    "faster": "faster",
    "slower": "slower",
    "level": "no difference",
    "unknown": "not known",
}


def called(operation: str) -> str:
    return NAMES.get(operation, operation.replace("_", " "))


def milliseconds(value: float) -> str:
    """Three digits, or all of them before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    # As short as a histogram can tell is nothing.
    return f"{value:.3g}" if value > 2 * SHORTEST else "0"


def tail(times: Histogram, q: float) -> str:
    """A percentile, where there are enough answers beyond it."""
    return milliseconds(times.quantile(q)) if times.count * (1 - q) >= 1 - 1e-9 else "–"


def percents(share: float) -> str:
    if 0 < share < 0.0001:
        return "< 0.01 %"
    return f"{100 * share:.3g} %" if share >= 0.01 else f"{100 * share:.2g} %"


def amount(value: Decimal | int) -> str:
    """Of units: whole ones, but for little."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def times(ratio: Interval) -> str:
    """How far from 1: `2.4× faster`."""
    found = verdict(ratio)
    if found not in ("faster", "slower"):
        return VERDICTS[found]
    factor = 1 / ratio.value if ratio.value < 1 else ratio.value
    return f"{factor:.2g}× {found}" if 1.2 <= factor < 10 else f"{factor:.3g}× {found}"


def between(ratio: Interval) -> str:
    """`0.42 (0.38 to 0.46)`"""
    return f"{short(ratio.value)} ({reach(ratio)})" if ratio.low else short(ratio.value)


def reach(ratio: Interval) -> str:
    return f"{short(ratio.low or 0)} to {short(ratio.high or 0)}"


def short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.01 else f"{value:.2g}"


def medians(ratio: Ratio) -> str:
    left, right = (milliseconds(one.quantile(0.5)) for one in (ratio.left, ratio.right))
    return f"{left} and {right}"


def reached(one: Reached) -> str:
    return "not measured" if one.value is None else valued(one.target.measure, one.value)


def valued(measure: str, value: float) -> str:
    unit = UNITS.get(measure, "")
    if unit == "%":
        return percents(value)
    told = milliseconds(value) if unit == "ms" else f"{value:,.3g}"
    return f"{told} {unit}".strip()


def wanted(one: Reached) -> str:
    target = one.target
    if target.below is not None:
        if target.measure == "lost" and target.below == 1:
            return "none"
        return f"< {valued(target.measure, target.below)}"
    return f"≥ {valued(target.measure, target.at_least or 0)}"


def clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60:02d} s"
