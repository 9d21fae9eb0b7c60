"""A run that saw much, some of it hostile, to be reported."""

from datetime import date
from typing import Any

from emulator.guard.findings import Found, Seen
from emulator.leaks.observations import (
    FORGED,
    OWNER,
    SECOND,
    THIRD,
    Answer,
    Kind,
    Matrix,
    Observation,
    Observations,
    Request,
    Severity,
)
from emulator.leaks.report.report import Report
from emulator.leaks.report.score import Mutant, Score

TODAY = date(2026, 11, 26)
HOSTILE = (
    "</pre></details></script><script>hacked = 1</script>"
    "<img src=http://127.0.0.1:9/x onerror=hacked=1> {{ 7 * 7 }}"
    " [x](http://example.com) \u202e\x1b[2J"
)
MARKER = "zqk7mfa2xv5bnc3d"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl"
GET, LIST, SEARCH = "GET /api/notes/:id", "GET /api/notes", "POST /api/search"
ROUTES = (LIST, GET, "DELETE /api/notes/:id", SEARCH, "GET /api/never")
STATEMENT = "SELECT * FROM notes WHERE id = ?1"


def observation(**changes: Any) -> Observation:
    told: dict[str, Any] = {
        "kind": Kind.MARKER,
        "rule": "leak/marker",
        "severity": Severity.ERROR,
        "route": GET,
        "actor": SECOND,
        "owner": OWNER,
        "message": "the answer has what the owner wrote by POST /api/notes",
        "request": Request(
            "GET",
            f"http://api.localhost:8787/api/notes/{'ab' * 16}",
            (("authorization", f"Bearer {JWT}"), ("cookie", f"session={JWT}")),
        ),
        "answer": Answer(
            200,
            (("content-type", "application/json"), ("cf-ray", "8f1-LOCAL"), ("set-cookie", "s=1")),
            f'{{"id": "{"ab" * 16}", "title": "{MARKER.upper()} {HOSTILE}", "token": "{JWT}"}}',
        ),
        "marker": MARKER,
        "where": "body",
        "behind": ("d1.query notes-db 1 row",),
    }
    return Observation(**(told | changes))


def observed(*found: Observation, **changes: Any) -> Observations:
    matrix = Matrix(ROUTES)
    for route in ROUTES[:-1]:
        for actor in matrix.actors[:-1]:
            matrix.called(route, actor, 200 if actor == OWNER else 404)
    for one in found:
        matrix.found(one.route, one.actor, one.severity)
        if one.kind is Kind.UNCOVERED:
            matrix.uncovered(one.route)
    told = {"requests": 412, "seconds": 21.4} | changes
    return Observations("http://api.localhost:8787", "5eed", found, matrix, **told)


def much() -> tuple[Observation, ...]:
    return (
        observation(),
        observation(route=LIST, actor=THIRD, message=HOSTILE, where=HOSTILE),
        observation(
            kind=Kind.CREDENTIAL, rule="leak/credential", actor=FORGED, marker="", where=""
        ),  # fmt: skip
        observation(
            kind=Kind.EXISTENCE,
            rule="leak/existence",
            severity=Severity.WARNING,
            route="DELETE /api/notes/:id",
            message="403 for a foreign id, 404 for an unknown one",
            marker="",
        ),
        observation(
            kind=Kind.ATTACK,
            rule=HOSTILE,
            severity=Severity.NOTE,
            route=SEARCH,
            request=Request("POST", f"http://x/{HOSTILE}", body=HOSTILE.encode() + b"\xff"),
        ),
    )


def found(**changes: Any) -> Found:
    told: dict[str, Any] = {
        "account_id": "a" * 32,
        "rule": "tenancy/unbound-read",
        "severity": "error",
        "product": "d1",
        "resource": "0c1d2e3f-0000-4000-8000-000000000000",
        "door": "binding",
        "script": "api",
        "table": "notes",
        "statement": STATEMENT,
        "message": "reads rows of notes whoever owns them.",
        "fix": "Add `notes.user_id = ?` with the caller's id, on every path.",
        "name": "DB",
        "requests": (Seen("GET", f"/api/notes/{'ab' * 16}", "8f1"),),
        "count": 3,
    }
    return Found(**(told | changes))


def score() -> Score:
    mutants = (
        Mutant("user_id = ?2", "SELECT * FROM notes WHERE id = ?1 AND user_id = ?2", "notes"),
        Mutant("user_id = ?1", f"DELETE FROM notes WHERE user_id = ?1 -- {HOSTILE}", "notes",
               explanation="An administrator's route: it is behind a gate of its own."),
        Mutant("n.user_id = ?", "SELECT 1 FROM notes n WHERE n.user_id = ?", "notes",
               killed_by=f"FAILED tests/test_notes.py::test_a_note_is_its_owners {HOSTILE}"),
    )  # fmt: skip
    return Score("pytest tests -q", mutants, untried=1, seconds=63.2)


def report(*observations: Observation, **changes: Any) -> Report:
    told: dict[str, Any] = {"today": TODAY, "observations": observed(*observations)}
    return Report(**(told | changes))


def whole(**changes: Any) -> Report:
    return report(
        *much(),
        **(
            {"audit": (found(), found(rule=HOSTILE, statement=HOSTILE))}
            | {"score": score()}
            | changes
        ),
    )
