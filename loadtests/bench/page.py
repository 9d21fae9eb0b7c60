"""All ratios on one page of HTML with plots, in the look of the load report; no script."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from loadtests.bench import plots
from loadtests.bench.figures import rps, spread
from loadtests.bench.history import Line
from loadtests.bench.report import Part, Table
from loadtests.bench.rounds import Cell
from loadtests.bench.trend import Course, Series, change, ranged, series, wanted
from loadtests.report.page import TEMPLATES as LOOK
from loadtests.report.plots.bar import bar

TEMPLATES = Path(__file__).with_name("templates")
HEADER = ("what", "target", "last", "", "change", "runs", "date")


@dataclass(frozen=True, slots=True)
class Group:
    """The ratios of one part, and the requests a second that its servers reached."""

    name: str
    title: str
    ratios: tuple[Series, ...]
    line: Line
    operations: tuple[tuple[str, tuple[Cell, ...]], ...] = ()


def groups(lines: Sequence[Line], titles: dict[str, str], parts: Iterable[Part]) -> list[Group]:
    """`titles` by the parts' names, in their order."""
    every = list(series(lines, list(titles)))
    known = {part.title: part for part in parts}
    found = []
    for name in dict.fromkeys(one.part for one in every):
        ratios = tuple(one for one in every if one.part == name)
        title = titles.get(name, name)
        cells = known[title].cells if title in known else ()
        found.append(Group(name, title, ratios, ratios[0].points[-1].line, operations(cells)))
    return found


def operations(cells: Iterable[Cell]) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.operation, []).append(cell)
    return tuple((name, tuple(of)) for name, of in found.items())


def ratio_table(found: Iterable[Group]) -> Table:
    return Table(HEADER, tuple(row(one) for group in found for one in group.ratios))


def row(one: Series) -> tuple[str, ...]:
    return (
        f"{one.part}: {one.subject}",
        wanted(one.last.measured),
        ranged(one.last.measured.value, one.last.unit),
        "met" if one.last.met else "**not met**",
        change(one),
        str(len(one.points)),
        one.points[-1].line.date[:10],
    )


def html(found: Sequence[Group]) -> str:
    style = Markup((LOOK / "report.css").read_text() + (TEMPLATES / "bench.css").read_text())
    every = [one for group in found for one in group.ratios]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("bench.html").render(
        groups=found,
        count=len(every),
        met=sum(one.last.met for one in every),
        courses=counted(every),
        last=max((group.line.date for group in found), default=""),
        scale=plots.scale_of(every),
        plots=plots,
        bars=bars,
        change=change,
        ranged=ranged,
        wanted=wanted,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'",
    )


def counted(every: Sequence[Series]) -> list[tuple[str, int]]:
    return [(str(one), sum(of.course is one for of in every)) for one in Course]


def bars(cells: Sequence[Cell]) -> Iterator[tuple[str, Markup, str]]:
    """Name, bar and rate of each server: its requests a second, of the fastest one's."""
    fastest = max(rps(cell.samples).median for cell in cells)
    for cell in cells:
        rate = rps(cell.samples).median
        p99 = spread([sample.p99_ms for sample in cell.samples]).median
        said = f"{cell.contestant}: {rate:,.0f} requests/s, 99 % within {p99:.1f} ms"
        kind = "ours" if cell.contestant.startswith("twin") else "theirs"
        yield cell.contestant, bar(rate / fastest, said, kind), f"{rate:,.0f} /s"
