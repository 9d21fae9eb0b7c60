"""The audit of a real application: the reference Worker, safe and with guards taken away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from e2e.exchanges import Exchanges
from e2e.people import People
from e2e.settings import PROJECT
from e2e.target import Target
from e2e.twin import on_twin, started
from tests.guard.switches import ENVIRONMENT, PROBES, leaks
from tests.jobmatch.altering import secret
from tests.jobmatch.leaks.scene import Scene

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("guard")]
JOURNEYS = (
    "list:jobs", "get:applications", "update:skills", "delete:tracked_applications",
    "search:keyword", "cache:before-check", "r2:download", "r2:avatar-delete", "sessions:list",
    "email:application", "body:job-id",
)  # fmt: skip
# On at once, with what is found of each: the rule, the table and where it is seen.
OPEN = {
    "list:jobs": ("tenancy/unbound-read", "jobs", "GET /api/jobs"),
    "get:applications": ("tenancy/unbound-read", "applications", "GET /api/applications/"),
    "update:skills": ("tenancy/unbound-change", "skills", "PATCH /api/skills/"),
    "search:keyword": ("tenancy/unbound-read", "jobs_fts", "POST /api/jobs/search"),
    "search:vector": (
        "tenancy/vector-query-without-owner",
        "jobmatch-ai-dev",
        "POST /api/jobs/search",
    ),
    "cache:analysis-key": ("tenancy/key-without-user", "JOB_ANALYSIS_CACHE", "POST /api/jobs/"),
    "cache:before-check": (
        "tenancy/unbound-read",
        "job_compatibility_analyses",
        "POST /api/jobs/",
    ),
    "r2:download": ("tenancy/key-of-another-user", "RESUMES", "GET /api/files/download/"),
}


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with (
        started(PROJECT / "wrangler.toml", ENVIRONMENT) as ready,
        on_twin("own", ready, ENVIRONMENT) as target,
    ):
        yield target


@pytest.fixture(scope="module")
def opened(target: Target) -> Iterator[Target]:
    with secret(target, "JOBMATCH_UNSAFE", ",".join(OPEN)):
        yield target


@pytest.fixture
def control(target: Target) -> httpx.Client:
    assert target.control is not None
    return target.control


@pytest.fixture
def people(target: Target) -> Iterator[People]:
    people = People(target, Exchanges())
    yield people
    people.close()


@contextmanager
def watched(control: httpx.Client, mode: str) -> Iterator[None]:
    control.put("/_twin/guard", json={"mode": mode}).raise_for_status()
    control.delete("/_twin/guard").raise_for_status()
    try:
        yield
    finally:
        control.put("/_twin/guard", json={"mode": "off"})


def walk(people: People, control: httpx.Client, *journeys: str) -> None:
    for journey in journeys:
        PROBES[journey](Scene.of(people, control))


def test_the_safe_worker_has_nothing_above_a_note(people: People, control: httpx.Client) -> None:
    with watched(control, "observe"):
        walk(people, control, *JOURNEYS)

        assert leaks(control) == []


def test_what_is_open_is_found_with_table_statement_script_and_request(
    opened: Target, people: People, control: httpx.Client
) -> None:
    with watched(control, "warn"):
        walk(people, control, *OPEN)
        found = leaks(control)
        anna = people.new("anna")
        told = anna.get("/api/jobs").headers.get("cftwin-guard", "")
        untold = anna.get("/health").headers.get("cftwin-guard")

    for switch, wanted in OPEN.items():
        assert any(is_it(one, *wanted) for one in found), (switch, found)
    assert {one["script"] for one in found} == {opened.worker}
    assert not any(seen["one_of"] for one in found for seen in one["requests"])
    assert told == "2 findings; tenancy/unbound-read"
    assert untold is None


def is_it(found: dict[str, Any], rule: str, table: str, request: str) -> bool:
    seen = [f"{one['method']} {one['path']}" for one in found["requests"]]
    is_there = any(one.startswith(request) for one in seen) and found["statement"]
    return (found["rule"], found["table"]) == (rule, table) and bool(is_there)


def test_enforced_the_worker_gets_an_error_instead_of_rows(
    opened: Target, people: People, control: httpx.Client
) -> None:
    anna, ben = people.new("anna"), people.new("ben")
    anna.post("/api/jobs", json={"title": "Zoologist", "company": "Northwind"})

    with watched(control, "enforce"):
        answer = ben.get("/api/jobs")

    assert (answer.status_code, "Zoologist" in answer.text) == (500, False)
