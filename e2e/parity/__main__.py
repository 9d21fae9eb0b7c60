"""`python -m e2e.parity` writes docs/parity.md; `--check` only says whether it is current.

With two records it compares them and writes the table: `python -m e2e.parity A B --report FILE`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from e2e.parity.comparing import compare
from e2e.parity.document import document
from e2e.parity.page import write_page
from e2e.parity.record import BadRecord, read
from e2e.parity.table import table

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "e2e" / "records"
PAGE = ROOT / "docs" / "parity.md"
OLD = "docs/parity.md is old, run: python -m e2e.parity"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m e2e.parity", description=__doc__)
    parser.add_argument("records", metavar="RECORD", nargs="*", type=Path, help="two to compare")
    parser.add_argument("--report", metavar="FILE", type=Path, help="where the table goes")
    parser.add_argument("--check", action="store_true", help="write nothing")
    asked = parser.parse_args(arguments)
    if len(asked.records) not in (0, 2):
        parser.error("name two records, or none to write docs/parity.md")
    try:
        if asked.records:
            recorded, other = asked.records
            return compared(recorded, other, asked.report)
        return checked() if asked.check else written()
    except BadRecord as error:
        parser.error(str(error))


def compared(recorded: Path, other: Path, report: Path | None) -> int:
    """1 when they differ."""
    comparison = compare(read(recorded), read(other))
    for line in table(comparison):
        print(line)
    if report is not None:
        write_page(report, comparison)
    return int(bool(comparison.differences))


def checked() -> int:
    is_old = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != document(RECORDS)
    if is_old:
        print(OLD)
    return int(is_old)


def written() -> int:
    PAGE.write_text(document(RECORDS), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
