"""A named run: what was used between its start and its stop. A traced one is by request, user
and statement, too.

A call of the API is a request of its own, and no user's. Workers of workerd do not say which
request they ask D1 for. While a script answers one request at a time it is known all the
same; else the request is not, and the user only if all that are being answered are one's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.core.asking import Asked
from emulator.core.events import Event
from emulator.guard.requests import Cause, Requests
from emulator.meter.ledger import by_caller, by_text
from emulator.meter.units import Units

MAX_REQUESTS = 2_000
MAX_USERS = 2_000
MAX_STATEMENTS = 500
UNKNOWN = "(unknown)"


class Run:
    """Epoch seconds. `account_id`: only what this one uses. `traced`: in detail."""

    def __init__(
        self, name: str, started_at: float, account_id: str | None = None, *, traced: bool = False
    ) -> None:
        self.name = name
        self.started_at = started_at
        self.stopped_at: float | None = None
        self.account_id = account_id
        self.traced = traced
        self.callers = by_caller()
        self.requests = by_text(MAX_REQUESTS)
        self.users = by_text(MAX_USERS)
        self.statements = by_text(MAX_STATEMENTS)

    def counts(self, account_id: str) -> bool:
        return self.account_id in (None, account_id)

    def hear(self, event: Event, units: Units, cause: Cause | None) -> None:
        """The details of what an event used."""
        if cause is None:
            self.requests.add(f"{event.ray} {event.method} {event.path}", units)
            self.users.add(UNKNOWN, units)
        else:
            self.requests.add(request_in(cause), units)
            self.users.add(user_in(cause), units)
        if event.detail is not None and "sql" in event.detail:
            for sql, rows in rows_by_statement(event.detail):
                self.statements.add(sql, rows)


def cause_of(event: Event, account_id: str, requests: Requests) -> Cause:
    """For whom a Worker asked, or has answered: to be asked before the request has ended."""
    asked = Asked(account_id, event.door, event.method, event.path, event.script, cause=event.cause)
    return requests.cause_of(asked)


def request_in(cause: Cause) -> str:
    if len(cause.requests) != 1:
        return UNKNOWN
    [one] = cause.requests
    return f"{one.ray} {one.method} {one.path}"


def user_in(cause: Cause) -> str:
    users = {one.user for one in cause.requests}
    return users.pop() or UNKNOWN if len(users) == 1 else UNKNOWN


def rows_by_statement(detail: Mapping[str, Any]) -> Sequence[tuple[str, Units]]:
    """Of a batch each statement's, where the event tells them; else the whole call's as one."""
    texts: Sequence[str] = detail["sql"]
    each: Sequence[tuple[int, int]] = detail.get("rows", ())
    if len(each) == len(texts):
        return [
            (sql, {"rows_read": read, "rows_written": written})
            for sql, (read, written) in zip(texts, each, strict=True)
        ]
    units = {name: detail.get(name, 0) for name in ("rows_read", "rows_written")}
    return [("; ".join(texts), units)]
