"""Jobs: by hand, listed, filtered, changed, deleted, and archived by administrators."""

from typing import Any

import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Target
from tests.jobmatch.state import rows

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def titles(person: Person, query: str = "") -> list[str]:
    answer = person.get(f"/api/jobs{query}")
    assert answer.status_code == 200, answer.text
    return [job["title"] for job in answer.json()["jobs"]]


@covers("POST /api/jobs", 201, "R17")
@covers("GET /api/jobs/:id", 200)
def test_a_job_by_hand_is_there_as_it_was_sent(anna: Person) -> None:
    sent = {
        "title": "Nurse",
        "company": "St. Mary's",
        "location": "Leeds",
        "description": "Nights.\nWeekends.",
        "url": "https://example.com/jobs/1",
        "jobType": "full-time",
        "experienceLevel": "mid",
        "workArrangement": "On-site",
        "salaryMin": 30_000,
        "salaryMax": 41_000.5,
        "requiredSkills": ["Triage", "Wound care"],
    }

    answer = anna.post("/api/jobs", json=sent)

    row = answer.json()["job"]
    assert answer.status_code == 201
    assert (row["user_id"], row["source"], row["title"]) == (anna.id, "manual", "Nurse")
    assert (row["salary_min"], row["salary_max"]) == (30_000, 41_000.5)
    assert anna.get(f"/api/jobs/{row['id']}").json() == row


@pytest.mark.parametrize(
    "changed",
    [
        {"title": ""},
        {"title": None},
        {"company": 7},
        {"jobType": "sometimes"},
        {"salaryMin": -1},
        {"salaryMin": 2, "salaryMax": 1},
        {"requiredSkills": "Python"},
        {"requiredSkills": [7]},
        {"url": "javascript:alert(1)"},
    ],
    ids=str,
)
@covers("POST /api/jobs", 400, "R17")
def test_a_job_that_is_none_is_refused_by_field(anna: Person, changed: dict[str, Any]) -> None:
    answer = anna.post("/api/jobs", json={"title": "Nurse", "company": "Clinic", **changed})

    assert answer.status_code == 400
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert answer.json()["details"]["fields"]
    assert titles(anna) == []


@covers("POST /api/jobs", 413, "R13")
def test_a_body_beyond_a_mebibyte_is_too_large(anna: Person) -> None:
    job = {"title": "Nurse", "company": "Clinic", "description": "x" * (1 << 20)}

    assert anna.post("/api/jobs", json=job).status_code == 413
    assert titles(anna) == []


@covers("GET /api/jobs", 200)
def test_the_newest_comes_first_page_by_page(anna: Person, make_job: New) -> None:
    for number in range(5):
        make_job(anna, title=f"Job {number}")

    first = anna.get("/api/jobs?limit=2").json()
    last = anna.get("/api/jobs?limit=2&page=3").json()

    assert [job["title"] for job in first["jobs"]] == ["Job 4", "Job 3"]
    counted = (first["total"], first["page"], first["limit"], first["hasMore"])
    assert counted == (5, 1, 2, True)
    assert ([job["title"] for job in last["jobs"]], last["hasMore"]) == (["Job 0"], False)


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "page=1.5",
        "limit=0",
        "limit=101",
        "source=monster",
        "minMatchScore=101",
        "minMatchScore=-1",
        "workArrangement=Moon",
        "search=" + "x" * 201,
        "archived=maybe",
        "saved=",
        "saved=2",
        "archived=yes",
    ],
)
@covers("GET /api/jobs", 400, "R6")
def test_a_filter_that_means_nothing_is_refused(anna: Person, query: str) -> None:
    answer = anna.get(f"/api/jobs?{query}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "VALIDATION_ERROR"


@covers("GET /api/jobs", 200, "R6")
@covers("PATCH /api/jobs/:id", 200)
@pytest.mark.parametrize(("yes", "no"), [("true", "false"), ("1", "0")])
def test_booleans_mean_what_they_say(anna: Person, make_job: New, yes: str, no: str) -> None:
    kept, gone = make_job(anna, title="kept"), make_job(anna, title="gone")
    anna.patch(f"/api/jobs/{kept['id']}", json={"isSaved": True})
    anna.patch(f"/api/jobs/{gone['id']}", json={"isArchived": True})

    assert titles(anna, f"?saved={yes}") == ["kept"]
    assert titles(anna, f"?saved={no}") == []
    assert titles(anna, f"?archived={yes}") == ["gone"]
    assert titles(anna, f"?archived={no}") == titles(anna) == ["kept"]


@covers("GET /api/jobs", 200)
def test_filters_narrow_the_list(anna: Person, make_job: New) -> None:
    make_job(anna, title="far", workArrangement="Remote")
    make_job(anna, title="near", workArrangement="On-site")

    assert titles(anna, "?workArrangement=Remote") == ["far"]
    assert titles(anna, "?source=linkedin") == []
    assert sorted(titles(anna, "?source=manual")) == ["far", "near"]
    assert titles(anna, "?minMatchScore=1") == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ENGINEER", ["100% Engineer"]),
        ("north", ["100% Engineer"]),
        ("%", ["100% Engineer"]),
        ("_", []),
        ("0% E", ["100% Engineer"]),
        ("'", []),
        ("x" * 200, []),
        ("\\", []),
    ],
)
@covers("GET /api/jobs", 200, "R7")
def test_wildcards_in_a_search_are_literal(
    anna: Person, make_job: New, search: str, found: list[str]
) -> None:
    make_job(anna, title="100% Engineer", company="Northwind")

    answer = anna.get("/api/jobs", params={"search": search})

    assert [job["title"] for job in answer.json()["jobs"]] == found


