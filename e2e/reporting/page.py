"""The report as one file of HTML, which asks nobody for anything.

What it tells of is hostile until proven otherwise: the template escapes all of it, and the page
allows no script and no style but its own.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from e2e.reporting.files import Embedded, Files
from e2e.reporting.run import Run, blamed_in
from e2e.reporting.told import key_of, sentence_of, suite_of
from e2e.target import Json

TEMPLATES = Path(__file__).parent / "templates"
# As they are told, in this order.
KINDS = {
    "log": "The Worker's log",
    "d1": "D1 statements",
    "binding": "Other bindings",
    "outbox": "Calls to the outside",
    "inbox": "Mails",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A case that failed. `failure` is the first, which the others may come of."""

    id: str
    case: str
    sentence: str
    suite: str
    seconds: float
    rules: list[tuple[str, str]]
    guards: list[str]
    failure: Json
    more: list[Json]
    asked: Json | None
    notes: list[str]
    files: list[Embedded]

    def traces(self, kind: str) -> list[Json]:
        """Those that belong to the request."""
        if self.asked is None:
            return []
        return [one for one in self.all_traces(kind) if one["request"] == self.asked["number"]]

    def all_traces(self, kind: str) -> list[Json]:
        behind = self.failure["behind"]
        return [one for one in behind["traces"] if one["kind"] == kind] if behind else []

    def during(self, number: int) -> list[Json]:
        behind = self.failure["behind"]
        return [one for one in behind["traces"] if one["request"] == number] if behind else []


@dataclass(frozen=True, slots=True)
class Suite:
    name: str
    cases: list[Json]
    counts: Counter[str]
    seconds: float


def page_of(run: Run, folder: Path) -> str:
    """The text of the page; what does not fit into it is put beside it, into `folder`."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"duration": duration, "size": size, "sentence": sentence_of}
    files = Files(folder)
    style, script = own("report.css"), own("report.js")
    return environment.get_template("report.html").render(
        run=run,
        kinds=KINDS,
        failures=[shown(case, run, files) for case in run.failed],
        suites=suites(run.cases),
        rules=rules(run),
        anchor=key_of,
        style=style,
        script=script,
        policy=policy(style, script),
    )


def shown(case: Json, run: Run, files: Files) -> Shown:
    first, *more = case["failures"]
    return Shown(
        id=key_of(case["case"]),
        case=case["case"],
        sentence=sentence_of(case["case"]),
        suite=suite_of(case["case"]),
        seconds=case["seconds"],
        rules=[(name, run.rules.get(name, "")) for name in case["rules"]],
        guards=case["guards"],
        failure=first,
        more=more,
        asked=blamed_in(first),
        notes=case["notes"],
        files=files.all(case["files"]),
    )


def suites(cases: Sequence[Json]) -> list[Suite]:
    by_name: dict[str, list[Json]] = {}
    for case in sorted(cases, key=lambda one: one["case"]):
        by_name.setdefault(suite_of(case["case"]), []).append(case)
    return [
        Suite(
            name,
            found,
            Counter(case["outcome"] for case in found),
            sum(case["seconds"] for case in found),
        )
        for name, found in sorted(by_name.items())
    ]


def rules(run: Run) -> list[tuple[str, str, Counter[str]]]:
    """Each rule, its sentence, and how the cases ended that prove it."""
    return [
        (name, text, Counter(case["outcome"] for case in run.cases if name in case["rules"]))
        for name, text in run.rules.items()
    ]


def own(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def policy(style: str, script: str) -> str:
    """The page's own style and script, pictures that are in it, and nothing else."""
    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}';"
        " img-src data:; media-src data:; base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
