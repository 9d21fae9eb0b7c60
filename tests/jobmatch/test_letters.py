"""Generated letters when the model behaves oddly: there are three all the same (§3.1)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Json, Target

covers = pytest.mark.covers
RESUME_KEYS = {"summary", "experience", "skills", "education"}


@pytest.fixture
def say(jobmatch: Target, control: httpx.Client) -> Iterator[Any]:
    """What OpenAI's model says to everybody in the account, while the test runs."""
    account = {"account_id": jobmatch.account_id}

    def put(**answer: Any) -> None:
        rule = {"id": "test-letters", "provider": "openai", **answer}
        control.post("/_twin/ai/rules", params=account, json=rule).raise_for_status()

    yield put
    control.delete("/_twin/ai/rules/test-letters", params=account)


@pytest.fixture
def generated(anna: Person, make_job: New, make_experience: New) -> Any:
    """Generates for a job with three skills that are asked for."""

    def generate() -> Json:
        make_experience(anna, title="Ward Sister", company="Clinic")
        anna.post("/api/skills", json={"name": "Triage"})
        job = make_job(anna, title="Night Nurse", requiredSkills=["Triage", "Wounds", "Dosage"])
        answer = anna.post("/api/applications/generate", json={"jobId": job["id"]})
        assert answer.status_code == 201, answer.text
        told: Json = answer.json()
        return told

    return generate


@covers("POST /api/applications/generate", 201)
def test_without_a_model_the_letters_are_built_from_the_profile(say: Any, generated: Any) -> None:
    say(error={"status": 400, "message": "no"})

    variants = generated()["variants"]

    assert len(variants) == 3
    resume = variants[0]["resume"]
    assert "Night Nurse" in resume["summary"]
    assert "Triage" in resume["summary"]
    assert [one["company"] for one in resume["experience"]] == ["Clinic"]
    assert all(len(one["aiRationale"]) == 2 and one["coverLetter"] for one in variants)


@pytest.mark.parametrize(
    "answer",
    [
        {"answer": "I am sorry, I can't."},
        {"answer": ""},
        {"answer": "[1, 2"},
        {"json": []},
        {"json": {"resume": "text", "coverLetter": 7, "aiRationale": "why"}},
        {"json": {"resume": {"experience": [7, {"bullets": "one"}], "skills": {"a": 1}}}},
    ],
    ids=str,
)
@covers("POST /api/applications/generate", 201, "R13")
def test_whatever_a_model_says_the_letters_have_their_shape(
    say: Any, generated: Any, answer: Json
) -> None:
    say(**answer)

    told = generated()

    for variant in told["variants"]:
        assert set(variant["resume"]) >= RESUME_KEYS
        assert isinstance(variant["coverLetter"], str)
        assert all(isinstance(one, str) for one in variant["aiRationale"])


@covers("POST /api/applications/generate", 201)
def test_three_calls_go_to_the_model_with_the_profile_and_the_job(
    anna: Person, jobmatch: Target, control: httpx.Client, generated: Any
) -> None:
    anna.patch("/api/profile", json={"professional_summary": f"Summary of {anna.id}"})

    generated()

    query: Json = {"account_id": jobmatch.account_id, "limit": 1000}
    calls = control.get("/_twin/ai/calls", params=query).json()["calls"]
    own = [call for call in calls if anna.id in str(call) and call["model"] == "gpt-4o-mini"]
    assert len(own) == 3
    assert all("Night Nurse" in str(call) for call in own)
