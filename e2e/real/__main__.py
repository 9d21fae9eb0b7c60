"""`python -m e2e.real clean LEDGER`: finishes the clean-up of a run that was interrupted."""

import argparse
import os
import sys
from argparse import Namespace
from pathlib import Path

from e2e.real import report
from e2e.real.deployment import Unusable, checked
from e2e.real.ledger import Ledger
from e2e.real.plugin import cleaned
from e2e.settings import settings_from


def main(arguments: list[str]) -> int:
    """The secrets and the pace come by the variables of the run itself."""
    parser = argparse.ArgumentParser(prog="python -m e2e.real", description=__doc__)
    commands = parser.add_subparsers(required=True)
    clean = commands.add_parser("clean", help="remove what a ledger still has")
    clean.add_argument("ledger", type=Path, metavar="LEDGER")
    ledger = Ledger(parser.parse_args(arguments).ledger)
    settings = settings_from(Namespace(), os.environ)
    try:
        run = ledger.run()
        checked(settings)
    except (OSError, ValueError, Unusable) as error:
        print(error, file=sys.stderr)
        return 2
    if settings.api.rstrip("/") != run.api:
        print(f"{ledger.path} is of {run.api}, and E2E_API names another", file=sys.stderr)
        return 2
    outcome = cleaned(run, settings, ledger)
    for line in report.told(outcome, ledger.path):
        print(line)
    return 1 if outcome.left else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
