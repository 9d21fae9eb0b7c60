"""What of an answer is kept, and which of a case's answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2e.exchanges import Exchange
from e2e.parity.answers import answer_of
from e2e.parity.masks import Masker
from e2e.parity.polling import answers_of
from tests.e2e.recording import exchange

MASKER = Masker()


def test_headers_that_count_are_kept_in_any_case() -> None:
    sent = {
        "Content-Type": "Application/JSON; charset=UTF-8",
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "97",
        "Retry-After": "12",
        "Vary": "Origin, Accept-Encoding",
        "Access-Control-Allow-Methods": "POST,GET",
        "X-Frame-Options": "DENY",
        "Date": "today",
        "Content-Length": "2",
    }

    assert answer_of(exchange(headers=sent), MASKER).headers == {
        "access-control-allow-methods": "get, post",
        "content-type": "application/json;charset=utf-8",
        "retry-after": "<present>",
        "vary": "accept-encoding, origin",
        "x-frame-options": "DENY",
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": "<present>",
    }


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("application/pdf", b"%PDF-1.7", "pdf"),
        ("image/png", b"\x89PNG\r\n\x1a\n", "png"),
        ("application/octet-stream", b"\x00\x01", "other"),
        ("text/plain; charset=utf-8", b"Dear Anna", "text"),
        ("application/json", b"", "empty"),
        ("application/json", b"{oops", "broken json"),
        ("application/problem+json", b"[]", "json"),
    ],
)
def test_a_body_is_told_by_its_kind(content_type: str, body: bytes, kind: str) -> None:
    told = answer_of(exchange(headers={"content-type": content_type}, body=body), MASKER)

    assert told.kind == kind
    assert told.body == ([] if kind == "json" else None)


def test_a_path_that_the_contract_does_not_know_is_told_masked() -> None:
    path = "/api/other/0b0c0d0e-1111-4222-8333-444455556666"

    assert answer_of(exchange(path, route=None), MASKER).route == "GET /api/other/<id>"


def one_after_another(*exchanges: dict[str, Any]) -> list[Exchange]:
    return [exchange(**{"at": float(at), **told}) for at, told in enumerate(exchanges)]


def jobs(count: int) -> bytes:
    return json.dumps({"total": count}).encode()


def totals(exchanges: list[Exchange]) -> list[Any]:
    return [told.body.get("total") for told in answers_of(exchanges, MASKER)]


def test_what_is_asked_until_it_suits_counts_once_with_its_last_answer() -> None:
    polled = one_after_another({"body": jobs(0)}, {"body": jobs(0)}, {"body": jobs(1)})

    assert totals(polled) == [1]


def test_a_round_of_two_requests_counts_once() -> None:
    first, second = {"path": "/api/jobs"}, {"path": "/api/skills"}

    polled = one_after_another(
        {**first, "body": jobs(0)},
        {**second, "body": jobs(2)},
        {**first, "body": jobs(1)},
        {**second, "body": jobs(3)},
    )

    assert totals(polled) == [1, 3]


@pytest.mark.parametrize(
    "other",
    [
        {"method": "POST"},
        {"person": "ben"},
        {"path": "/api/jobs?page=2", "url": "http://jobmatch.localhost/api/jobs?page=2"},
    ],
)
def test_what_is_not_the_same_request_again_counts_twice(other: dict[str, Any]) -> None:
    again = {"method": "POST"} if "method" in other else {}

    assert len(answers_of(one_after_another(again, other), MASKER)) == 2


@given(st.permutations(range(4)))
def test_what_is_asked_side_by_side_has_one_order(order: list[int]) -> None:
    """However fast each was, and in whatever order the rows were made."""
    same = [
        exchange(at=float(at), seconds=9.0, method="POST", body=jobs(number))
        for at, number in enumerate(order)
    ]
    rows = json.dumps({"total": [{"name": number} for number in order]}).encode()

    made = totals([*same, exchange(at=20.0, body=rows)])

    assert made == [0, 1, 2, 3, [{"name": number} for number in range(4)]]


@pytest.mark.parametrize("found", [0, 1])
def test_what_is_read_while_something_is_written_says_only_its_type(found: int) -> None:
    """Which of the two came first is not the target's doing."""
    side_by_side = [
        exchange(at=0.0, seconds=2.0, body=jobs(found)),
        exchange(at=1.0, seconds=2.0, method="POST", body=jobs(7)),
    ]

    told = [one.body for one in answers_of(side_by_side, MASKER)]

    assert told == ["<object>", {"total": 7}]


@given(st.lists(st.sampled_from(["/api/jobs", "/api/skills", "/api/sessions"]), max_size=12))
def test_settled_answers_stay_as_they_are(paths: list[str]) -> None:
    exchanges = one_after_another(*({"path": path, "body": path_body(path)} for path in paths))
    kept = [told.body["path"] for told in answers_of(exchanges, MASKER)]

    again = one_after_another(*({"path": path, "body": path_body(path)} for path in kept))

    assert [told.body["path"] for told in answers_of(again, MASKER)] == kept
    assert kept[-1:] == paths[-1:]


def path_body(path: str) -> bytes:
    return json.dumps({"path": path}).encode()
