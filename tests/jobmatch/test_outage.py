"""What is said when something behind the Worker does not answer."""

import httpx
import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Target
from tests.jobmatch.altering import secret

covers = pytest.mark.covers
pytestmark = pytest.mark.usefixtures("control")


@covers("GET /api/jobs", "R16")
def test_without_auth_nobody_is_refused_and_nobody_let_in(anna: Person, jobmatch: Target) -> None:
    with secret(jobmatch, "SUPABASE_URL", "https://auth-is-down.example"):
        answer = anna.get("/api/jobs", headers={"origin": "https://jobmatch-ai.pages.dev"})
        malformed = anna.get("/api/jobs", headers={"authorization": "Bearer"})

    assert (answer.status_code, answer.json()["code"]) == (503, "AUTH_UNAVAILABLE")
    assert answer.headers["access-control-allow-origin"] == "https://jobmatch-ai.pages.dev"
    assert malformed.status_code == 401
    assert anna.get("/api/jobs").status_code == 200


@pytest.mark.environment("production")
@covers("POST /api/jobs/:id/analyze", "R2")
def test_when_no_model_answers_the_analysis_fails_and_says_no_more(
    anna: Person, make_job: New, make_experience: New, jobmatch: Target, control: httpx.Client
) -> None:
    make_experience(anna, description="uncomparable-7f3a")
    job = make_job(anna)
    asked = {"account_id": jobmatch.account_id}
    rule = {
        "id": "no-model-answers",
        "prompt": "uncomparable-7f3a",
        "error": {"status": 500, "message": "D1_ERROR: out of order"},
    }
    control.post("/_twin/ai/rules", params=asked, json=rule).raise_for_status()

    answer = anna.post(f"/api/jobs/{job['id']}/analyze")

    assert answer.status_code == 500
    assert answer.json()["code"] == "INTERNAL_ERROR"
    assert not {"stack", "details"} & set(answer.json())
    assert "D1_ERROR" not in answer.text
    assert anna.get(f"/api/jobs/{job['id']}").json()["match_score"] is None
