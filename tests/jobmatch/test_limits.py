"""How many requests are too many: by address for everything, by user and route for some."""

from datetime import datetime, timedelta

import httpx
import pytest

from e2e.cast import New
from e2e.people import People, Person, fresh_address

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"

# Method, path, a body that is soon refused, and how many of them an hour (or 15 minutes) takes.
LIMITED = [
    ("POST", "/api/emails/send", 10),
    ("POST", "/api/applications/generate", 20),
    ("POST", "/api/jobs/scrape", 10),
    ("POST", "/api/resume/parse", 20),
    ("POST", "/api/exports/pdf", 30),
    ("POST", "/api/exports/docx", 30),
    ("POST", "/api/exports/text", 30),
    ("GET", "/api/auth/linkedin/initiate", 5),
    ("POST", "/api/applications", 100),
    ("POST", "/api/jobs/search", 100),
    ("POST", f"/api/jobs/{UNKNOWN}/analyze", 100),
    ("POST", "/api/resume/analyze-gaps", 100),
    ("PATCH", f"/api/resume/gap-analysis/{UNKNOWN}/answer", 100),
    ("POST", "/api/resume/upload", 100),
]


def remaining(answer: httpx.Response) -> int:
    return int(answer.headers["x-ratelimit-remaining"])


@covers("GET /api/jobs", 200, 429, "R14")
def test_the_101st_request_of_a_minute_is_refused(anna: Person) -> None:
    answers = [anna.get("/api/jobs") for _ in range(101)]

    assert [answer.status_code for answer in answers] == [200] * 100 + [429]
    assert [remaining(answer) for answer in answers] == [*range(99, -1, -1), 0]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"100"}
    assert "x-ratelimit-reset" not in answers[0].headers


@covers("GET /api/jobs", 401, 429, "R14")
def test_a_refusal_by_address_says_when_to_come_back(anyone: Person) -> None:
    for _ in range(100):
        anyone.get("/api/nothing")

    answer = anyone.get("/api/jobs", headers={"origin": "https://jobmatch-ai.pages.dev"})

    seconds = int(answer.headers["retry-after"])
    assert 0 < seconds <= 60
    assert answer.json() == {
        "code": "RATE_LIMIT_EXCEEDED",
        "message": f"Rate limit exceeded. Try again in {seconds} seconds.",
        "statusCode": 429,
    }
    assert answer.headers["access-control-allow-origin"] == "https://jobmatch-ai.pages.dev"
    assert datetime.fromisoformat(answer.headers["x-ratelimit-reset"]).utcoffset() == timedelta(0)
    # Nobody else is in the way, and what is no request of the API goes on.
    assert anyone.get("/api/jobs", headers={"cf-connecting-ip": fresh_address()}).status_code == 401
    assert anyone.get("/health").status_code == 200
    assert anyone.request("OPTIONS", "/api/jobs").status_code == 204


def test_the_quota_of_an_address_is_for_all_of_its_users(people: People, anna: Person) -> None:
    ben = people.new("ben")
    anna.get("/api/skills")

    answer = ben.get("/api/skills", headers={"cf-connecting-ip": anna.address})

    assert remaining(answer) == 98


@pytest.mark.parametrize(("method", "path", "limit"), LIMITED, ids=lambda value: str(value))
@covers("POST /api/jobs/search", "R14")
def test_a_route_with_a_limit_says_how_much_is_left(
    anna: Person, method: str, path: str, limit: int
) -> None:
    first, second = (anna.request(method, path, content=b"not JSON") for _ in range(2))

    assert first.headers["x-ratelimit-limit"] == str(limit)
    assert (remaining(first), remaining(second)) == (limit - 1, limit - 2)
    assert first.headers["x-ratelimit-reset"] == second.headers["x-ratelimit-reset"]
    assert first.status_code < 500


@covers("GET /api/auth/linkedin/initiate", 200, 429, "R14")
def test_a_limit_by_user_is_exact(anna: Person) -> None:
    answers = [anna.get("/api/auth/linkedin/initiate") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    refused = answers[-1]
    reset = refused.headers["x-ratelimit-reset"]
    assert refused.json()["details"] == {"limit": 5, "remaining": 0, "resetAt": reset}
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert "stack" not in refused.json()


@covers("POST /api/emails/send", 400, 429, "R14")
def test_refused_bodies_count_too(anna: Person) -> None:
    answers = [anna.post("/api/emails/send", json={}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [400] * 10 + [429]


@covers("POST /api/applications/generate", 404, 429, "R14")
def test_what_was_not_found_counts_too(anna: Person) -> None:
    body = {"jobId": UNKNOWN}
    answers = [anna.post("/api/applications/generate", json=body) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [404] * 20 + [429]


@covers("POST /api/jobs/:id/analyze", 404, "R14")
def test_a_limit_counts_by_pattern_and_not_by_path(anna: Person, make_job: New) -> None:
    ids = [UNKNOWN, make_job(anna)["id"], "another"]

    left = [remaining(anna.post(f"/api/jobs/{id}/analyze")) for id in ids]

    assert left == [99, 98, 97]


@covers("POST /api/exports/pdf", 400, "R14")
def test_routes_do_not_share_a_counter(anna: Person) -> None:
    left = [remaining(anna.post(f"/api/exports/{kind}")) for kind in ("pdf", "docx", "text", "pdf")]

    assert left == [29, 29, 29, 28]


@covers("GET /api/auth/linkedin/initiate", 200, 429, "R14")
def test_users_do_not_share_a_counter(anna: Person, ben: Person) -> None:
    for _ in range(6):
        last = anna.get("/api/auth/linkedin/initiate")

    assert last.status_code == 429
    assert remaining(ben.get("/api/auth/linkedin/initiate")) == 4


@covers("GET /api/auth/linkedin/initiate", 200, "R14")
def test_another_session_does_not_count_anew(people: People, anna: Person) -> None:
    anna.get("/api/auth/linkedin/initiate")

    assert remaining(people.again(anna).get("/api/auth/linkedin/initiate")) == 3


@covers("GET /api/auth/linkedin/callback", 302, 429, "R14")
def test_the_callback_has_a_counter_of_its_own(anyone: Person) -> None:
    answers = [anyone.get("/api/auth/linkedin/callback") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"10"}
    # These eleven were counted once by the address's other limiter, not twice.
    assert remaining(anyone.get("/api/jobs")) == 88
