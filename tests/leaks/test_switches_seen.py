"""On the reference Worker: nothing is found while it is safe, and each leak when it is not.

A few switches on some of the routes, all at once. `python -m tests.leaks.switches` asks about
each of them alone, on all routes.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from emulator.leaks.lab import Lab, Plan
from emulator.leaks.observations import Observations
from emulator.leaks.settings import Settings
from tests.leaks.switched import Switched, switched
from tests.leaks.switches import unnoticed

PATHS = ("/api/skills", "/api/tracked-applications", "/api/files", "/api/sessions")
ON = (
    *("list:skills", "update:skills", "get:tracked_applications", "delete:tracked_applications"),
    *("insert:owner", "r2:download", "r2:delete", "r2:signed-url", "signed-url:signature"),
    "sessions:revoke",
)


@pytest.fixture(scope="module")
def worker() -> Iterator[Switched]:
    with switched() as found:
        yield found


def looked(worker: Switched, seed: str) -> Observations:
    whole = worker.settings(by_url_alone=True)
    specs = {
        name: replace(spec, body=without_ids(spec.body))
        for name, spec in whole.specs.items()
        if spec.route.path.startswith(PATHS) and "avatar" not in spec.route.path
    }
    settings = Settings(specs, whole.sign_in, address_header=whole.address_header)
    settings = replace(settings, signed=whole.signed)
    return Lab(Plan(worker.target.api, settings, seed, measure_times=False)).run()


def without_ids(body: object) -> object:
    """What they would name has no route here."""
    if not isinstance(body, dict):
        return body
    return {name: value for name, value in body.items() if "{id:" not in str(value)}


def test_the_safe_worker_is_blamed_for_nothing(worker: Switched) -> None:
    worker.turn_on([])

    seen = looked(worker, "safe")

    assert seen.above_note == ()
    assert [one for one in seen.left_behind if not one.startswith("the account")] == []


def test_leaks_are_seen_by_the_url_alone_and_their_routes_are_named(worker: Switched) -> None:
    worker.turn_on(ON)

    seen = looked(worker, "unsafe")

    assert unnoticed(ON, seen) == []
    assert all(one.request is not None for one in seen.above_note)
