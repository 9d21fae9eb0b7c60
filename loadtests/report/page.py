"""The report as one file of HTML, which asks nobody for anything and runs no script."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emulator.leaks.report.showing import shown
from loadtests.report import answer, figures, views
from loadtests.report.billing import month, used
from loadtests.report.likeness import Change, named
from loadtests.report.limits import behind, limits, share
from loadtests.report.plots import forest
from loadtests.report.plots.bar import bar, stack
from loadtests.report.ratios import comparisons
from loadtests.report.results import Run
from loadtests.report.serving import parts
from loadtests.report.sides import SIDES
from loadtests.report.soaking import slopes
from loadtests.report.targets import Reached

TEMPLATES = Path(__file__).parent / "templates"
GLOBALS = {
    "SIDES": SIDES,
    "agreement": {True: "alike", False: "changed", None: "not known"},
    "amount": figures.amount,
    "axis": forest.axis,
    "bar": bar,
    "between": figures.between,
    "called": figures.called,
    "clock": figures.clock,
    "counted": figures.counted,
    "medians": figures.medians,
    "ms": figures.milliseconds,
    "percents": figures.percents,
    "reached": figures.reached,
    "row": forest.row,
    "stack": stack,
    "scale_of": forest.scale_of,
    "share": share,
    "summary": answer.summary,
    "tail": figures.tail,
    "times": figures.times,
    "used": used,
    "valued": figures.valued,
    "wanted": figures.wanted,
}


def html(run: Run, reached: Sequence[Reached], changes: Sequence[Change] | None = None) -> str:
    style = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))
    lines = views.lines(run)
    return templates().get_template("report.html").render(
        run=run,
        headline=answer.headline(run),
        at=datetime.fromisoformat(run.started_at),
        profile=named(run.profile),
        comparisons=comparisons(run),
        reached=reached,
        lines=lines,
        spreads=list(views.spreads(lines)),
        unmatched=views.unmatched(run),
        courses=list(views.courses(run)),
        errors=views.errors(run),
        limits=limits(run),
        bill=month(run),
        parts=parts(run),
        slopes=slopes(run.memory),
        trust=[*behind(run, reached), *answer.trust(run)],
        changes=changes,
        requests=sum(one.requests for one in lines),
        failed=sum(one.failed for one in lines),
        style=style,
        policy=policy(style),
    )  # fmt: skip


@cache
def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    # Texts of errors are others': without tokens, and with nothing that cannot be seen.
    environment.finalize = lambda value: shown_or_own(value)
    environment.globals |= GLOBALS
    return environment


def shown_or_own(value: object) -> object:
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def policy(style: str) -> str:
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
