"""Pictures of the load lab's report, as docs/load.md and docs/d1-or-supabase.md show them.

    python docs/pictures/load.py [RUN.json] [--to DIRECTORY] [--keep DIRECTORY]

The report is of a run that was measured before: the committed one, where none is named. `--keep`
keeps the page.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from taking import HERE, NARROW, keep, shown

from loadtests.report.ending import ended
from loadtests.report.results import load

RUN = HERE.parents[1] / "loadtests" / "runs" / "d1-or-supabase.json"


def take(page: Path, to: Path) -> None:
    with shown(page) as first:
        keep(first, to / "load.png")
        keep(first, to / "load-spread.png", "section:has(#spread)")
    with shown(page, dark=True) as dark:
        keep(dark, to / "load-course.png", "section:has(#course)")
    with shown(page, NARROW, dark=True) as narrow:
        keep(narrow, to / "load-narrow.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=RUN)
    parser.add_argument("--to", type=Path, default=HERE)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as directory:
        folder: Path = (given.keep or Path(directory)).absolute()
        ended(load(given.run), folder)
        take(folder / "report.html", given.to)


if __name__ == "__main__":
    main()
