"""What became of a clean-up, in sentences."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from e2e.real.cleaning import Outcome

NAMES = {
    "account": "accounts put back",
    "address": "sign-ups that came to nothing",
    "counter": "counters",
    "data": "users' rows, keys and objects",
    "file": "files",
    "posting": "postings",
    "row": "rows",
    "session": "sessions",
    "state": "states",
    "user": "users",
    "vector": "vectors",
}
SHOWN = 5


def told(outcome: Outcome, ledger: Path) -> Iterator[str]:
    removed = ", ".join(f"{NAMES[kind]} {n}" for kind, n in sorted(outcome.removed.items()))
    yield f"removed: {removed or 'nothing was there'}"
    if not outcome.left:
        yield "nothing that was created is left"
        return
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    for thing, reason in outcome.left:
        reasons[thing.kind, reason].append(thing.id)
    for (kind, reason), ids in sorted(reasons.items()):
        more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
        yield f"left: {NAMES[kind]} {', '.join(ids[:SHOWN])}{more}: {reason}"
    yield f"once that is possible: python -m e2e.real clean {ledger}"
