"""Targets and whether a figure meets them. The median decides; the range is shown."""

from dataclasses import dataclass

from loadtests.bench.figures import Spread


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target line: what was measured, what it should be, what it is."""

    subject: str
    target: str
    figure: str
    met: bool


def at_least_percent(subject: str, floor: int, ratio: Spread) -> Verdict:
    return Verdict(subject, f"≥ {floor} %", percent(ratio), ratio.median * 100 >= floor)


def at_least_times(subject: str, floor: float, ratio: Spread) -> Verdict:
    figure = f"{ratio.median:.1f}× ({ratio.low:.1f}–{ratio.high:.1f})"
    return Verdict(subject, f"≥ {floor:g}×", figure, ratio.median >= floor)


def at_least(subject: str, floor: float, unit: str, value: Spread) -> Verdict:
    figure = f"{value.median:,.0f} {unit} ({value.low:,.0f}–{value.high:,.0f})"
    return Verdict(subject, f"≥ {floor:g} {unit}", figure, value.median >= floor)


def below(subject: str, ceiling: float, unit: str, value: Spread) -> Verdict:
    figure = f"{value.median:.3g} {unit} ({value.low:.3g}–{value.high:.3g})"
    return Verdict(subject, f"< {ceiling:g} {unit}", figure, value.median < ceiling)


def less_than_percent_lost(subject: str, ceiling: int, ratio: Spread) -> Verdict:
    """`ratio` is 1 where nothing is lost; a gain is a negative loss and meets the target."""
    lost, least, most = (100 * (1 - x) for x in (ratio.median, ratio.high, ratio.low))
    figure = f"{lost:.0f} % ({least:.0f}–{most:.0f})"
    return Verdict(subject, f"< {ceiling} % lost", figure, lost < ceiling)


def less_than_percent_more(subject: str, ceiling: int, ratio: Spread) -> Verdict:
    """`ratio` is 1 where nothing more is spent."""
    more, least, most = (100 * (x - 1) for x in (ratio.median, ratio.low, ratio.high))
    figure = f"{more:.0f} % ({least:.0f}–{most:.0f})"
    return Verdict(subject, f"< {ceiling} % more", figure, more < ceiling)


def percent(ratio: Spread) -> str:
    return f"{100 * ratio.median:.0f} % ({100 * ratio.low:.0f}–{100 * ratio.high:.0f})"
