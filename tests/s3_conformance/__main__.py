"""`python -m tests.s3_conformance DIR`: the suite in DIR against the twin, and three counts.

DIR is a checkout of https://github.com/ceph/s3-tests; nothing is written there. The exit
code is 1 when a test deviates from the two lists beside this file.
"""

import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from tests.s3_conformance.lists import Lists, read_lists
from tests.s3_conformance.report import render
from tests.s3_conformance.suite import BUILD, Suite, SuiteFailed, install, run
from tests.s3_conformance.twins import TwinFailed, running
from tests.s3_conformance.verdict import Verdict, judge, read_outcomes


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--workers", default=2, show_default=True, help="Processes, each with a twin.")
@click.option("-k", "only", metavar="EXPRESSION", help="Run a part of it, as pytest's -k.")
def main(directory: Path, workers: int, only: str | None) -> None:
    """Run ceph/s3-tests against R2's S3 listener. Takes a few minutes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the twins are ended
    lists = read_lists()
    suite = Suite(directory.resolve(), workers, only, lists.modules)
    try:
        verdict = examine(suite, lists)
    except (SuiteFailed, TwinFailed) as failure:
        raise click.ClickException(str(failure)) from None
    (BUILD / "report.txt").write_text(report := render(verdict))
    print(report, end="")
    sys.exit(1 if verdict.unexpected else 0)


def examine(suite: Suite, lists: Lists) -> Verdict:
    python = install(suite)
    print("Tests of what R2 refuses are run too, so F and E are usual here.", flush=True)
    with ExitStack() as twins:
        for number in range(suite.workers):
            twins.enter_context(running(f"gw{number}", BUILD))
        outcomes = read_outcomes(run(suite, python))
    return judge(lists, outcomes, whole=suite.only is None)


if __name__ == "__main__":
    main()
