"""The report of a run that has its figures already.

    python -m loadtests.report RUN.json… [--to FOLDER] [--thresholds FILE] [--against RUN.json…]

Several runs are taken as starts of one. Ends with 0, with 1 where a target is missed, and with 2
where something given cannot be used, such as a run to compare with that is not alike.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtests.report import targets
from loadtests.report.ending import REFUSED, ended
from loadtests.report.likeness import UnlikeRuns
from loadtests.report.results import ResultsError, load
from loadtests.report.starts import together


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", type=Path, nargs="+", help="the report.json of a run")
    parser.add_argument("--to", type=Path, help="where the page goes (beside a single run)")
    parser.add_argument("--thresholds", type=Path, default=targets.DEFAULT)
    parser.add_argument(
        "--against", type=Path, nargs="+", help="the report.json of another run to compare with"
    )
    given = parser.parse_args(arguments)
    if len(given.runs) > 1 and given.to is None:
        parser.error("several runs need --to")
    try:
        run = together(list(map(load, given.runs)))
        against = together(list(map(load, given.against))) if given.against else None
    except (ResultsError, UnlikeRuns) as error:
        print(error, file=sys.stderr)
        return REFUSED
    return ended(run, given.to or given.runs[0].parent, given.thresholds, against)


if __name__ == "__main__":
    sys.exit(main())