@covers("PATCH /api/jobs/:id", 200)
def test_an_empty_change_touches_the_date_alone(anna: Person, make_job: New) -> None:
    job = make_job(anna)

    changed = anna.patch(f"/api/jobs/{job['id']}", json={})

    assert changed.status_code == 200
    assert changed.json()["updated_at"] >= job["updated_at"]
    assert changed.json() | {"updated_at": ""} == job | {"updated_at": ""}


@pytest.mark.parametrize("change", [{"isSaved": "yes"}, {"isArchived": 1}, [], "saved"], ids=str)
@covers("PATCH /api/jobs/:id", 400)
def test_a_change_of_the_wrong_type_is_refused(anna: Person, make_job: New, change: Any) -> None:
    job = make_job(anna)

    assert anna.patch(f"/api/jobs/{job['id']}", json=change).status_code == 400
    assert anna.get(f"/api/jobs/{job['id']}").json() == job


@covers("DELETE /api/jobs/:id", 204, 404)
@covers("GET /api/jobs/:id", 404)
def test_a_deleted_job_is_gone(anna: Person, make_job: New) -> None:
    path = f"/api/jobs/{make_job(anna)['id']}"

    assert (anna.delete(path).status_code, anna.delete(path).status_code) == (204, 404)
    assert anna.get(path).status_code == 404


@covers("GET /api/jobs/:id", 404, "R3")
@covers("PATCH /api/jobs/:id", 404, "R3")
@covers("DELETE /api/jobs/:id", 404, "R3")
@covers("POST /api/jobs/:id/analyze", 404, "R3")
def test_a_foreign_job_is_as_an_unknown_one(
    anna: Person, ben: Person, make_job: New, make_experience: New
) -> None:
    make_experience(ben)
    job = make_job(anna)
    tries = [("GET", "", None), ("PATCH", "", {"isSaved": True}), ("DELETE", "", None)]

    for method, suffix, body in [*tries, ("POST", "/analyze", {})]:
        foreign = ben.request(method, f"/api/jobs/{job['id']}{suffix}", json=body)
        unknown = ben.request(method, f"/api/jobs/{UNKNOWN}{suffix}", json=body)

        assert (foreign.status_code, foreign.json()["code"]) == (404, "NOT_FOUND")
        assert foreign.json()["details"] == {"resource": "Job", "id": job["id"]}
        assert foreign.json()["message"].replace(job["id"], UNKNOWN) == unknown.json()["message"]
    assert anna.get(f"/api/jobs/{job['id']}").json() == job


@covers("GET /api/jobs", 200, "R3")
def test_jobs_of_others_are_not_listed(anna: Person, ben: Person, make_job: New) -> None:
    make_job(anna, title="Anna's")

    assert titles(ben) == titles(ben, "?search=Anna") == []


@covers("POST /api/jobs", 201, "R3")
def test_nobody_makes_a_job_for_somebody_else(anna: Person, ben: Person) -> None:
    job = {"title": "Trap", "company": "Northwind", "user_id": ben.id, "userId": ben.id}

    made = anna.post("/api/jobs", json=job).json()["job"]

    assert made["user_id"] == anna.id
    assert titles(ben) == []


@covers("POST /api/jobs/cleanup", 403, "R5")
def test_users_do_not_clean_up(anna: Person) -> None:
    answer = anna.post("/api/jobs/cleanup?daysOld=1")

    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


