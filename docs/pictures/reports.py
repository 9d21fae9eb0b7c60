"""Pictures of the end-to-end suites' report and of their parity table, as docs/end-to-end.md
shows them.

    python docs/pictures/reports.py [--to DIRECTORY]

The report is of a run against a Worker with two guards taken away; the table compares the
TypeScript Worker with the recorded answers of the reference Worker, and needs wrangler.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from taking import HERE, keep, shown

from e2e.settings import ROOT
from e2e.switches.checking import bench

SWITCHES = ("get:jobs", "email:application")
CASES = ("e2e/jobs/test_two_people.py", "e2e/emails/test_emails.py")
TYPESCRIPT = ROOT / "fixtures" / "workers" / "jobmatch-typescript" / "wrangler.jsonc"
AREAS = ("auth", "cors", "files", "profile", "sessions")
WRANGLER = ROOT / "build" / "node" / "node_modules" / ".bin"


def failing(report: Path) -> None:
    with bench() as here:
        here.run(SWITCHES, CASES, report)


def compared(table: Path) -> None:
    """Cases of the browser are not compared."""
    where = ("--config", str(TYPESCRIPT), "--areas", ",".join(AREAS))
    told = ("--compare", "e2e/records/reference.json", "--parity-report", str(table))
    written = ("--report", str(table.with_name("report.html")))
    command = (sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not chromium")
    suites = [f"e2e/{area}" for area in AREAS]
    environment = {**os.environ, "PATH": f"{WRANGLER}:{os.environ['PATH']}"}
    subprocess.run((*command, *where, *told, *written, *suites), cwd=ROOT, env=environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE)
    to: Path = parser.parse_args().to
    with TemporaryDirectory() as directory:
        for name, make in (("report", failing), ("parity", compared)):
            page = Path(directory) / name / f"{name}.html"
            make(page)
            with shown(page) as report:
                keep(report, to / f"{name}.png")


if __name__ == "__main__":
    main()
