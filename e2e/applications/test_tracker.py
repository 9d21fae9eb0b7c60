"""Applications that are followed, from the day they left to the answer."""

from typing import Any

import pytest

from e2e.applications.written import APPLICATIONS
from e2e.cast import New
from e2e.people import Person
from e2e.refusals import ID, assert_absent
from e2e.target import Json

rule = pytest.mark.rule
guards = pytest.mark.guards
pytestmark = pytest.mark.needs("tracker")
TRACKER = "/api/tracked-applications"
ONE = f"{TRACKER}/{ID}"
RESOURCE = "Tracked application"


def tracked(person: Person, **fields: Any) -> Json:
    answer = person.post(TRACKER, json=fields)
    assert answer.status_code == 201, answer.text
    row: Json = answer.json()
    return row


def moved(person: Person, row: Json, **changes: Any) -> Json:
    answer = person.patch(f"{TRACKER}/{row['id']}", json=changes)
    assert answer.status_code == 200, answer.text
    after: Json = answer.json()
    return after


def shown(person: Person, **query: Any) -> list[str]:
    answer = person.get(TRACKER, params={"limit": 100, **query})
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["trackedApplications"]]


@rule("R18")
def test_an_application_is_followed_from_applied_to_offer(
    anna: Person, make_application: New
) -> None:
    row = tracked(anna, applicationId=make_application(anna)["id"])
    assert (row["status"], row["job_title"], row["interviews"]) == (
        "applied",
        "Backend Engineer",
        [],
    )

    moved(anna, row, status="screening", recruiter={"name": "Zoë"}, notes="Called.\nFriendly.")
    interview = {"date": "2030-02-01", "type": "video", "notes": "With the team"}
    booked = {"interviews": [interview], "nextInterviewDate": "2030-02-01"}
    moved(anna, row, status="interview_scheduled", **booked)
    moved(anna, row, status="interview_completed", nextInterviewDate=None)
    moved(anna, row, status="offer", offerDetails={"salary": 51_000, "currency": "EUR"})

    after = anna.get(f"{TRACKER}/{row['id']}").json()
    assert [step["status"] for step in after["status_history"]] == [
        *("applied", "screening", "interview_scheduled", "interview_completed", "offer"),
    ]
    assert (after["recruiter"], after["interviews"]) == ({"name": "Zoë"}, [interview])
    assert (after["notes"], after["next_interview_date"]) == ("Called.\nFriendly.", None)
    assert after["offer_details"] == {"salary": 51_000, "currency": "EUR"}
    assert row["id"] in shown(anna, status="offer")
    assert row["id"] not in shown(anna, status="applied")


@rule("R18", "R6")
def test_what_has_come_to_nothing_is_put_away_and_at_last_deleted(anna: Person) -> None:
    kept = tracked(anna, jobTitle="Nurse", company="Clinic")
    old = tracked(anna, jobTitle="Cook", company="Kitchen", status="rejected")

    moved(anna, old, archived=True)

    assert old["id"] in shown(anna, archived="true")
    assert kept["id"] not in shown(anna, archived="1")
    assert kept["id"] in shown(anna, archived="false")
    assert old["id"] not in shown(anna, archived="0")
    moved(anna, old, archived=False)
    assert {kept["id"], old["id"]} <= set(shown(anna, archived="false"))
    assert anna.delete(f"{TRACKER}/{old['id']}").status_code == 204
    assert anna.get(f"{TRACKER}/{old['id']}").status_code == 404
    assert old["id"] not in shown(anna)


@rule("R3", "R18")
@guards(
    "list:tracked_applications",
    "get:tracked_applications",
    "update:tracked_applications",
    "delete:tracked_applications",
)
def test_ben_sees_nothing_of_where_anna_has_applied(anna: Person, ben: Person) -> None:
    row = tracked(anna, jobTitle="Nurse", company="Clinic", notes="Private.")
    own = tracked(ben, jobTitle="Cook", company="Kitchen")

    assert own["id"] in shown(ben)
    assert row["id"] not in shown(ben)
    assert_absent(ben, f"GET {ONE}", row["id"], RESOURCE)
    assert_absent(ben, f"PATCH {ONE}", row["id"], RESOURCE, {"status": "withdrawn"})
    assert_absent(ben, f"DELETE {ONE}", row["id"], RESOURCE)
    assert anna.get(f"{TRACKER}/{row['id']}").json() == row


@rule("R3", "R18")
@guards("body:job-id", "get:applications")
@pytest.mark.needs("jobs")
def test_nobody_follows_what_another_has_written_or_found(
    anna: Person, ben: Person, make_job: New, make_application: New
) -> None:
    job = make_job(anna, title="Harbour Pilot")
    letter = make_application(anna, jobTitle="Harbour Pilot")
    own = tracked(ben, jobTitle="Cook", company="Kitchen")

    new = {"jobTitle": "Cook", "company": "Kitchen"}
    for request, fields in ((f"POST {TRACKER}", new), (f"PATCH {TRACKER}/{own['id']}", {})):
        assert_absent(ben, request, job["id"], "Job", {**fields, "jobId": ID})
        body = {**fields, "applicationId": ID}
        assert_absent(ben, request, letter["id"], "Application", body)

    assert ben.get(f"{TRACKER}/{own['id']}").json() == own
    assert "Harbour Pilot" not in ben.get(TRACKER).text


@rule("R18")
def test_what_is_followed_outlives_its_letter(anna: Person, make_application: New) -> None:
    made = make_application(anna, company="Southwind")
    row = tracked(anna, applicationId=made["id"], jobTitle="Team Lead")

    assert anna.delete(f"{APPLICATIONS}/{made['id']}").status_code == 204

    after = anna.get(f"{TRACKER}/{row['id']}").json()
    assert (after["application_id"], after["company"]) == (None, "Southwind")
    assert moved(anna, row, status="accepted")["job_title"] == "Team Lead"
