"""`python -m e2e.switches [SWITCH …]`: does a case fail for each unsafe switch?

One switch is on at a time. Writes SWITCHES.md when all of them were asked about, and ends
with 1 if one goes unnoticed.
"""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from e2e.switches.checking import Bench, Notice, bench
from e2e.switches.guarding import guards, switches
from e2e.switches.page import PAGE, page

AT_ONCE = 2


def main(asked: Sequence[str]) -> int:
    cases = guards()
    names = list(asked or switches())
    unknown = [name for name in names if name not in switches()]
    if unknown:
        print(f"no such switch: {', '.join(unknown)}", file=sys.stderr)
        return 2
    with bench() as one, bench() as other:
        idle: SimpleQueue[Bench] = SimpleQueue()
        for free in (one, other):
            idle.put(free)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = dict(pool.map(lambda name: (name, try_one(name, cases, idle)), names))
    if not asked:
        PAGE.write_text(page(found), encoding="utf-8")
        print(f"wrote {PAGE}")
    unnoticed = [name for name, notices in found.items() if not any(n.failed for n in notices)]
    print(f"{len(names) - len(unnoticed)} of {len(names)} switches noticed")
    return 1 if unnoticed else 0


def try_one(
    name: str, cases: Mapping[str, Sequence[str]], idle: "SimpleQueue[Bench]"
) -> list[Notice]:
    guarding = cases.get(name, [])
    here = idle.get()
    try:
        notices = here.noticed([name], guarding) if guarding else []
    finally:
        idle.put(here)
    failed = [notice for notice in notices if notice.failed]
    told = f"{len(failed)} of {len(guarding)} cases fail" if guarding else "no case guards it"
    print(f"{'ok  ' if failed else 'MISS'} {name}: {told}", flush=True)
    return notices


sys.exit(main(sys.argv[1:]))
