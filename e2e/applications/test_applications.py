"""Applications that somebody keeps: where each stands, and who sees it."""

import pytest

from e2e.applications.written import APPLICATIONS, changed, ids, listed, read, variant
from e2e.cast import New
from e2e.people import Person
from e2e.refusals import ID, assert_absent
from e2e.target import Json

rule = pytest.mark.rule
guards = pytest.mark.guards
TRACKER = "/api/tracked-applications"
ONE = f"{APPLICATIONS}/{ID}"
MEBIBYTE = 1 << 20


@rule("R3")
@guards("list:applications", "get:applications")
def test_ben_finds_none_of_annas_letters(anna: Person, ben: Person, make_application: New) -> None:
    hers, his = make_application(anna), make_application(ben)

    assert_absent(ben, f"GET {ONE}", hers["id"], "Application")
    for query in ({}, {"status": "draft"}, {"limit": 100}):
        found = ids(listed(ben, **query))
        assert his["id"] in found
        assert hers["id"] not in found
    assert {row["user_id"] for row in listed(ben)} == {ben.id}
    assert read(anna, hers["id"])["user_id"] == anna.id


@rule("R3")
@guards("update:applications", "delete:applications")
def test_ben_can_neither_change_nor_delete_annas_letters(
    anna: Person, ben: Person, make_application: New
) -> None:
    made = make_application(anna)
    before = read(anna, made["id"])
    changes: tuple[Json, ...] = ({"status": "withdrawn"}, {"variants": [variant("Mine.")]}, {})

    for change in changes:
        assert_absent(ben, f"PATCH {ONE}", made["id"], "Application", change)
    assert_absent(ben, f"DELETE {ONE}", made["id"], "Application")

    assert read(anna, made["id"]) == before
    assert made["id"] in ids(listed(anna))


@rule("R3")
@guards("insert:owner")
@pytest.mark.needs("tracker")
def test_what_anna_writes_is_hers_whatever_the_body_says(
    anna: Person, ben: Person, make_application: New
) -> None:
    ben.get("/api/profile")
    owner = {"user_id": ben.id, "userId": ben.id}
    made = make_application(anna, company="Southwind", **owner)
    followed = anna.post(TRACKER, json={"applicationId": made["id"], **owner}).json()

    assert read(anna, made["id"])["user_id"] == followed["user_id"] == anna.id
    changed(anna, made["id"], status="submitted", **owner)
    assert read(anna, made["id"])["user_id"] == anna.id
    assert made["id"] not in ids(listed(ben))
    assert followed["id"] not in ben.get(TRACKER).text


def test_an_application_goes_from_draft_to_accepted_through_the_list(
    anna: Person, make_application: New
) -> None:
    made, other = make_application(anna), make_application(anna)
    submitted_at = changed(anna, made["id"], status="submitted")["submitted_at"]
    before = "submitted"

    for status in ("viewed", "interviewing", "offered", "accepted"):
        row = changed(anna, made["id"], status=status)
        assert (row["status"], row["submitted_at"]) == (status, submitted_at)
        assert made["id"] in ids(listed(anna, status=status))
        assert made["id"] not in ids(listed(anna, status=before))
        before = status

    assert other["id"] in ids(listed(anna, status="draft"))
    refused = anna.patch(f"{APPLICATIONS}/{made['id']}", json={"status": "hired"})
    assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_ERROR")
    assert read(anna, made["id"])["status"] == "accepted"


@pytest.mark.fresh
def test_the_next_application_moves_up_when_one_is_deleted(
    anna: Person, make_application: New
) -> None:
    made = [make_application(anna, company=f"Company {number}")["id"] for number in range(3)]
    first = anna.get(APPLICATIONS, params={"limit": 2}).json()
    assert (ids(first["applications"]), first["hasMore"]) == ([made[2], made[1]], True)

    assert anna.delete(f"{APPLICATIONS}/{made[1]}").status_code == 204

    first = anna.get(APPLICATIONS, params={"limit": 2}).json()
    assert (ids(first["applications"]), first["hasMore"]) == ([made[2], made[0]], False)
    assert (first["total"], listed(anna, limit=2, page=2)) == (2, [])


@rule("R13", "R1")
def test_a_letter_of_many_pages_is_kept_and_one_without_end_is_refused(
    anna: Person, make_application: New
) -> None:
    made = make_application(anna, variants=[variant("é" * (MEBIBYTE // 4))])
    before = read(anna, made["id"])
    assert len(before["variants"][0]["coverLetter"]) == MEBIBYTE // 4
    endless = {"variants": [variant("x" * MEBIBYTE)]}

    answers = [
        anna.patch(f"{APPLICATIONS}/{made['id']}", json=endless),
        anna.post(APPLICATIONS, json={"jobTitle": "Endless", "company": "Northwind", **endless}),
        anna.patch(f"{APPLICATIONS}/{made['id']}", content=b'{"company": "North'),
    ]

    assert [answer.status_code for answer in answers] == [413, 413, 400]
    assert read(anna, made["id"]) == before
    assert "Endless" not in [row["job_title"] for row in listed(anna)]
