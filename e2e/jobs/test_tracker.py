"""From a job to the tracker, which keeps what it was told when the job is gone."""

import pytest

from e2e.cast import New, made
from e2e.jobs.fitting import analyze
from e2e.people import Person

TRACKER = "/api/tracked-applications"


@pytest.mark.rule("R18")
@pytest.mark.needs("tracker")
def test_a_compared_job_is_handed_over_to_the_tracker_and_deleted(
    anna: Person, make_job: New, make_experience: New
) -> None:
    make_experience(anna)
    job = make_job(anna, title="Night Nurse", company="Clinic", location="Leeds")
    score = analyze(anna, job)["overallScore"]

    row = made(anna, TRACKER, {"jobId": job["id"], "notes": "By post."}, 201)

    told = ("Night Nurse", "Clinic", "Leeds", score, "applied")
    names = ("job_title", "company", "location", "match_score", "status")
    assert (row["job_id"], tuple(row[name] for name in names)) == (job["id"], told)
    assert anna.delete(f"/api/jobs/{job['id']}").status_code == 204
    left = anna.get(f"{TRACKER}/{row['id']}").json()
    assert (left["job_id"], tuple(left[name] for name in names)) == (None, told)
    moved = anna.patch(f"{TRACKER}/{row['id']}", json={"status": "screening"}).json()
    assert (moved["status"], moved["notes"]) == ("screening", "By post.")
    assert anna.delete(f"{TRACKER}/{row['id']}").status_code == 204
