"""What is stored in the end, to hold against what was acknowledged."""

from collections.abc import Iterator, Mapping
from typing import Any

from loadtests.lab.calls import Calls
from loadtests.report.results import Writes
from loadtests.report.sides import SIDES

OWN = "SELECT count(*) AS total FROM {table} AS t JOIN users AS u ON u.id = t.user_id"
OWN += " WHERE u.email LIKE ?"
TRACKED = ("tracked_applications", "applications")


def writes_of(calls: Calls, run: str, measured: Mapping[str, Any]) -> Iterator[Writes]:
    """Of the sides that were asked to write rows."""
    acknowledged = dict(measured["rows"])
    for side in ("d1", "worker"):
        if side in acknowledged:
            sql = f"{OWN.format(table='jobs')} AND t.source = ?"
            stored = counted(calls, (sql, (f"load-{run}-%", f"load-{side}")))
            yield Writes(f"jobs, {SIDES[side]}", acknowledged[side], stored)
    if "supabase" in acknowledged:
        owner = f"select=id,users!inner(email)&users.email=like.load-{run}-*"
        stored = calls.count(f"/rest/v1/jobs?source=eq.load-supabase&{owner}")
        yield Writes("jobs, Supabase", acknowledged["supabase"], stored)
    if "jobmatch" in acknowledged:
        each = [(OWN.format(table=table), (f"load-{run}-%",)) for table in TRACKED]
        stored = counted(calls, *each)
        yield Writes("letters and tracked, JobMatch", acknowledged["jobmatch"], stored)


def counted(calls: Calls, *statements: tuple[str, tuple[Any, ...]]) -> int:
    return sum(int(rows[0]["total"]) for rows in calls.d1(*statements))
