"""Bodies that are none, on every route that takes JSON."""

from typing import Any

import pytest

from e2e.contract import BODIES
from e2e.people import Person

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"
# Whose errors are `{error, details}`.
PLAIN = ("/api/profile", "/api/skills")

MALFORMED = {
    "empty": b"",
    "blank": b"  \n",
    "open": b'{"a": 1',
    "text": b"hello",
    "trailing": b"{} {}",
    "single quotes": b"{'a': 1}",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "deep": b"[" * 100_000,
    "a form": b"a=1&b=2",
}
OTHER_TYPES = {"list": [], "list of objects": [{}], "text": "text", "number": 7, "null": None}


def path_of(route: str) -> tuple[str, str]:
    method, path = route.split(" ")
    return method, "/".join(UNKNOWN if one.startswith(":") else one for one in path.split("/"))


def is_refusal(answer: Any, path: str) -> bool:
    """In the envelope of the route."""
    told = answer.json()
    if path.startswith(PLAIN):
        return bool(told["error"]) and isinstance(told["details"], list)
    return bool(told["code"] == "VALIDATION_ERROR" and told["statusCode"] == 400)


@pytest.mark.parametrize("route", BODIES)
@covers("BODIES", 400, "R1")
def test_a_body_that_is_no_json_is_refused(anna: Person, route: str) -> None:
    method, path = path_of(route)

    for name, body in MALFORMED.items():
        answer = anna.request(method, path, content=body)
        assert answer.status_code == 400, f"{name}: {answer.status_code} {answer.text}"
        assert is_refusal(answer, path), f"{name}: {answer.text}"


@pytest.mark.parametrize("route", BODIES)
@covers("BODIES", 400, "R1")
def test_json_that_is_no_object_is_refused(anna: Person, route: str) -> None:
    method, path = path_of(route)

    for name, body in OTHER_TYPES.items():
        answer = anna.request(method, path, json=body)
        assert answer.status_code == 400, f"{name}: {answer.status_code} {answer.text}"
        assert is_refusal(answer, path), f"{name}: {answer.text}"


@pytest.mark.parametrize("route", BODIES)
@covers("BODIES", 413, "R13")
def test_a_body_over_a_mebibyte_is_too_large(anna: Person, route: str) -> None:
    method, path = path_of(route)

    answer = anna.request(method, path, content=b'{"a": "' + b"x" * (1 << 20) + b'"}')

    assert answer.status_code == 413
    assert anna.get("/api/skills").status_code == 200


@pytest.mark.parametrize("route", BODIES)
@covers("R1")
def test_numbers_that_are_none_and_texts_that_are_half_do_no_harm(anna: Person, route: str) -> None:
    method, path = path_of(route)

    for value in ("NaN", "1e999", "9" * 4_000, '"\\ud800"', '"\\u0000"', "-Infinity"):
        names = ("title", "company", "name", "query", "jobId", "answer", "profile", "limit")
        body = "{" + ", ".join(f'"{name}": {value}' for name in names) + "}"
        answer = anna.request(method, path, content=body.encode())
        assert answer.status_code < 500, f"{value[:20]}: {answer.status_code} {answer.text}"


@covers("POST /api/skills", 200)
@covers("POST /api/jobs", 201)
def test_the_type_of_a_body_is_not_looked_at_and_unknown_members_are_dropped(
    anna: Person,
) -> None:
    headers = {"content-type": "text/plain"}
    skill = anna.post(
        "/api/skills", content=b'{"name": "Go", "id": "mine", "x": 1}', headers=headers
    )
    job = anna.post("/api/jobs", content=b'{"title": "a", "company": "b", "id": "mine"}')

    assert (skill.status_code, job.status_code) == (200, 201)
    assert "mine" not in (skill.json()["skill"]["id"], job.json()["job"]["id"])


@covers("POST /api/skills", 401)
def test_the_caller_is_asked_before_the_body_is_read(anyone: Person) -> None:
    assert anyone.post("/api/skills", content=b"{").status_code == 401
