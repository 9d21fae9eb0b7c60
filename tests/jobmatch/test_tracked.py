"""The tracker of applications: R18."""

from datetime import UTC, datetime
from typing import Any

import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Json

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"
TRACKER = "/api/tracked-applications"
STATUSES = (
    *("applied", "screening", "interview_scheduled", "interview_completed"),
    *("offer", "accepted", "rejected", "withdrawn"),
)


@pytest.fixture(autouse=True)
def tracker(anna: Person) -> None:
    """A deployment without it is passed over, visibly."""
    if anna.get(TRACKER).status_code == 404:
        pytest.skip("R18: this deployment has no tracker")


def track(person: Person, **fields: Any) -> Json:
    answer = person.post(TRACKER, json={"jobTitle": "Nurse", "company": "Clinic", **fields})
    assert answer.status_code == 201, answer.text
    row: Json = answer.json()
    return row


@covers("POST /api/tracked-applications", 201, "R18")
@covers("GET /api/tracked-applications/:id", 200, "R18")
def test_a_tracked_application_is_there_as_it_was_sent(anna: Person) -> None:
    sent = {
        "location": "Leeds",
        "status": "screening",
        "appliedDate": "2026-01-02",
        "matchScore": 71.5,
        "recruiter": {"name": "Zoë", "email": "zoe@example.com"},
        "hiringManager": {"name": "Max"},
        "interviews": [{"date": "2026-02-01T09:00:00.000Z", "kind": "phone"}],
        "nextInterviewDate": "2026-02-01T09:00:00.000Z",
        "nextAction": "Call",
        "nextActionDate": "2026-01-20",
        "followUpActions": [{"text": "Thank them"}],
        "offerDetails": {"salary": 50_000},
        "notes": "One.\nTwo.",
        "tags": ["near", "night"],
    }

    row = track(anna, **sent)

    snake = {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): key for key in sent}
    assert {column: row[column] for column in snake} == {
        column: sent[key] for column, key in snake.items()
    }
    assert row["user_id"] == anna.id
    assert anna.get(f"{TRACKER}/{row['id']}").json() == row


@covers("POST /api/tracked-applications", 201, "R18")
def test_title_and_company_are_enough(anna: Person) -> None:
    before = datetime.now(UTC).date()

    row = track(anna)

    assert row["status"] == "applied"
    assert row["applied_date"][:10] >= before.isoformat()
    assert (row["interviews"], row["tags"], row["archived"]) == ([], [], 0)


@covers("POST /api/tracked-applications", 201, "R18")
def test_an_application_of_ones_own_can_be_tracked(anna: Person, make_application: New) -> None:
    made = make_application(anna)

    answer = anna.post(TRACKER, json={"applicationId": made["id"]})

    assert answer.status_code == 201
    assert answer.json()["application_id"] == made["id"]
    assert (answer.json()["job_title"], answer.json()["company"]) == (
        made["jobTitle"],
        made["company"],
    )


@covers("POST /api/tracked-applications", 404, "R3", "R18")
def test_what_is_not_ones_own_cannot_be_tracked(
    anna: Person, ben: Person, make_job: New, make_application: New
) -> None:
    foreign = [
        {"jobId": make_job(anna)["id"]},
        {"applicationId": make_application(anna)["id"]},
        {"jobId": UNKNOWN},
        {"applicationId": UNKNOWN},
    ]
    new = {"jobTitle": "Nurse", "company": "Clinic"}

    answers = [ben.post(TRACKER, json={**new, **one}) for one in foreign]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert ben.get(TRACKER).json()["total"] == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"jobTitle": ""},
        {"company": None},
        {"status": "offer_received"},
        {"matchScore": 101},
        {"matchScore": "high"},
        {"interviews": "two"},
        {"tags": [1]},
        {"recruiter": "Zoë"},
        {"archived": "yes"},
        {"notes": 7},
    ],
    ids=str,
)
@covers("POST /api/tracked-applications", 400, "R18")
@covers("PATCH /api/tracked-applications/:id", 400, "R18")
def test_a_field_that_means_nothing_is_refused(anna: Person, changed: Json) -> None:
    row = track(anna)

    made = anna.post(TRACKER, json={"jobTitle": "Nurse", "company": "Clinic", **changed})
    patched = anna.patch(f"{TRACKER}/{row['id']}", json=changed)

    answers = [(one.status_code, one.json()["code"]) for one in (made, patched)]
    assert answers == [(400, "VALIDATION_ERROR")] * 2
    assert next(iter(changed)) in str(made.json()["details"]["fields"])
    assert anna.get(f"{TRACKER}/{row['id']}").json() == row
    assert anna.get(TRACKER).json()["total"] == 1


