"""The report of a run that has its figures already.

    python -m loadtests.report RUN.json [--to FOLDER] [--thresholds FILE] [--against RUN.json]

Ends with 0, with 1 where a target is missed, and with 2 where something given cannot be used, such
as a run to compare with that is not alike.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtests.report import targets
from loadtests.report.ending import REFUSED, ended
from loadtests.report.results import ResultsError, load


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, help="the report.json of a run")
    parser.add_argument("--to", type=Path, help="where the page goes (beside the run)")
    parser.add_argument("--thresholds", type=Path, default=targets.DEFAULT)
    parser.add_argument("--against", type=Path, help="the report.json of an earlier run")
    given = parser.parse_args(arguments)
    try:
        run = load(given.run)
        against = load(given.against) if given.against else None
    except ResultsError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return ended(run, given.to or given.run.parent, given.thresholds, against)


if __name__ == "__main__":
    sys.exit(main())
