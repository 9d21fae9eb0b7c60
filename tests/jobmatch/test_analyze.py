"""Analyses of how a job fits: made once, kept, forgotten when the profile changes."""

import json
from contextlib import closing
from typing import Any

import httpx
import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Json, Target
from tests.jobmatch.state import Namespace, rows

covers = pytest.mark.covers
DIMENSIONS = {
    "skillMatch",
    "industryMatch",
    "experienceLevel",
    "locationMatch",
    "seniorityLevel",
    "educationCertification",
    "softSkillsLeadership",
    "employmentStability",
    "growthPotential",
    "companyScaleAlignment",
}
RECOMMENDATIONS = {f"{word} Match" for word in ("Strong", "Good", "Moderate", "Weak", "Poor")}
TRIES = 100


def analyze(person: Person, job: Json) -> Json:
    answer = person.post(f"/api/jobs/{job['id']}/analyze")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def analyze_until(person: Person, job: Json, *, cached: bool) -> Json:
    """Caches are written and forgotten after the answer."""
    for _ in range(TRIES):
        told = analyze(person, job)
        if told["cached"] is cached:
            break
    assert told["cached"] is cached
    return told


@pytest.fixture
def job(anna: Person, make_job: New, make_experience: New, control: httpx.Client) -> Json:
    """Anna's, who has what an analysis needs. `control`: there has to be an AI that answers."""
    make_experience(anna)
    return make_job(anna, title="Night Nurse")


@covers("POST /api/jobs/:id/analyze", 200)
def test_an_analysis_has_all_dimensions_and_becomes_the_jobs_score(anna: Person, job: Json) -> None:
    told = analyze(anna, job)

    assert set(told["dimensions"]) == DIMENSIONS
    assert all(1 <= one["score"] <= 10 for one in told["dimensions"].values())
    assert told["recommendation"] in RECOMMENDATIONS
    assert (told["cached"], told["cacheSource"]) == (False, "generated")
    score = anna.get(f"/api/jobs/{job['id']}").json()["match_score"]
    assert score == told["overallScore"]


@covers("POST /api/jobs/:id/analyze", 200, "R9")
def test_a_second_time_it_is_the_same_from_the_cache(anna: Person, job: Json) -> None:
    first = analyze(anna, job)

    again = analyze_until(anna, job, cached=True)

    assert again["cacheSource"] in ("kv", "database")
    assert again["cachedAt"] == first["cachedAt"]
    assert again["overallScore"] == first["overallScore"]
    assert again["dimensions"] == first["dimensions"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/profile", {"first_name": "Anne"}),
        (
            "POST",
            "/api/profile/work-experience",
            {"title": "Nurse", "company": "Clinic", "start_date": "2021-01-01"},
        ),
        ("POST", "/api/skills", {"name": "Triage"}),
        ("POST", "/api/profile/education", {"school": "Lund"}),
    ],
)
@covers("POST /api/jobs/:id/analyze", 200, "R9")
def test_a_change_of_the_profile_makes_it_anew(
    anna: Person, job: Json, method: str, path: str, body: Any
) -> None:
    analyze(anna, job)
    analyze_until(anna, job, cached=True)

    assert anna.request(method, path, json=body).status_code == 200

    assert analyze_until(anna, job, cached=False)["cacheSource"] == "generated"


@covers("POST /api/jobs/:id/analyze", 400)
def test_without_work_experience_there_is_nothing_to_compare(anna: Person, make_job: New) -> None:
    answer = anna.post(f"/api/jobs/{make_job(anna)['id']}/analyze")

    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert "workExperience" in answer.json()["details"]["fields"]


@covers("POST /api/jobs/:id/analyze", 404, "R3", "R9")
def test_a_cached_analysis_is_for_its_owner_alone(
    anna: Person, ben: Person, job: Json, make_experience: New
) -> None:
    make_experience(ben)
    analyze(anna, job)
    analyze_until(anna, job, cached=True)

    assert ben.post(f"/api/jobs/{job['id']}/analyze").status_code == 404


@covers("POST /api/jobs/:id/analyze", 404, "R9")
def test_a_deleted_job_has_no_analysis(anna: Person, job: Json) -> None:
    analyze(anna, job)
    analyze_until(anna, job, cached=True)
    anna.delete(f"/api/jobs/{job['id']}")

    assert anna.post(f"/api/jobs/{job['id']}/analyze").status_code == 404


@covers("POST /api/jobs/:id/analyze", 200, "R9")
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("path", "member", "new", "change"),
    [
        ("/api/skills", "skill", {"name": "Triage"}, {"level": "expert"}),
        ("/api/profile/education", "education", {"school": "Lund"}, {"degree": "BSc"}),
        (
            "/api/profile/work-experience",
            "experience",
            {"title": "Nurse", "company": "Clinic", "start_date": "2021-01-01"},
            {"title": "Head Nurse"},
        ),
    ],
)
def test_a_changed_or_deleted_part_of_the_profile_makes_it_anew(
    anna: Person, job: Json, method: str, path: str, member: str, new: Json, change: Json
) -> None:
    part = anna.post(path, json=new).json()[member]["id"]
    analyze_until(anna, job, cached=False)
    analyze_until(anna, job, cached=True)

    changed = anna.request(method, f"{path}/{part}", json=change if method == "PATCH" else None)

    assert changed.status_code == 200
    assert analyze_until(anna, job, cached=False)["cacheSource"] == "generated"


@covers("POST /api/jobs/:id/analyze", 200, "R9")
def test_a_change_of_one_profile_leaves_analyses_of_others(
    anna: Person, ben: Person, job: Json
) -> None:
    analyze(anna, job)
    analyze_until(anna, job, cached=True)

    ben.post("/api/skills", json={"name": "Triage"})
    ben.post("/api/skills", json={"name": "Wound care"})

    assert analyze(anna, job)["cached"] is True


@covers("POST /api/jobs/:id/analyze", 200, "R9")
@covers("DELETE /api/jobs/:id", 204)
def test_caches_are_in_kv_and_in_the_database_until_the_job_is_gone(
    anna: Person, job: Json, jobmatch: Target
) -> None:
    first = analyze(anna, job)
    analyze_until(anna, job, cached=True)
    kept = "SELECT analysis, created_at FROM job_compatibility_analyses WHERE job_id = ?"
    [row] = rows(jobmatch, kept, job["id"])
    with closing(Namespace(jobmatch, "JOB_ANALYSIS_CACHE")) as cache:
        key = f"job-analysis:{anna.id}:{job['id']}"
        assert json.loads(cache.get(key) or "")["overallScore"] == first["overallScore"]
        assert row["created_at"] == first["cachedAt"]

        anna.delete(f"/api/jobs/{job['id']}")

        assert cache.get(key) is None
    assert rows(jobmatch, kept, job["id"]) == []
