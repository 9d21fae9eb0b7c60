"""`python -m tests.leaks.switches [--by-url-alone] [SWITCH …]`: does the lab see each leak?

One unsafe switch of the reference Worker is on at a time (`a,b`: two), none in the first run.
Prints a table in Markdown, and ends with 1 when a switch goes unnoticed or the safe Worker is
blamed.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from queue import SimpleQueue
from urllib.parse import urlsplit

from e2e.switches.guarding import switches
from emulator.leaks.observations import Observation, Observations
from tests.leaks.expected import NOT_BY_URL_ALONE, expected
from tests.leaks.switched import Switched, switched

AT_ONCE = 2
SAFE = "(none)"
HEAD = """| switch | what it takes away | rule | route | request | who sees whose |
|---|---|---|---|---|---|
"""
Looked = Mapping[str, Observations]


def main(asked: Sequence[str]) -> int:
    by_url_alone = "--by-url-alone" in asked
    named = [one for one in asked if not one.startswith("--")]
    names = named or [SAFE, *switches()]
    with ExitStack() as stack:
        idle: SimpleQueue[Switched] = SimpleQueue()
        for _ in range(min(AT_ONCE, len(names))):
            idle.put(stack.enter_context(switched()))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            seen = dict(pool.map(lambda name: (name, looked(name, idle, by_url_alone)), names))
    print(HEAD + "".join(rows(seen)))
    missed = [name for name in names if not is_right(name, seen[name], by_url_alone)]
    print(f"{len(names) - len(missed)} of {len(names)} as they should be: {missed or 'all'}")
    return 1 if missed else 0


def looked(name: str, idle: "SimpleQueue[Switched]", by_url_alone: bool) -> Observations:
    here = idle.get()
    try:
        here.turn_on(each(name))
        seed = sha256(name.encode()).hexdigest()[:12]
        seen = here.looked(seed, by_url_alone=by_url_alone, measure_times=False)
    finally:
        idle.put(here)
    told = "ok  " if is_right(name, seen, by_url_alone) else "MISS"
    blamed = sorted({f"{one.rule} {one.route}" for one in seen.above_note})
    missed = unnoticed(each(name), seen)
    print(f"{told} {name}: {seen.requests} requests, {seen.seconds:.0f} s: {blamed}", flush=True)
    if missed:
        print(f"     unnoticed: {', '.join(missed)}", flush=True)
    return seen


def is_right(name: str, seen: Observations, by_url_alone: bool) -> bool:
    names = [one for one in each(name) if not (by_url_alone and one in NOT_BY_URL_ALONE)]
    if not names:
        return not seen.above_note
    return not unnoticed(names, seen)


def each(name: str) -> Sequence[str]:
    return [] if name == SAFE else name.split(",")


def unnoticed(names: Sequence[str], seen: Observations) -> list[str]:
    return [name for name in names if not any(names_it(name, one) for one in seen.above_note)]


def names_it(name: str, one: Observation) -> bool:
    """Whether a finding blames a route that the switch has made unsafe."""
    return one.route in expected(name)


def rows(seen: Looked) -> Iterator[str]:
    takes_away = switches()
    for name, observations in ((one, seen[both]) for both in seen for one in each(both)):
        right = [one for one in observations.above_note if names_it(name, one)]
        for one in right[:1]:
            cells = (
                *(f"`{name}`", takes_away[name], f"`{one.rule}`", f"`{one.route}`"),
                *(f"`{asked(one)}`", f"{one.actor}, of {one.owner}"),
            )
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def asked(one: Observation) -> str:
    """The request without its host; the whole line to replay it is in a report."""
    if one.request is None:
        return ""
    url = urlsplit(one.request.url)
    return f"{one.request.method} {url.path}{'?' if url.query else ''}{url.query}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
