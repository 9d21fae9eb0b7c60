"""A comparison as files: a page of HTML that needs nothing else, and the same as JSON."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from e2e.parity.comparing import KINDS, Comparison
from e2e.parity.grouping import grouped
from e2e.parity.record import write
from e2e.parity.table import short

HERE = Path(__file__).parent
LONGEST = 160
# For people who look at the page first.
MEANINGS = {
    "missing": "recorded, but the other target does not have it",
    "extra": "only the other target has it",
    "type": "another type",
    "value": "another value of the same type",
}


def write_page(path: Path, comparison: Comparison) -> None:
    """The page, and beside it the JSON."""
    write(path, html(comparison))
    told = json.dumps(asdict(comparison), indent=1, ensure_ascii=False)
    write(path.with_suffix(".json"), f"{told}\n")


def html(comparison: Comparison) -> str:
    groups = grouped(comparison.differences)
    routes = {route: list(same) for route, same in groupby(groups, lambda one: one.route)}
    counts = Counter(one.kind for one in groups)
    return (
        templates()
        .get_template("page.html")
        .render(
            comparison=comparison,
            routes=routes,
            rows=len(groups),
            kinds=[(kind, counts[kind], MEANINGS[kind]) for kind in KINDS if counts[kind]],
            reasons=by_reason(comparison.apart),
        )
    )


def templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["short"] = lambda text: short(text, LONGEST)
    found.filters["case"] = case_name
    return found


def by_reason(apart: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """The cases of each reason, the most frequent first."""
    cases: dict[str, list[str]] = defaultdict(list)
    for name, why in sorted(apart.items()):
        cases[why].append(name)
    return dict(sorted(cases.items(), key=lambda item: -len(item[1])))


def case_name(nodeid: str) -> str:
    """`e2e/jobs/test_jobs.py::test_a_job_is_found` as `jobs · a job is found`."""
    path, _, name = nodeid.partition("::")
    suite = path.removeprefix("e2e/").partition("/")[0]
    sentence = name.removeprefix("test_").replace("_", " ").replace("[", " [")
    return f"{suite} · {sentence}"
