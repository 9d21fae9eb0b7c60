"""The report as one file of HTML, which asks nobody for anything.

What it tells of is hostile until proven otherwise: the template escapes all of it, and the page
allows no script and no style but its own.
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from emulator import __version__
from emulator.leaks.observations import Severity
from emulator.leaks.report import views
from emulator.leaks.report.baseline import lines
from emulator.leaks.report.finding import Finding
from emulator.leaks.report.report import Report
from emulator.leaks.report.rules import rules
from emulator.leaks.report.showing import header, pieces, shown

# Of the lines to paste.
MOST_LINES = 60_000
TEMPLATES = Path(__file__).parent / "templates"
SEVERITIES = {
    Severity.ERROR: "Errors",
    Severity.WARNING: "Warnings",
    Severity.NOTE: "Notes",
}


def html(report: Report) -> str:
    style, script = own("report.css"), own("report.js")
    rows = views.matrix(report)
    cards = views.cards(report)
    return templates().get_template("report.html").render(
        report=report,
        headline=views.headline(report),
        rows=rows,
        legend=list(views.legend(rows)),
        groups=groups(cards),
        existence=[one for one in cards if one.finding.is_existence],
        audited=[one for one in cards if one.finding.audited],
        survivors=[one for one in cards if one.finding.mutant],
        left_out=len(report.findings) - len(cards),
        rules=rules(report.findings),
        lines=escape(shown(lines(open_ones(report), report.today), MOST_LINES)),
        version=__version__,
        style=style,
        script=script,
        policy=policy(style, script),
    )  # fmt: skip


def groups(cards: list[views.Card]) -> list[tuple[str, str, list[views.Card]]]:
    """What the lab saw, by severity; existence leaks, audit and mutation have their own parts."""
    seen = [one for one in cards if one.finding.observed and not one.finding.is_existence]
    parts = (
        (severity.value, title, [one for one in seen if one.finding.severity is severity])
        for severity, title in SEVERITIES.items()
    )
    return [part for part in parts if part[2]]


def open_ones(report: Report) -> list[Finding]:
    return [*report.blamed, *report.uncovered]


def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    # Nothing of others' is shown but through this.
    environment.finalize = lambda value: shown_or_own(value)
    environment.filters |= {"pieces": pieces_of, "counted": views.counted, "shown": shown}
    environment.globals |= {"header": header, "verb_of": views.verb_of}
    return environment


def pieces_of(text: str, word: str) -> Iterator[tuple[str, bool]]:
    """Secrets are taken out before a text is cut in pieces."""
    return pieces(shown(text), word)


def shown_or_own(value: object) -> object:
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def own(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def policy(style: str, script: str) -> str:
    """The page's own style and script, and nothing else."""
    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}';"
        " base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
