"""How well a job fits: compared once, kept, and forgotten with what it rests on."""

import pytest

from e2e.cast import New
from e2e.jobs.finding import listed
from e2e.jobs.fitting import analyze, anew, kept
from e2e.people import Person
from e2e.refusals import ID, assert_absent

rule = pytest.mark.rule
guards = pytest.mark.guards


@rule("R9")
@pytest.mark.fresh
def test_a_job_is_compared_once_there_is_experience_and_anew_after_each_change(
    anna: Person, make_job: New, make_experience: New
) -> None:
    job = make_job(anna, title="Night Nurse", requiredSkills=["Triage"])
    too_early = anna.post(f"/api/jobs/{job['id']}/analyze")
    position = make_experience(anna)

    made = analyze(anna, job)
    first = kept(anna, job)

    assert (too_early.status_code, too_early.json()["code"]) == (400, "VALIDATION_ERROR")
    assert (made["cached"], made["cacheSource"]) == (False, "generated")
    assert kept(anna, job)["cachedAt"] == first["cachedAt"] >= made["cachedAt"]
    skill = anna.post("/api/skills", json={"name": "Triage"}).json()["skill"]
    second = anew(anna, job)
    assert second["cachedAt"] > first["cachedAt"]
    for method, path, body in (
        ("PATCH", f"/api/profile/work-experience/{position['id']}", {"title": "Nurse"}),
        ("PATCH", "/api/profile", {"current_title": "Nurse"}),
        ("DELETE", f"/api/skills/{skill['id']}", None),
    ):
        kept(anna, job)
        assert anna.request(method, path, json=body).status_code == 200
        assert anew(anna, job)["cachedAt"] > second["cachedAt"], (method, path)


@rule("R9")
def test_the_score_of_an_analysis_narrows_the_list(
    anna: Person, make_job: New, make_experience: New, company: str
) -> None:
    make_experience(anna)
    compared = make_job(anna, title="Night Nurse", company=company)
    other = make_job(anna, title="Welder", company=company)

    score = analyze(anna, compared)["overallScore"]

    assert 0 <= score <= 100
    assert anna.get(f"/api/jobs/{compared['id']}").json()["match_score"] == score
    assert anna.get(f"/api/jobs/{other['id']}").json()["match_score"] is None
    assert listed(anna, search=company, minMatchScore=int(score)) == ["Night Nurse"]
    assert listed(anna, search=company) == ["Welder", "Night Nurse"]


@rule("R3", "R9")
@guards("cache:analysis-key")
def test_the_same_posting_is_compared_with_each_ones_own_profile(
    anna: Person, ben: Person, make_job: New, make_experience: New, company: str
) -> None:
    posting = {"title": "Night Nurse", "company": company}
    make_experience(anna, title="Nurse")
    make_experience(ben, title="Welder")
    hers, his = make_job(anna, **posting), make_job(ben, **posting)
    analyze(anna, hers)
    of_anna = kept(anna, hers)

    of_ben = analyze(ben, his)

    assert (of_ben["cached"], of_ben["cachedAt"] > of_anna["cachedAt"]) == (False, True)
    assert kept(ben, his)["cachedAt"] == of_ben["cachedAt"]
    anna.post("/api/skills", json={"name": "Triage"})
    assert anew(anna, hers)["cachedAt"] > of_ben["cachedAt"]
    # What changes in one profile is nothing to the other's analyses.
    assert analyze(ben, his)["cachedAt"] == of_ben["cachedAt"]


@rule("R3", "R9")
@guards("cache:before-check")
def test_a_kept_analysis_is_for_the_jobs_owner_alone(
    anna: Person, ben: Person, make_job: New, make_experience: New
) -> None:
    make_experience(anna)
    make_experience(ben)
    job = make_job(anna)
    made = kept(anna, job)

    assert_absent(ben, f"POST /api/jobs/{ID}/analyze", job["id"], "Job")

    again = kept(anna, job)
    assert (again["cachedAt"], again["overallScore"]) == (made["cachedAt"], made["overallScore"])
    assert anna.delete(f"/api/jobs/{job['id']}").status_code == 204
    assert_absent(anna, f"POST /api/jobs/{ID}/analyze", job["id"], "Job")


@rule("R9")
@guards("cache:analysis-key")
def test_a_posting_that_was_deleted_and_added_again_is_compared_again(
    anna: Person, make_job: New, make_experience: New, company: str
) -> None:
    posting = {"title": "Night Nurse", "company": company}
    make_experience(anna)
    job = make_job(anna, **posting)
    first = analyze(anna, job)
    kept(anna, job)
    assert anna.delete(f"/api/jobs/{job['id']}").status_code == 204

    again = make_job(anna, **posting)

    assert again["match_score"] is None
    analysis = analyze(anna, again)
    assert (analysis["cached"], analysis["cachedAt"] > first["cachedAt"]) == (False, True)
