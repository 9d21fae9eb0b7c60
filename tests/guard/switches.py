"""`python -m tests.guard.switches [SWITCH]…`: which unsafe switches of JobMatch the audit sees.

Each is on alone, its probe is run, and what the audit then has found is told. Takes minutes.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from e2e.exchanges import Exchanges
from e2e.people import People
from e2e.settings import PROJECT
from e2e.target import Target
from e2e.twin import on_twin, started
from tests.jobmatch.altering import secret
from tests.jobmatch.leaks import files, others, rows
from tests.jobmatch.leaks.scene import Probe, Scene

PROBES: Mapping[str, Probe] = {
    **dict(rows.probes()),
    **dict(files.probes()),
    **dict(others.probes()),
}
ENVIRONMENT = "development"
Json = dict[str, Any]


def leaks(control: httpx.Client) -> list[Json]:
    """What the audit has found that is a leak."""
    found: list[Json] = control.get("/_twin/guard").json()["findings"]
    return [one for one in found if one["severity"] != "note"]


def seen(target: Target, control: httpx.Client, people: People, switch: str) -> list[Json]:
    """What the audit finds while a switch is on and its probe goes through."""
    with secret(target, "JOBMATCH_UNSAFE", switch):
        control.delete("/_twin/guard")
        PROBES[switch](Scene.of(people, control))
        return leaks(control)


def row_of(switch: str, found: list[Json]) -> str:
    if not found:
        return f"| `{switch}` | no | | | |"
    first = found[0]
    asked = first["requests"][0] if first["requests"] else {"method": "", "path": ""}
    statement = " ".join(first["statement"].split())[:90].replace("|", "\\|")
    told = f"`{asked['method']} {asked['path']}`"
    rules = ", ".join(sorted({one["rule"] for one in found}))
    return f"| `{switch}` | yes | {rules} | {first['table']}: `{statement}` | {told} |"


def table(switches: Sequence[str]) -> Iterator[str]:
    yield "| switch | seen | rule | where | request |"
    yield "|---|---|---|---|---|"
    count = 0
    with (
        started(PROJECT / "wrangler.toml", ENVIRONMENT) as ready,
        on_twin("own", ready, ENVIRONMENT) as target,
    ):
        control = target.control
        assert control is not None
        control.put("/_twin/guard", json={"mode": "observe"}).raise_for_status()
        people = People(target, Exchanges())
        for switch in switches:
            found = seen(target, control, people, switch)
            count += bool(found)
            yield row_of(switch, found)
        people.close()
    yield f"\n{count} of {len(switches)} are seen."


if __name__ == "__main__":
    for line in table(sys.argv[1:] or [*PROBES]):
        print(line, flush=True)