@covers("POST /api/jobs/cleanup", 200, "R5")
def test_administrators_do_and_new_jobs_stay(admin: Person, anna: Person, make_job: New) -> None:
    make_job(anna, title="new")

    answer = admin.post("/api/jobs/cleanup?daysOld=1")

    assert answer.status_code == 200
    assert answer.json()["success"] is True
    assert {"jobsArchived", "cutoffDate"} <= set(answer.json())
    assert titles(anna) == ["new"]


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "soon", ""])
@covers("POST /api/jobs/cleanup", 400, "R5")
def test_days_are_a_whole_number_from_one(admin: Person, days: str) -> None:
    assert admin.post(f"/api/jobs/cleanup?daysOld={days}").status_code == 400


@pytest.mark.parametrize("id", ["a%20b", "%27%20OR%201=1--", "%00", "x" * 2_000, "..%2f..", "%F0"])
@covers("GET /api/jobs/:id", 404)
def test_an_id_that_is_none_is_not_found(anna: Person, id: str) -> None:
    assert anna.get(f"/api/jobs/{id}").status_code == 404


@covers("GET /api/jobs/:id", 404)
def test_search_is_no_job(anna: Person) -> None:
    answer = anna.get("/api/jobs/search")

    assert (answer.status_code, answer.json()["details"]["id"]) == (404, "search")


@covers("GET /api/jobs", 200)
def test_a_page_beyond_the_last_is_empty(anna: Person, make_job: New) -> None:
    make_job(anna)

    for page in (2, 1_000_000):
        told = anna.get(f"/api/jobs?page={page}").json()
        assert (told["jobs"], told["total"], told["hasMore"]) == ([], 1, False)


@covers("GET /api/jobs", 200)
def test_a_full_last_page_has_no_more(anna: Person, make_job: New) -> None:
    for number in range(4):
        make_job(anna, title=f"Job {number}")

    assert [anna.get(f"/api/jobs?limit=2&page={page}").json()["hasMore"] for page in (1, 2)] == [
        True,
        False,
    ]


@covers("GET /api/jobs", 200)
def test_filters_hold_together_and_count_what_they_show(anna: Person, make_job: New) -> None:
    for title, place in (("Cook", "Remote"), ("Cook", "On-site"), ("Baker", "Remote")):
        saved = make_job(anna, title=title, workArrangement=place)
    anna.patch(f"/api/jobs/{saved['id']}", json={"isSaved": True})

    told = anna.get("/api/jobs?search=cook&workArrangement=Remote&saved=false&limit=1").json()

    assert [job["work_arrangement"] for job in told["jobs"]] == ["Remote"]
    assert (told["total"], told["hasMore"]) == (1, False)


@covers("PATCH /api/jobs/:id", 200)
def test_a_change_is_stored_as_one_or_nought(anna: Person, make_job: New) -> None:
    path = f"/api/jobs/{make_job(anna)['id']}"

    both = anna.patch(path, json={"isSaved": True, "isArchived": True}).json()
    one = anna.patch(path, json={"isSaved": False}).json()

    assert (both["is_saved"], both["is_archived"]) == (1, 1)
    assert (one["is_saved"], one["is_archived"]) == (0, 1)


@covers("PATCH /api/jobs/:id", 200, "R3")
def test_nothing_else_of_a_job_can_be_changed(anna: Person, ben: Person, make_job: New) -> None:
    job = make_job(anna)
    change = {"title": "x", "user_id": ben.id, "id": "mine", "match_score": 100}

    changed = anna.patch(f"/api/jobs/{job['id']}", json=change)

    assert changed.status_code == 200
    assert changed.json() | {"updated_at": ""} == job | {"updated_at": ""}


@covers("POST /api/jobs", 201, "R17")
def test_any_unicode_text_comes_back_as_it_was(anna: Person) -> None:
    text = "Ünïcødé 職 😀 \u202e \"quoted\" <b>&amp;</b> 'o' ; -- \\ %_"

    row = anna.post("/api/jobs", json={"title": text, "company": text, "description": text})

    job = anna.get(f"/api/jobs/{row.json()['job']['id']}").json()
    assert (job["title"], job["company"], job["description"]) == (text, text, text)


@covers("GET /api/jobs", 200)
def test_a_minimum_score_keeps_what_reaches_it(
    anna: Person, make_job: New, jobmatch: Target
) -> None:
    if jobmatch.control is None:
        pytest.skip("this sets the score in the database")
    for title, score in (("low", 64), ("just", 65), ("high", 90)):
        job = make_job(anna, title=title)
        rows(
            jobmatch, "UPDATE jobs SET match_score = ? WHERE id = ? RETURNING id", score, job["id"]
        )
    make_job(anna, title="none")

    assert titles(anna, "?minMatchScore=65") == ["high", "just"]
