"""What differs from run to run is masked, and no mask hides another type."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2e.parity.freedom import masked
from e2e.parity.masks import NAMES, Json, Masker, type_of
from tests.e2e.recording import values

API = "http://jobmatch-ai-dev.localhost:43210"
ID = "0b0c0d0e-1111-4222-8333-444455556666"
MASKER = Masker({"api": API, "site": None})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, "<id>"),
        (f"Job with ID {ID} not found", "Job with ID <id> not found"),
        (f"{ID}-mabcd123", "<state>"),
        ("2026-11-26T10:20:30.123Z", "<time>"),
        ("2026-11-26 10:20:30", "<sql time>"),
        ("2026-11-26T10:20:30+00:00", "<other time>"),
        ("Thu, 26 Nov 2026 10:20:30 GMT", "<http time>"),
        ("Engineer_2026-11-26.txt", "Engineer_<date>.txt"),
        ("2020-01-31", "2020-01-31"),
        ("anna-0123456789ab@example.com", "<address>"),
        ("eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", "<token>"),
        ("Welder 0f3a9b21", "Welder <random>"),
        (f"users%2F{ID}%2Fprofile%2Fme-1764155555555-k3j2.png", "users%2F<id>%2Fprofile%2F<m>"),
        (f"{API}/api/files?expires=1764155555", "<api>/api/files?expires=<s>"),
        ("a?to=http%3A%2F%2Fjobmatch-ai-dev.localhost%3A43210%2Fx", "a?to=<api>%2Fx"),
        (f"{API}9/api", "<origin>/api"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("dear " * 1000, "<text of 5000 signs>"),
        ("<text of 5000 signs>", "<literal text of 5000 signs>"),
        ("Full-stack C++ <engineer>", "Full-stack C++ <engineer>"),
    ],
)
def test_a_text_is_masked(text: str, expected: str) -> None:
    assert MASKER.text(text) == expected.replace("<m>", "me-<ms-random>.png")


@given(st.text(max_size=30), st.sampled_from(NAMES))
def test_a_text_that_looks_like_a_mask_is_not_one(around: str, name: str) -> None:
    text = f"{around}<{name}>"

    assert not MASKER.text(text).endswith(f"<{name}>")
    assert type_of(MASKER.value(f"<{name}>")) == "string"


@given(values)
def test_no_mask_hides_a_type(value: Json) -> None:
    for route, status in (("GET /api/jobs", 200), ("POST /api/resume/parse", 200), ("-", 500)):
        shown = masked({"profile": value, "details": value, "stack": value}, route, status, MASKER)
        for member in ("profile", "details", "stack"):
            assert is_alike(value, shown[member])


def is_alike(value: Json, shown: Json) -> bool:
    if type_of(shown) != ("string" if isinstance(value, str) else type_of(value)):
        return False
    if isinstance(value, dict) and shown != "<object>":
        return list(value) == list(shown) and all(is_alike(value[one], shown[one]) for one in value)
    if isinstance(value, list) and shown != "<list>":
        return all(map(is_alike, value, shown))
    return True


@given(st.uuids(), st.uuids(), st.datetimes(), st.datetimes())
def test_two_runs_are_masked_alike(a: Any, b: Any, then: Any, now: Any) -> None:
    first, second = (
        f"users/{one}/x at {when:%Y-%m-%dT%H:%M:%S}.000Z" for one, when in ((a, then), (b, now))
    )
    if then.year > 999 and now.year > 999:
        assert MASKER.text(first) == MASKER.text(second) == "users/<id>/x at <time>"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_764_155_555, "<number: s>"),
        (1_764_155_555_123, "<number: ms>"),
        (48, 48),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_a_number_that_is_a_time_is_masked_as_a_number(value: Json, expected: Json) -> None:
    assert MASKER.value(value) == expected
    assert type_of(MASKER.value(value)) == type_of(value)


def test_what_models_write_is_told_by_its_type() -> None:
    answer = {
        "overallScore": 71,
        "dimensions": {"skillMatch": {"score": 8, "justification": "Much Go."}},
        "strengths": ["Go"],
        "cached": False,
    }

    assert masked(answer, "POST /api/jobs/:id/analyze", 200, MASKER) == {
        "overallScore": "<number>",
        "dimensions": {"skillMatch": {"score": "<number>", "justification": "<text>"}},
        "strengths": "<list>",
        "cached": False,
    }


def test_what_a_library_says_is_free_and_what_the_contract_says_is_not() -> None:
    refused = {"code": "VALIDATION_ERROR", "message": "Oh", "details": {"fields": {"title": "x"}}}
    absent = {"code": "NOT_FOUND", "message": "Job not found", "details": {"resource": "Job"}}

    assert masked(refused, "POST /api/jobs", 400, MASKER) == {
        "code": "VALIDATION_ERROR",
        "message": "<text>",
        "details": {"fields": {"title": "<text>"}},
    }
    assert masked(absent, "GET /api/jobs/:id", 404, MASKER) == absent


def test_what_an_index_lists_is_free() -> None:
    index = {"name": "JobMatch AI API", "endpoints": {"jobs": {"GET /api/jobs": "All"}}}

    assert masked(index, "GET /api", 200, MASKER) == {
        "name": "JobMatch AI API",
        "endpoints": {"jobs": "<object>"},
    }
