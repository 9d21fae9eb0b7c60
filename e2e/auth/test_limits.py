"""How much one may ask for, and that nobody's requests are counted as another's."""

import httpx
import pytest

from e2e.people import People, Person

pytestmark = [pytest.mark.rule("R14"), pytest.mark.fresh]
needs = pytest.mark.needs
guards = pytest.mark.guards
LIMIT = 5


def told(answer: httpx.Response) -> tuple[int, int, int]:
    headers = answer.headers
    left = int(headers["x-ratelimit-remaining"])
    return answer.status_code, int(headers["x-ratelimit-limit"]), left


@needs("linkedin")
@guards("limits:shared")
def test_who_has_used_up_their_requests_is_in_nobody_elses_way(
    people: People, anna: Person, ben: Person
) -> None:
    answers = [anna.get("/api/auth/linkedin/initiate") for _ in range(LIMIT + 1)]
    again = people.again(anna).get("/api/auth/linkedin/initiate")
    others = ben.get("/api/auth/linkedin/initiate")

    assert told(others) == (200, LIMIT, LIMIT - 1)
    assert told(again) == (429, LIMIT, 0)
    granted = [(200, LIMIT, left) for left in range(LIMIT - 1, -1, -1)]
    assert [told(answer) for answer in answers] == [*granted, (429, LIMIT, 0)]
    refused = answers[-1]
    assert refused.json()["code"] == "RATE_LIMIT_EXCEEDED"
    assert refused.json()["details"]["remaining"] == 0
    assert 0 < int(refused.headers["retry-after"]) <= 900
    # One window: all of them have told the same end of it.
    assert len({answer.headers["x-ratelimit-reset"] for answer in (*answers, again)}) == 1


@needs("exports")
@guards("limits:shared")
def test_requests_are_counted_by_route_and_by_user_whatever_comes_of_them(
    anna: Person, ben: Person
) -> None:
    unknown, wrong = {"applicationId": "unknown"}, {"applicationId": 1}

    for one in (anna, ben):
        for route in ("/api/exports/text", "/api/exports/pdf"):
            absent, refused = one.post(route, json=unknown), one.post(route, json=wrong)
            assert told(absent) == (404, 30, 29)
            assert told(refused) == (400, 30, 28)
    assert anna.get("/api/profile").status_code == 200
