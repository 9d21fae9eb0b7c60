"""Jobs from LinkedIn and Indeed, by Apify: what is asked there, and what becomes of it."""

import json
from typing import Any

import httpx
import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Json, Target
from tests.jobmatch.altering import secret
from tests.jobmatch.state import rows

covers = pytest.mark.covers
MEMBERS = {
    "id",
    "userId",
    "searchId",
    "title",
    "company",
    "companyLogo",
    "location",
    "workArrangement",
    "salaryMin",
    "salaryMax",
    "postedDate",
    "description",
    "url",
    "source",
    "requiredSkills",
    "isSaved",
    "isArchived",
    "scrapedAt",
}
ARRANGEMENTS = {"Remote", "Hybrid", "On-site", "Unknown"}


# Elsewhere a search would cost money and find something else every day.
pytestmark = pytest.mark.usefixtures("control")


def scrape(person: Person, **body: Any) -> Json:
    answer = person.post("/api/jobs/scrape", json={"keywords": ["engineer"], **body})
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


@covers("POST /api/jobs/scrape", 201)
def test_found_jobs_are_told_as_the_site_wants_them(anna: Person) -> None:
    found = scrape(anna)

    assert (found["success"], found["jobCount"]) == (True, len(found["jobs"]))
    assert {job["source"] for job in found["jobs"]} == {"linkedin", "indeed"}
    for job in found["jobs"]:
        assert set(job) - {"experienceLevel"} == MEMBERS
        assert (job["userId"], job["searchId"]) == (anna.id, found["searchId"])
        assert job["workArrangement"] in ARRANGEMENTS
        assert len(job["requiredSkills"]) <= 10
    assert "errors" not in found


@covers("POST /api/jobs/scrape", 201)
@covers("GET /api/jobs", 200)
def test_found_jobs_are_kept(anna: Person) -> None:
    found = scrape(anna)

    kept = anna.get("/api/jobs?limit=100").json()["jobs"]

    assert {job["id"] for job in kept} == {job["id"] for job in found["jobs"]}
    assert {job["search_id"] for job in kept} == {found["searchId"]}
    titles = {job["id"]: job["title"] for job in found["jobs"]}
    assert {job["id"]: job["title"] for job in kept} == titles


@pytest.mark.parametrize("source", ["linkedin", "indeed"])
@covers("POST /api/jobs/scrape", 201)
@covers("GET /api/jobs", 200)
def test_a_source_may_be_chosen(anna: Person, source: str) -> None:
    found = scrape(anna, sources=[source])

    assert {job["source"] for job in found["jobs"]} == {source}
    assert anna.get(f"/api/jobs?source={source}").json()["total"] == found["jobCount"]


@covers("POST /api/jobs/scrape", 201)
def test_there_are_no_more_than_were_asked_for(anna: Person) -> None:
    assert scrape(anna, maxResults=3)["jobCount"] == 3


@covers("POST /api/jobs/scrape", 201)
def test_a_salary_is_read_from_its_text(anna: Person) -> None:
    jobs = {job["title"]: job for job in scrape(anna, sources=["linkedin"])["jobs"]}

    backend, frontend = jobs["Senior Backend Engineer"], jobs["Frontend Developer"]
    assert (backend["salaryMin"], backend["salaryMax"]) == (75_000, 95_000)
    assert (frontend["salaryMin"], frontend["salaryMax"]) == (55_000, 70_000)


@covers("POST /api/jobs/scrape", 201)
def test_known_skills_are_read_from_the_description(anna: Person) -> None:
    jobs = {job["title"]: job for job in scrape(anna, sources=["linkedin"])["jobs"]}

    assert {"Python", "Docker"} <= set(jobs["Senior Backend Engineer"]["requiredSkills"])


@covers("POST /api/jobs/scrape", 201)
def test_apify_is_asked_in_the_words_of_each_actor(
    anna: Person, jobmatch: Target, control: httpx.Client
) -> None:
    since = control.get("/_twin/clock").json()["now"]
    wish = {"keywords": ["python", "rust"], "location": "Oslo", "salaryMin": 50_000}

    scrape(anna, **wish, maxResults=2)

    asked = {"host": "api.apify.com", "method": "POST", "script": jobmatch.worker}
    calls = control.get("/_twin/outbox", params=asked).json()["calls"]
    bodies = {
        one["url"].partition("/acts/")[2]: json.loads(one["body"]["text"])
        for one in calls
        if one["at"] >= since
    }
    assert bodies["bebity/linkedin-jobs-scraper/runs"] == {
        "keywords": "python rust",
        "location": "Oslo",
        "maxItems": 2,
    }
    assert bodies["misceres/indeed-scraper/runs"] == {
        "position": "python rust",
        "location": "Oslo",
        "maxItems": 2,
        "salaryMin": 50_000,
    }


@covers("POST /api/jobs/scrape", 201, "R8")
@covers("POST /api/jobs/search", 200, "R8")
def test_a_second_users_copy_of_a_known_job_has_a_vector_of_its_own(
    anna: Person, ben: Person
) -> None:
    scrape(anna)
    theirs = {job["id"] for job in scrape(ben)["jobs"]}

    for _ in range(50):
        body = {"query": "engineer", "searchType": "semantic", "limit": 50}
        found = ben.post("/api/jobs/search", json=body).json()["jobs"]
        if len(found) >= len(theirs):
            break

    assert {job["id"] for job in found} == theirs


@covers("POST /api/jobs/scrape", 201)
def test_the_registry_counts_how_often_a_job_was_found(
    anna: Person, ben: Person, jobmatch: Target
) -> None:
    registry = "SELECT job_hash, duplicate_count FROM canonical_job_metadata"

    scrape(anna)
    before = {row["job_hash"]: row["duplicate_count"] for row in rows(jobmatch, registry)}
    scrape(ben)
    after = {row["job_hash"]: row["duplicate_count"] for row in rows(jobmatch, registry)}

    assert {hash: count + 1 for hash, count in before.items()} == after
    assert "northwind_rail_senior_backend_engineer_berlin__germany" in after


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"keywords": []},
        {"keywords": ["x"] * 11},
        {"keywords": [""]},
        {"keywords": ["x" * 101]},
        {"keywords": "engineer"},
        {"keywords": ["x"], "location": "x" * 201},
        {"keywords": ["x"], "experienceLevel": "x" * 51},
        {"keywords": ["x"], "salaryMin": -1},
        {"keywords": ["x"], "salaryMax": 1.5},
        {"keywords": ["x"], "maxResults": 0},
        {"keywords": ["x"], "maxResults": 51},
        {"keywords": ["x"], "sources": ["monster"]},
    ],
    ids=str,
)
@covers("POST /api/jobs/scrape", 400)
def test_a_wish_that_is_none_is_refused(anna: Person, body: Json) -> None:
    answer = anna.post("/api/jobs/scrape", json=body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert answer.json()["details"]["fields"]


@covers("POST /api/jobs/scrape", 201, "R3")
def test_found_jobs_are_the_finders_alone(anna: Person, ben: Person, make_job: New) -> None:
    make_job(ben, title="Mine")

    scrape(anna)

    assert [job["title"] for job in ben.get("/api/jobs").json()["jobs"]] == ["Mine"]


@covers("POST /api/jobs/scrape", 400)
def test_without_a_token_of_apify_there_is_no_scraping(anna: Person, jobmatch: Target) -> None:
    with secret(jobmatch, "APIFY_API_TOKEN", None):
        answer = anna.post("/api/jobs/scrape", json={"keywords": 7})

    assert answer.status_code == 400
    assert set(answer.json()["details"]["fields"]) == {"apify"}
