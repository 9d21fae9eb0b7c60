"""A comparison in the terminal: what differs, in one line for each field of a route."""

from collections import Counter
from collections.abc import Iterator, Sequence

from e2e.parity.comparing import Comparison
from e2e.parity.grouping import Group, grouped
from e2e.parity.record import About

ROWS = 20
WIDTH = 28


def table(comparison: Comparison) -> Iterator[str]:
    """At most `ROWS` rows; the page has all."""
    groups = grouped(comparison.differences)
    yield f"recorded: {named(comparison.recorded)}"
    yield f"other:    {named(comparison.other)}"
    yield summary(comparison)
    if comparison.note:
        yield comparison.note
    if groups:
        yield from ("", *aligned([heading(), *(row(one) for one in groups[:ROWS])]))
    if len(groups) > ROWS:
        yield f"… and {len(groups) - ROWS} more"
    for why, count in sorted(Counter(comparison.apart.values()).items()):
        yield f"not compared ({count}): {why}"


def named(about: About) -> str:
    """A target in one line."""
    versions = [f"twin {about.twin}" if about.twin else "", f"API {about.api}" if about.api else ""]
    told = (about.target, about.environment, *versions, about.date)
    return ", ".join(one for one in told if one)


def summary(comparison: Comparison) -> str:
    told = [
        f"{comparison.compared} case{'s' * (comparison.compared != 1)} compared",
        f"{len(comparison.alike)} alike",
        f"{len(comparison.unlike)} differ",
        f"{len(comparison.apart)} not compared",
    ]
    if comparison.failed:
        told.append(f"{len(comparison.failed)} failed here")
    return ", ".join(told)


def heading() -> Sequence[str]:
    return "route", "field", "recorded", "other", "kind", "cases"


def row(group: Group) -> Sequence[str]:
    values = (short(text) for text in group.texts)
    return group.route, group.field, *values, group.kind, str(len(group.cases))


def short(text: str, width: int = WIDTH) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for one in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(one, widths, strict=True)).rstrip()
