"""Every night jobs that are older than 90 days go to the archive."""

from typing import Any

import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.scheduled.ages import HOURLY, NIGHTLY, Rows, RunCron, aged, ago

rule = pytest.mark.rule
needs = pytest.mark.needs
pytestmark = pytest.mark.usefixtures("run_cron")


def titles(person: Person, **filters: Any) -> list[str]:
    answer = person.get("/api/jobs", params=filters)
    assert answer.status_code == 200, answer.text
    return [job["title"] for job in answer.json()["jobs"]]


@rule("R20")
def test_an_old_job_leaves_the_list_in_the_night_and_can_be_taken_back(
    anna: Person, make_job: New, rows: Rows, run_cron: RunCron
) -> None:
    old, new = make_job(anna, title="Lamplighter"), make_job(anna, title="Electrician")
    anna.patch(f"/api/jobs/{old['id']}", json={"isSaved": True})
    aged(rows, old, days=91)

    run_cron(NIGHTLY)

    assert titles(anna) == ["Electrician"]
    assert titles(anna, archived="true", saved="true") == ["Lamplighter"]
    found = anna.post("/api/jobs/search", json={"query": "lamplighter"}).json()
    assert found["jobs"][0]["id"] == old["id"]
    assert anna.get(f"/api/jobs/{new['id']}").json() == new
    back = anna.patch(f"/api/jobs/{old['id']}", json={"isArchived": False})
    assert (back.status_code, back.json()["is_saved"]) == (200, 1)
    assert titles(anna) == ["Electrician", "Lamplighter"]


@rule("R20")
def test_a_second_run_finds_nothing_left_to_do(
    anna: Person, make_job: New, rows: Rows, run_cron: RunCron
) -> None:
    old, new = make_job(anna, title="Lamplighter"), make_job(anna, title="Electrician")
    aged(rows, old, days=91)
    paths = [f"/api/jobs/{job['id']}" for job in (old, new)]
    run_cron(NIGHTLY)
    once = [anna.get(path).json() for path in paths]

    run_cron(NIGHTLY)
    run_cron(HOURLY)

    assert [job["is_archived"] for job in once] == [1, 0]
    # Not even the time of the last change is another.
    assert [anna.get(path).json() for path in paths] == once


@rule("R3", "R20")
def test_a_night_changes_nothing_for_those_who_have_nothing_old(
    anna: Person, ben: Person, make_job: New, make_experience: New, rows: Rows, run_cron: RunCron
) -> None:
    theirs = [make_job(person, title="Lamplighter") for person in (anna, ben)]
    aged(rows, theirs[0], days=91)
    aged(rows, theirs[1], days=30)
    make_experience(ben)
    paths = ("/api/jobs", "/api/jobs?archived=true", "/api/profile", "/api/profile/work-experience")
    before = [ben.get(path).json() for path in paths]

    run_cron(NIGHTLY)

    assert (titles(anna), titles(anna, archived="true")) == ([], ["Lamplighter"])
    assert [ben.get(path).json() for path in paths] == before


@rule("R20")
@needs("applications", "exports")
def test_an_application_outlives_the_archiving_of_its_job(
    anna: Person, make_job: New, make_application: New, rows: Rows, run_cron: RunCron
) -> None:
    job = make_job(anna, title="Lamplighter", company="Northwind")
    made = make_application(anna, jobTitle="Lamplighter", jobId=job["id"])
    path = f"/api/applications/{made['id']}"
    assert anna.patch(path, json={"status": "submitted"}).status_code == 200
    before = anna.get(path).json()
    aged(rows, job, days=100)

    run_cron(NIGHTLY)

    assert titles(anna) == []
    assert anna.get(path).json() == before
    [listed] = anna.get("/api/applications").json()["applications"]
    assert (listed["id"], listed["status"]) == (made["id"], "submitted")
    paper = anna.post("/api/exports/text", json={"applicationId": made["id"]})
    assert paper.status_code == 200
    assert anna.get(f"/api/jobs/{job['id']}").json()["title"] == "Lamplighter"


@rule("R20")
def test_at_three_both_run_and_each_does_its_own(
    anna: Person, make_job: New, rows: Rows, run_cron: RunCron
) -> None:
    old = make_job(anna, title="Lamplighter")
    aged(rows, old, days=91)
    rows("UPDATE sessions SET expires_at = ? WHERE user_id = ?", ago(minutes=1), anna.id)

    for cron in (HOURLY, NIGHTLY):
        run_cron(cron)

    assert titles(anna, archived="true") == ["Lamplighter"]
    assert rows("SELECT id FROM sessions WHERE user_id = ?", anna.id) == []
