"""Letters from the day they are written to the day they are deleted."""

import pytest

from e2e.applications.written import APPLICATIONS, KEYS, changed, generated, ids, listed, read
from e2e.cast import New
from e2e.people import People, Person
from e2e.refusals import ID, assert_absent

rule = pytest.mark.rule
guards = pytest.mark.guards
pytestmark = pytest.mark.needs("jobs", "profile")


@rule("R13")
def test_letters_for_a_job_are_chosen_changed_submitted_and_deleted(
    anna: Person, make_job: New, make_experience: New
) -> None:
    make_experience(anna)
    job = make_job(anna, title="Ward Sister", company="Clinic Nord")
    made = generated(anna, job)
    assert [set(one) for one in made["variants"]] == [KEYS] * 3
    assert made["selectedVariantId"] == made["variants"][0]["id"]
    assert read(anna, made["id"])["variants"] == made["variants"]

    *others, last = made["variants"]
    mine = {**last, "coverLetter": "Dear Ms Öberg,\n\nI would like to come."}
    after = changed(anna, made["id"], variants=[*others, mine], selectedVariantId=mine["id"])
    submitted = changed(anna, made["id"], status="submitted")

    assert after["variants"] == submitted["variants"] == [*others, mine]
    assert (submitted["status"], bool(submitted["submitted_at"])) == ("submitted", True)
    assert submitted["selected_variant_id"] == mine["id"]
    row = next(row for row in listed(anna, status="submitted") if row["id"] == made["id"])
    assert (row["job_title"], row["variants"]) == ("Ward Sister", [*others, mine])
    assert anna.delete(f"{APPLICATIONS}/{made['id']}").status_code == 204
    assert anna.get(f"{APPLICATIONS}/{made['id']}").status_code == 404
    assert made["id"] not in ids(listed(anna))


@rule("R3")
@guards("body:job-id", "get:jobs")
def test_nobody_applies_for_anothers_job(
    anna: Person, ben: Person, make_job: New, make_experience: New
) -> None:
    job = make_job(anna, title="Harbour Pilot")
    make_experience(ben)
    by_hand = {"jobTitle": "Harbour Pilot", "company": "Northwind"}

    assert_absent(ben, f"POST {APPLICATIONS}/generate", job["id"], "Job", {"jobId": ID})
    assert_absent(ben, f"POST {APPLICATIONS}", job["id"], "Job", {**by_hand, "jobId": ID})

    assert "Harbour Pilot" not in [row["job_title"] for row in listed(ben)]
    assert generated(ben, make_job(ben))["jobTitle"] != "Harbour Pilot"


@rule("R15")
@pytest.mark.fresh
def test_somebody_new_is_told_what_letters_need_and_gets_them_then(
    anna: Person, make_job: New, make_experience: New
) -> None:
    job = make_job(anna)
    refused = anna.post(f"{APPLICATIONS}/generate", json={"jobId": job["id"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_ERROR")
    assert "workExperience" in refused.json()["details"]["fields"]
    assert listed(anna) == []

    make_experience(anna)

    made = generated(anna, job)
    assert ids(listed(anna)) == [made["id"]]


def test_letters_stay_when_their_job_is_deleted(
    anna: Person, make_job: New, make_experience: New
) -> None:
    make_experience(anna)
    job = make_job(anna)
    made = generated(anna, job)

    assert anna.delete(f"/api/jobs/{job['id']}").status_code == 204

    row = read(anna, made["id"])
    assert (row["job_id"], row["job_title"]) == (None, job["title"])
    assert changed(anna, made["id"], status="submitted")["variants"] == made["variants"]
    assert_absent(anna, f"POST {APPLICATIONS}/generate", job["id"], "Job", {"jobId": ID})


@rule("R13")
def test_two_devices_work_on_one_letter(
    anna: Person, people: People, make_application: New
) -> None:
    made = make_application(anna)
    phone = people.again(anna)
    letter = {**made["variants"][0], "coverLetter": "By phone."}

    changed(phone, made["id"], variants=[letter])
    changed(anna, made["id"], company="Southwind")

    row = read(phone, made["id"])
    assert (row["company"], row["variants"]) == ("Southwind", [letter])
    assert phone.delete(f"{APPLICATIONS}/{made['id']}").status_code == 204
    late = anna.patch(f"{APPLICATIONS}/{made['id']}", json={"company": "Westwind"})
    assert late.status_code == 404
