"""Applications: by hand and generated, listed, changed, deleted (§3.1, R13)."""

from typing import Any

import httpx
import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Json

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"
KEYS = {"id", "name", "resume", "coverLetter", "aiRationale"}
STATUSES = (
    *("draft", "submitted", "viewed", "interviewing"),
    *("offered", "rejected", "withdrawn", "accepted"),
)


def read(person: Person, application_id: str) -> Json:
    answer = person.get(f"/api/applications/{application_id}")
    assert answer.status_code == 200, answer.text
    row: Json = answer.json()
    return row


@covers("POST /api/applications", 201)
@covers("GET /api/applications/:id", 200, "R13")
def test_an_application_by_hand_is_there_as_it_was_sent(anna: Person, make_job: New) -> None:
    job = make_job(anna)
    variant = {"id": "one", "name": "First", "coverLetter": "Dear Zoë,\n…", "aiRationale": ["a"]}
    sent = {
        "jobTitle": "Nurse",
        "company": "St. Mary's",
        "jobId": job["id"],
        "status": "submitted",
        "selectedVariantId": "one",
        "variants": [variant],
    }

    answer = anna.post("/api/applications", json=sent)

    told = answer.json()
    assert answer.status_code == 201
    assert {name: told[name] for name in sent if name != "variants"} == {
        name: value for name, value in sent.items() if name != "variants"
    }
    row = read(anna, told["id"])
    assert (row["user_id"], row["job_title"], row["status"]) == (anna.id, "Nurse", "submitted")
    assert row["variants"][0].items() >= variant.items()


@covers("POST /api/applications", 201)
def test_title_and_company_are_enough_for_a_draft(anna: Person) -> None:
    told = anna.post("/api/applications", json={"jobTitle": "Nurse", "company": "Clinic"}).json()

    row = read(anna, told["id"])
    assert (told["status"], row["status"]) == ("draft", "draft")
    assert (row["job_id"], row["variants"]) == (None, [])


@covers("POST /api/applications", 201)
def test_an_application_is_made_in_every_status(anna: Person, make_application: New) -> None:
    made = {status: make_application(anna, status=status)["id"] for status in STATUSES}

    assert {status: read(anna, one)["status"] for status, one in made.items()} == {
        status: status for status in STATUSES
    }


@covers("PATCH /api/applications/:id", 200)
def test_an_application_is_moved_to_every_status(anna: Person, make_application: New) -> None:
    path = f"/api/applications/{make_application(anna)['id']}"

    moved = [anna.patch(path, json={"status": status}).json()["status"] for status in STATUSES]

    assert moved == list(STATUSES)
    assert anna.get(path).json()["status"] == STATUSES[-1]


@pytest.mark.parametrize(
    "changed",
    [
        {"jobTitle": ""},
        {"jobTitle": None},
        {"company": ""},
        {"company": 7},
        {"status": "ready-ish"},
        {"status": None},
        {"jobId": 7},
        {"variants": "none"},
        {"variants": {"id": "one"}},
        {"selectedVariantId": 1},
    ],
    ids=str,
)
@covers("POST /api/applications", 400)
@covers("GET /api/applications", 200)
def test_an_application_that_is_none_is_refused_by_field(
    anna: Person, changed: dict[str, Any]
) -> None:
    answer = anna.post("/api/applications", json={"jobTitle": "N", "company": "C", **changed})

    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert next(iter(changed)) in str(answer.json()["details"]["fields"])
    assert anna.get("/api/applications").json()["total"] == 0


@covers("POST /api/applications", 404, "R3")
@covers("GET /api/applications", 200)
def test_an_application_for_a_foreign_job_is_as_for_an_unknown_one(
    anna: Person, ben: Person, make_job: New
) -> None:
    job_ids = (make_job(anna)["id"], UNKNOWN)
    new = {"jobTitle": "Nurse", "company": "Clinic"}

    answers = [ben.post("/api/applications", json={**new, "jobId": one}) for one in job_ids]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert ben.get("/api/applications").json()["total"] == 0


@covers("POST /api/applications", 413, "R13")
def test_an_application_beyond_a_mebibyte_is_too_large(anna: Person) -> None:
    letter = {"id": "one", "coverLetter": "x" * (1 << 20)}
    new = {"jobTitle": "Nurse", "company": "Clinic", "variants": [letter]}

    assert anna.post("/api/applications", json=new).status_code == 413