@covers("PATCH /api/tracked-applications/:id", 200, "R18")
def test_every_status_can_be_reached_and_is_remembered(anna: Person) -> None:
    row = track(anna)

    for status in STATUSES[1:]:
        answer = anna.patch(f"{TRACKER}/{row['id']}", json={"status": status})
        assert (answer.status_code, answer.json()["status"]) == (200, status)

    history = anna.get(f"{TRACKER}/{row['id']}").json()["status_history"]
    assert [one["status"] for one in history][-7:] == list(STATUSES[1:])


@covers("PATCH /api/tracked-applications/:id", 200, "R18")
def test_what_is_not_named_in_a_change_stays(anna: Person) -> None:
    row = track(anna, notes="keep", tags=["near"], location="Leeds")

    after = anna.patch(f"{TRACKER}/{row['id']}", json={"location": None, "archived": True}).json()

    assert (after["notes"], after["tags"], after["location"]) == ("keep", ["near"], None)
    assert (after["archived"], after["updated_at"] > row["updated_at"]) == (1, True)


@covers("PATCH /api/tracked-applications/:id", 404, "R3", "R18")
def test_a_change_cannot_point_to_what_is_not_ones_own(
    anna: Person, ben: Person, make_job: New, make_application: New
) -> None:
    row = track(ben)
    foreign = [{"jobId": make_job(anna)["id"]}, {"applicationId": make_application(anna)["id"]}]

    answers = [ben.patch(f"{TRACKER}/{row['id']}", json=one) for one in foreign]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert ben.get(f"{TRACKER}/{row['id']}").json() == row


@covers("DELETE /api/tracked-applications/:id", 204, 404, "R18")
@covers("GET /api/tracked-applications/:id", 404, "R18")
@covers("PATCH /api/tracked-applications/:id", 404, "R18")
def test_what_is_no_longer_tracked_is_gone(anna: Person) -> None:
    path = f"{TRACKER}/{track(anna)['id']}"

    answer = anna.delete(path)

    assert (answer.status_code, answer.content) == (204, b"")
    later = [anna.get(path), anna.delete(path), anna.patch(path, json={"notes": "x"})]
    assert [(one.status_code, one.json()["code"]) for one in later] == [(404, "NOT_FOUND")] * 3
    assert anna.get(TRACKER).json()["trackedApplications"] == []


@covers("GET /api/tracked-applications", 200, "R18")
def test_the_tracker_is_read_page_by_page(anna: Person) -> None:
    for number in range(3):
        track(anna, jobTitle=f"Job {number}")

    first = anna.get(f"{TRACKER}?limit=2").json()
    last = anna.get(f"{TRACKER}?limit=2&page=2").json()

    titles = [row["job_title"] for row in first["trackedApplications"]]
    assert titles == ["Job 2", "Job 1"]
    assert (first["total"], first["hasMore"], last["hasMore"]) == (3, True, False)
    assert [row["job_title"] for row in last["trackedApplications"]] == ["Job 0"]


@covers("GET /api/tracked-applications", 200, "R6", "R18")
def test_the_tracker_is_narrowed_by_status_and_archive(anna: Person) -> None:
    track(anna, jobTitle="Plain")
    track(anna, jobTitle="Offered", status="offer")
    track(anna, jobTitle="Old", archived=True)

    def titles(query: str) -> list[str]:
        found = anna.get(f"{TRACKER}?{query}").json()["trackedApplications"]
        return [row["job_title"] for row in found]

    assert titles("status=offer") == ["Offered"]
    assert titles("archived=true") == titles("archived=1") == ["Old"]
    assert titles("archived=false") == titles("archived=0") == ["Offered", "Plain"]


@covers("GET /api/tracked-applications", 400, "R6", "R18")
def test_a_filter_of_the_tracker_that_means_nothing_is_refused(anna: Person) -> None:
    queries = ("page=0", "limit=101", "limit=x", "archived=maybe", "archived=")
    answers = [anna.get(f"{TRACKER}?{query}") for query in queries]

    assert [answer.status_code for answer in answers] == [400] * len(queries)


@covers("DELETE /api/applications/:id", 204)
@covers("GET /api/tracked-applications/:id", 200, "R18")
def test_what_is_tracked_outlives_the_application(anna: Person, make_application: New) -> None:
    made = make_application(anna)
    row = anna.post(TRACKER, json={"applicationId": made["id"]}).json()

    anna.delete(f"/api/applications/{made['id']}")

    after = anna.get(f"{TRACKER}/{row['id']}").json()
    assert (after["application_id"], after["job_title"]) == (None, made["jobTitle"])
