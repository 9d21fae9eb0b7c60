"""Two people who have the same: each is shown, told the number of, and loses their own alone."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from e2e.cast import New
from e2e.jobs.finding import page
from e2e.jobs.fitting import analyze
from e2e.people import Person
from e2e.target import Json, Target

rule = pytest.mark.rule
needs = pytest.mark.needs
TRACKER = "/api/tracked-applications"
APPLICATIONS = "/api/applications"


FILTERS: dict[str, Any] = {
    "saved": "true",
    "source": "manual",
    "minMatchScore": 0,
    "workArrangement": "Remote",
}
# Filters that cases ask for together: each makes a statement of its own, which has to be bound.
TOGETHER = (
    "",
    "search",
    "source",
    "saved",
    "saved minMatchScore",
    "search minMatchScore",
    "search workArrangement",
    "search saved",
    "search saved source",
    "search saved workArrangement",
)


@rule("R3")
@pytest.mark.fresh
def test_a_list_of_jobs_counts_ones_own_alone_however_it_is_filtered(
    anna: Person, ben: Person, make_job: New, make_experience: New, company: str
) -> None:
    mine = {}
    for person in (anna, ben):
        make_experience(person)
        mine[person.name] = job = make_job(person, company=company, workArrangement="Remote")
        liked = person.patch(f"/api/jobs/{job['id']}", json={"isSaved": True})
        assert liked.status_code == 200, liked.text
        analyze(person, job)

    for names in TOGETHER:
        query = {name: {"search": company, **FILTERS}[name] for name in names.split()}
        for person in (anna, ben):
            found = page(person, **query)
            assert [job["id"] for job in found["jobs"]] == [mine[person.name]["id"]], query
            assert found["total"] == 1, query


@rule("R3")
@needs("applications", "tracker")
@pytest.mark.fresh
def test_applications_and_where_they_stand_are_counted_for_each_alone(
    anna: Person, ben: Person, make_application: New
) -> None:
    for person in (anna, ben):
        made = make_application(person)
        followed = person.post(TRACKER, json={"applicationId": made["id"]})
        assert followed.status_code == 201, followed.text

    for path, query in (
        (APPLICATIONS, {}),
        (APPLICATIONS, {"status": "draft"}),
        (TRACKER, {}),
        (TRACKER, {"status": "applied"}),
        (TRACKER, {"archived": "false"}),
    ):
        for person in (anna, ben):
            found = person.get(path, params=query).json()
            rows = next(value for value in found.values() if isinstance(value, list))
            assert {row["user_id"] for row in rows} == {person.id}, (path, query)
            assert (len(rows), found["total"]) == (1, 1), (path, query)


@rule("R3", "R9")
def test_who_changes_their_career_loses_no_analysis_of_anothers(
    anna: Person,
    ben: Person,
    target: Target,
    make_job: New,
    make_experience: New,
    rows: Callable[..., list[Json]],
) -> None:
    make_experience(anna)
    analyze(anna, make_job(anna))
    hers = "SELECT * FROM job_compatibility_analyses WHERE user_id = ?"
    before = (rows(hers, anna.id), cached(target, anna))
    assert all(before)

    make_experience(ben)

    assert (rows(hers, anna.id), cached(target, anna)) == before


def cached(target: Target, person: Person) -> list[str]:
    """The keys of their analyses."""
    namespace = target.resource("kv_namespace", "JOB_ANALYSIS_CACHE")
    with target.cloudflare() as api:
        asked = {"prefix": f"job-analysis:{person.id}:"}
        answer = api.get(f"/storage/kv/namespaces/{namespace}/keys", params=asked)
    return [key["name"] for key in answer.raise_for_status().json()["result"]]


@rule("R3")
def test_a_model_is_told_of_nobody_elses_skills(
    anna: Person,
    ben: Person,
    make_job: New,
    make_experience: New,
    target: Target,
    control: httpx.Client,
) -> None:
    for person in (anna, ben):
        make_experience(person)
        skill = {"name": f"Knots of {person.id}"}
        assert person.post("/api/skills", json=skill).status_code == 200

    analyze(anna, make_job(anna))

    asked = {"account_id": target.account_id, "task": "Text Generation", "limit": "1000"}
    prompts = control.get("/_twin/ai/calls", params=asked).text
    assert f"Knots of {anna.id}" in prompts
    assert f"Knots of {ben.id}" not in prompts