@covers("POST /api/applications", 201, "R13")
def test_an_application_of_almost_a_mebibyte_is_kept_whole(anna: Person) -> None:
    letter = "ab cd\n" * 140_000
    new = {"jobTitle": "N", "company": "C", "variants": [{"id": "one", "coverLetter": letter}]}

    made = anna.post("/api/applications", json=new)

    assert made.status_code == 201, made.text[:200]
    assert read(anna, made.json()["id"])["variants"][0]["coverLetter"] == letter


@covers("GET /api/applications", 200, "R13")
def test_variants_are_the_same_array_wherever_they_are_read(
    anna: Person, make_application: New
) -> None:
    made = make_application(anna)

    listed = anna.get("/api/applications").json()["applications"][0]["variants"]
    changed = anna.patch(f"/api/applications/{made['id']}", json={}).json()["variants"]

    assert set(made["variants"][0]) == KEYS
    assert listed == changed == read(anna, made["id"])["variants"] == made["variants"]


@covers("PATCH /api/applications/:id", 200, "R13")
def test_variants_title_and_company_can_be_changed(anna: Person, make_application: New) -> None:
    made = make_application(anna)
    edited = {**made["variants"][0], "coverLetter": "Dear Ms. Ågren,\n\nsooner."}
    changes = {"variants": [edited], "jobTitle": "Head Nurse", "company": "Clinic"}

    answer = anna.patch(f"/api/applications/{made['id']}", json=changes)

    row = read(anna, made["id"])
    assert answer.status_code == 200
    assert answer.json()["variants"] == row["variants"] == [edited]
    assert (row["job_title"], row["company"]) == ("Head Nurse", "Clinic")


@covers("PATCH /api/applications/:id", 200)
def test_a_change_keeps_the_rest_and_bumps_the_stamp(anna: Person, make_application: New) -> None:
    before = read(anna, make_application(anna)["id"])

    path = f"/api/applications/{before['id']}"
    answer = anna.patch(path, json={"selectedVariantId": "other"})

    after = read(anna, before["id"])
    assert answer.json() == after
    assert after["updated_at"] > before["updated_at"]
    differing = {name for name in before if before[name] != after[name]}
    assert differing == {"selected_variant_id", "updated_at"}


@covers("PATCH /api/applications/:id", 200)
def test_submitting_notes_the_time(anna: Person, make_application: New) -> None:
    made = make_application(anna)

    row = anna.patch(f"/api/applications/{made['id']}", json={"status": "submitted"}).json()

    assert row["submitted_at"]
    assert row["submitted_at"] >= row["created_at"]
    assert read(anna, made["id"])["submitted_at"] == row["submitted_at"]


@covers("PATCH /api/applications/:id", 200)
def test_what_nobody_may_change_is_left_as_it_is(
    anna: Person, ben: Person, make_application: New
) -> None:
    made = make_application(anna)
    before = read(anna, made["id"])
    foreign = {"user_id": ben.id, "userId": ben.id, "id": "x", "created_at": "1999", "nonsense": 1}

    answer = anna.patch(f"/api/applications/{made['id']}", json=foreign)

    assert answer.status_code == 200
    assert read(anna, made["id"]) == {**before, "updated_at": answer.json()["updated_at"]}
    assert ben.get("/api/applications").json()["total"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "lost"},
        {"status": 1},
        {"selectedVariantId": []},
        {"variants": "x"},
        {"variants": [7]},
        {"jobTitle": ""},
        {"company": 3},
    ],
    ids=str,
)
@covers("PATCH /api/applications/:id", 400)
def test_a_change_that_means_nothing_is_refused(
    anna: Person, make_application: New, changes: dict[str, Any]
) -> None:
    before = read(anna, make_application(anna)["id"])

    answer = anna.patch(f"/api/applications/{before['id']}", json=changes)

    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert read(anna, before["id"]) == before


@covers("DELETE /api/applications/:id", 204, 404)
@covers("GET /api/applications/:id", 404)
@covers("PATCH /api/applications/:id", 404)
def test_a_deleted_application_is_gone(anna: Person, make_application: New) -> None:
    path = f"/api/applications/{make_application(anna)['id']}"

    answer = anna.delete(path)

    assert (answer.status_code, answer.content) == (204, b"")
    later = [anna.get(path), anna.delete(path), anna.patch(path, json={})]
    assert [(one.status_code, one.json()["code"]) for one in later] == [(404, "NOT_FOUND")] * 3
    assert later[0].json()["details"]["resource"] == "Application"


@covers("GET /api/applications", 200)
def test_the_newest_application_comes_first_page_by_page(
    anna: Person, make_application: New
) -> None:
    for number in range(5):
        make_application(anna, jobTitle=f"Job {number}")

    first = anna.get("/api/applications?limit=2").json()
    last = anna.get("/api/applications?limit=2&page=3").json()

    assert [row["job_title"] for row in first["applications"]] == ["Job 4", "Job 3"]
    counted = (first["total"], first["page"], first["limit"], first["hasMore"])
    assert counted == (5, 1, 2, True)
    assert [row["job_title"] for row in last["applications"]] == ["Job 0"]
    assert last["hasMore"] is False


