"""A profile, and the first requests of somebody new (§3.7, R15)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from e2e.people import People, Person
from e2e.target import Json

covers = pytest.mark.covers


def profile(person: Person) -> Json:
    answer = person.get("/api/profile")
    assert answer.status_code == 200, answer.text
    row: Json = answer.json()["profile"]
    return row


@covers("GET /api/profile", 200, "R15")
def test_a_new_user_has_a_profile(anna: Person) -> None:
    answer = anna.get("/api/profile")

    row = answer.json()["profile"]
    assert answer.json()["message"]
    assert (row["id"], row["email"]) == (anna.id, anna.email)
    assert profile(anna) == row


@covers("PATCH /api/profile", 200, "R15")
def test_a_profile_is_changed_as_it_was_sent(anna: Person) -> None:
    sent = {
        "first_name": "Åsa",
        "last_name": "O'Neil",
        "phone": "+44 20 7946 0000",
        "location": "Leeds 🇬🇧",
        "linkedin_url": "https://www.linkedin.com/in/asa",
        "current_title": "Nurse",
        "professional_summary": "One.\nTwo.",
    }

    answer = anna.patch("/api/profile", json=sent)

    row = profile(anna)
    assert (answer.status_code, answer.json()["profile"]) == (200, row)
    assert {name: row[name] for name in sent} == sent


@covers("PATCH /api/profile", 200)
def test_what_is_not_named_stays(anna: Person) -> None:
    anna.patch("/api/profile", json={"first_name": "Anna", "phone": "1"})

    anna.patch("/api/profile", json={"phone": "2"})
    answer = anna.patch("/api/profile", json={})

    assert answer.status_code == 200
    assert (profile(anna)["first_name"], profile(anna)["phone"]) == ("Anna", "2")


@covers("PATCH /api/profile", 200, "R3")
def test_nobody_becomes_somebody_else_by_a_change(anna: Person, ben: Person) -> None:
    before = profile(ben)
    foreign = {"id": ben.id, "user_id": ben.id, "email": ben.email, "created_at": "1999"}

    answer = anna.patch("/api/profile", json={**foreign, "first_name": "Anna"})

    assert answer.status_code == 200
    assert (profile(anna)["id"], profile(anna)["email"]) == (anna.id, anna.email)
    assert profile(ben) == before


@covers("PATCH /api/profile", 400)
def test_a_field_of_another_type_is_refused(anna: Person) -> None:
    before = profile(anna)
    odd: list[Any] = [{"first_name": 7}, {"phone": []}, {"location": {}}, {"last_name": True}]
    answers = [anna.patch("/api/profile", json=one) for one in odd]

    assert [answer.status_code for answer in answers] == [400] * 4
    told = answers[0].json()
    assert told["error"] == "Invalid profile data"
    assert {"code", "path", "message"} <= set(told["details"][0])
    assert told["details"][0]["path"] == ["first_name"]
    assert profile(anna) == before


@covers("GET /api/profile", 200, "R15")
def test_many_first_requests_at_once_make_one_profile(anna: Person) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: anna.get("/api/profile"), range(8)))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert {answer.json()["profile"]["id"] for answer in answers} == {anna.id}


FIRST: list[tuple[str, str, Any, int]] = [
    ("POST", "/api/skills", {"name": "Triage"}, 200),
    ("POST", "/api/profile/education", {"school": "Lund"}, 200),
    (
        "POST",
        "/api/profile/work-experience",
        {"title": "Nurse", "company": "Clinic", "start_date": "2020-01-01"},
        200,
    ),
    ("PATCH", "/api/profile", {"first_name": "Anna"}, 200),
    ("POST", "/api/jobs", {"title": "Nurse", "company": "Clinic"}, 201),
    ("POST", "/api/applications", {"jobTitle": "Nurse", "company": "Clinic"}, 201),
    ("POST", "/api/tracked-applications", {"jobTitle": "Nurse", "company": "Clinic"}, 201),
    ("GET", "/api/emails/remaining", None, 200),
    ("GET", "/api/resume", None, 200),
    ("GET", "/api/profile/work-experience", None, 200),
]


@covers("POST /api/skills", 200, "R15")
@covers("PATCH /api/profile", 200, "R15")
def test_any_request_may_be_the_first(people: People) -> None:
    def first(request: tuple[str, str, Any, int]) -> tuple[str, int, int]:
        method, path, body, status = request
        answer = people.new("new").request(method, path, json=body)
        return f"{method} {path}", answer.status_code, status

    answers = [first(request) for request in FIRST]

    assert [one for one in answers if one[1] != one[2]] == []


@covers("POST /api/skills", 200, "R15")
def test_different_first_requests_at_once_all_work(anna: Person) -> None:
    def send(request: tuple[str, str, Any, int]) -> int:
        method, path, body, status = request
        return anna.request(method, path, json=body).status_code - status

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, FIRST)) == [0] * len(FIRST)

    assert profile(anna)["first_name"] == "Anna"
