"""The lab looks at an API by its URL and its OpenAPI document, and knows nothing else of it."""

from typing import Any

import pytest

from emulator.leaks.lab import Lab, Plan
from emulator.leaks.observations import NOBODY, OWNER, SECOND, Observations, State
from emulator.leaks.routes import from_openapi
from emulator.leaks.settings import settings_of
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Limits
from tests.leaks.notes import DOCUMENT, OLD, TOKENS, Notes, running

ITEM = "/notes/:id"


def looked(notes: Notes, **more: Any) -> Observations:
    told = {"sign_in": {"tokens": TOKENS, "old": OLD}}
    settings = settings_of(told, from_openapi(DOCUMENT))
    plan = {"measure_times": False, **more}
    return Lab(Plan(notes.url, settings, "seed", **plan)).run()


def test_nothing_is_found_where_nothing_leaks_and_nothing_is_left_behind() -> None:
    with running() as notes:
        seen = looked(notes)

    assert seen.found == ()
    assert seen.left_behind == ()
    assert notes.kept == {}
    assert seen.matrix.rows[f"GET {ITEM}"][SECOND].state is State.HELD
    assert seen.matrix.rows[f"GET {ITEM}"][NOBODY].statuses == {401}


@pytest.mark.parametrize(
    ("fault", "rule", "route"),
    [
        ("get any", "leak/marker", f"GET {ITEM}"),
        ("get any", "leak/access", f"GET {ITEM}"),
        ("put any", "leak/write", f"PUT {ITEM}"),
        ("delete any", "leak/write", f"DELETE {ITEM}"),
        ("tells", "leak/existence", f"GET {ITEM}"),
        ("encoded", "leak/marker", "GET /notes"),
        ("claims", "leak/write", "POST /notes"),
        ("search any", "leak/marker", "GET /notes"),
        ("any token", "leak/credential", f"DELETE {ITEM}"),
    ],
)
def test_each_fault_is_found_by_its_rule_and_route(fault: str, rule: str, route: str) -> None:
    with running(fault) as notes:
        seen = looked(notes)

    [found] = [one for one in seen.found if (one.rule, one.route) == (rule, route)][:1]
    assert found.owner == OWNER
    assert found.request is not None
    assert notes.url in found.request.curl()
    assert seen.matrix.rows[route][found.actor].state in (State.LEAK, State.WARNING)
    assert notes.kept == {}


def test_the_same_seed_asks_the_same() -> None:
    with running("encoded") as notes:
        one = looked(notes)
    with running("encoded") as notes:
        other = looked(notes)

    assert one.requests == other.requests
    assert [found.marker for found in one.found] == [found.marker for found in other.found]


def test_a_budget_that_is_spent_ends_the_run_and_what_was_made_is_removed() -> None:
    with running() as notes:
        seen = looked(notes, limits=Limits(requests=12))

    assert seen.stopped == "12 requests were sent"
    assert notes.made > 0
    assert notes.kept == {}


def test_a_run_that_is_interrupted_cleans_up() -> None:
    def interrupt(stage: Stage) -> None:
        raise KeyboardInterrupt

    with running() as notes:
        seen = looked(notes, extras=(interrupt,))

    assert seen.stopped == "interrupted"
    assert notes.kept == {}


def test_a_route_that_could_not_be_called_is_uncovered() -> None:
    more = {**DOCUMENT, "paths": {**DOCUMENT["paths"], "/books/{id}": {"get": {}}}}
    with running() as notes:
        told = {"sign_in": {"tokens": TOKENS, "old": OLD}}
        settings = settings_of(told, from_openapi(more))
        seen = Lab(Plan(notes.url, settings, "seed", measure_times=False)).run()

    [found] = seen.above_note
    assert (found.rule, found.route) == ("coverage/uncovered", "GET /books/:id")
    assert seen.matrix.rows["GET /books/:id"][OWNER].state is State.UNCOVERED