@covers("GET /api/applications", 200)
def test_the_list_can_be_narrowed_to_a_status(anna: Person, make_application: New) -> None:
    make_application(anna)
    offered = make_application(anna, status="offered")

    found = anna.get("/api/applications?status=offered").json()
    none = anna.get("/api/applications", params={"status": "' OR 1=1 --"}).json()

    assert [row["id"] for row in found["applications"]] == [offered["id"]]
    assert (found["total"], none["total"]) == (1, 0)


@covers("GET /api/applications", 400)
def test_a_page_that_is_none_is_refused(anna: Person) -> None:
    queries = ("page=0", "page=-1", "page=x", "page=1.5", "limit=0", "limit=101", "limit=")
    answers = [anna.get(f"/api/applications?{query}") for query in queries]

    assert [answer.status_code for answer in answers] == [400] * len(queries)
    assert {answer.json()["code"] for answer in answers} == {"VALIDATION_ERROR"}


@covers("DELETE /api/jobs/:id", 204)
def test_an_application_outlives_its_job(
    anna: Person, make_job: New, make_application: New
) -> None:
    job = make_job(anna)
    made = make_application(anna, jobId=job["id"])

    anna.delete(f"/api/jobs/{job['id']}")

    row = read(anna, made["id"])
    assert (row["job_id"], row["job_title"]) == (None, "Backend Engineer")


@covers("POST /api/applications/generate", 404)
def test_letters_for_an_unknown_job_are_not_found(anna: Person) -> None:
    answer = anna.post("/api/applications/generate", json={"jobId": UNKNOWN})

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert answer.json()["details"]["resource"] == "Job"


@covers("POST /api/applications/generate", 400)
def test_letters_need_work_experience(anna: Person, make_job: New) -> None:
    job_id = make_job(anna)["id"]

    answer = anna.post("/api/applications/generate", json={"jobId": job_id})

    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert "workExperience" in answer.json()["details"]["fields"]
    assert anna.get("/api/applications").json()["total"] == 0


@covers("POST /api/applications/generate", 400)
def test_a_job_id_of_odd_signs_is_refused(anna: Person) -> None:
    odd = ("", "a b", "a/b", "../x", "é", "'--", "a\n", None, 7, ["a"])
    answers = [anna.post("/api/applications/generate", json={"jobId": one}) for one in odd]

    assert [answer.status_code for answer in answers] == [400] * len(odd)
    assert all("jobId" in answer.json()["details"]["fields"] for answer in answers)


@covers("POST /api/applications/generate", 429, "R14")
def test_letters_are_generated_twenty_times_an_hour(anna: Person) -> None:
    body = {"jobId": UNKNOWN}
    answers = [anna.post("/api/applications/generate", json=body) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [404] * 20 + [429]
    assert answers[-1].json()["details"]["remaining"] == 0


@covers("POST /api/applications/generate", 201, "R13")
def test_generated_letters_are_three_and_kept(
    anna: Person, make_job: New, make_experience: New, control: httpx.Client
) -> None:
    job = make_job(anna, title="Night Nurse", company="Clinic")
    make_experience(anna)

    answer = anna.post("/api/applications/generate", json={"jobId": job["id"]})

    told = answer.json()
    assert answer.status_code == 201, answer.text
    assert (told["jobId"], told["jobTitle"], told["company"]) == (
        job["id"],
        "Night Nurse",
        "Clinic",
    )
    names = [(one["id"], one["name"]) for one in told["variants"]]
    assert names == [
        ("variant-impact", "Impact-Focused"),
        ("variant-keyword", "Keyword-Optimized"),
        ("variant-concise", "Concise"),
    ]
    assert (told["status"], told["selectedVariantId"]) == ("draft", "variant-impact")
    assert all(set(one) == KEYS and one["coverLetter"] for one in told["variants"])
    assert read(anna, told["id"])["variants"] == told["variants"]


@covers("POST /api/applications/generate", 404, "R3")
@covers("GET /api/applications", 200)
def test_letters_for_a_foreign_job_are_not_generated(
    anna: Person, ben: Person, make_job: New, make_experience: New
) -> None:
    job = make_job(anna)
    make_experience(ben)

    answer = ben.post("/api/applications/generate", json={"jobId": job["id"]})

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert ben.get("/api/applications").json()["total"] == 0
