"""Targets and whether a figure meets them. The median decides; the range is shown."""

from dataclasses import dataclass

from loadtests.bench.figures import Spread


@dataclass(frozen=True, slots=True)
class Measured:
    """The numbers of a verdict, in its unit."""

    value: Spread
    wanted: float
    unit: str
    is_more_better: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target line: what was measured, what it should be, what it is."""

    subject: str
    target: str
    figure: str
    met: bool
    measured: Measured | None = None


def at_least_percent(subject: str, floor: int, ratio: Spread) -> Verdict:
    measured = Measured(times(100, ratio), floor, "%", is_more_better=True)
    return Verdict(subject, f"≥ {floor} %", percent(ratio), ratio.median * 100 >= floor, measured)


def at_least_times(subject: str, floor: float, ratio: Spread) -> Verdict:
    figure = f"{digits(ratio.median)}× ({digits(ratio.low)}–{digits(ratio.high)})"
    measured = Measured(ratio, floor, "×", is_more_better=True)
    return Verdict(subject, f"≥ {floor:g}×", figure, ratio.median >= floor, measured)


def at_least(subject: str, floor: float, unit: str, value: Spread) -> Verdict:
    figure = f"{value.median:,.0f} {unit} ({value.low:,.0f}–{value.high:,.0f})"
    measured = Measured(value, floor, unit, is_more_better=True)
    return Verdict(subject, f"≥ {floor:g} {unit}", figure, value.median >= floor, measured)


def below(subject: str, ceiling: float, unit: str, value: Spread) -> Verdict:
    figure = f"{value.median:.3g} {unit} ({value.low:.3g}–{value.high:.3g})"
    measured = Measured(value, ceiling, unit, is_more_better=False)
    return Verdict(subject, f"< {ceiling:g} {unit}", figure, value.median < ceiling, measured)


def less_than_percent_lost(subject: str, ceiling: int, ratio: Spread) -> Verdict:
    """`ratio` is 1 where nothing is lost; a gain is a negative loss and meets the target."""
    lost = Spread(*(100 * (1 - x) for x in (ratio.median, ratio.high, ratio.low)))
    return fewer_percent(subject, ceiling, "% lost", lost)


def less_than_percent_more(subject: str, ceiling: int, ratio: Spread) -> Verdict:
    """`ratio` is 1 where nothing more is spent."""
    more = Spread(*(100 * (x - 1) for x in (ratio.median, ratio.low, ratio.high)))
    return fewer_percent(subject, ceiling, "% more", more)


def fewer_percent(subject: str, ceiling: int, unit: str, value: Spread) -> Verdict:
    figure = f"{value.median:.0f} % ({value.low:.0f}–{value.high:.0f})"
    measured = Measured(value, ceiling, unit, is_more_better=False)
    return Verdict(subject, f"< {ceiling} {unit}", figure, value.median < ceiling, measured)


def percent(ratio: Spread) -> str:
    return f"{100 * ratio.median:.0f} % ({100 * ratio.low:.0f}–{100 * ratio.high:.0f})"


def digits(number: float) -> str:
    return f"{number:.1f}" if number >= 0.95 else f"{number:.2g}"


def times(factor: float, value: Spread) -> Spread:
    return Spread(factor * value.median, factor * value.low, factor * value.high)
