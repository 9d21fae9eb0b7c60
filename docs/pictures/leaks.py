"""Pictures of the leak lab's report, as docs/leaks.md shows them.

    python docs/pictures/leaks.py [--to DIRECTORY] [--keep DIRECTORY]

The report is of a run on a twin whose Worker has two guards taken away, with the tenancy audit
looking on. `--keep` keeps the page, its JSON and its SARIF.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from taking import HERE, NARROW, keep, shown

from emulator.leaks.report.ending import Ending
from tests.leaks.switched import ROUTES, switched

SWITCHES = ("get:jobs", "list:applications")


def looked(page: Path) -> None:
    """The run, and its report."""
    with switched() as here:
        control = here.ready["api"].removesuffix("/client/v4")
        with httpx.Client(base_url=control, trust_env=False) as twin:
            twin.put("/_twin/guard", json={"mode": "observe"}).raise_for_status()
        here.turn_on(SWITCHES)
        seen = here.looked("pictures", measure_times=False)
        ending = Ending.prepared(page, page.with_suffix(".sarif"), None, str(ROUTES))
        ending.told(print, seen, control)


def take(page: Path, to: Path) -> None:
    with shown(page) as first:
        keep(first, to / "leaks.png")
        first.locator(".finding.error").first.evaluate("one => { one.open = true; }")
        keep(first, to / "leaks-finding.png", ".finding.error")
    with shown(page, NARROW, dark=True) as narrow:
        keep(narrow, to / "leaks-narrow.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as directory:
        page = (given.keep or Path(directory)).absolute() / "leaks.html"
        looked(page)
        take(page, given.to)


if __name__ == "__main__":
    main()
