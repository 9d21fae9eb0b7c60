"""Exchanges, answers and records that tests make up."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from e2e.contract import ROUTES
from e2e.exchanges import Exchange
from e2e.parity.answers import Answer
from e2e.parity.masks import Json
from e2e.parity.record import About, Case, Record

ABOUT = About("jobmatch-ai-dev", "own", "development", "2026-11-26", "0.1.0", "1.0.0", "Workers")
CASE = "e2e/jobs/test_jobs.py::test_a_job_is_found"

names = st.text("abcXYZ_- .é", max_size=8)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
answers = st.builds(
    Answer,
    route=st.sampled_from(sorted(ROUTES)),
    person=st.sampled_from(["anna", "ben", "anyone"]),
    status=st.sampled_from([200, 201, 404]),
    headers=st.dictionaries(
        st.sampled_from(["content-type", "vary", "x-frame-options"]),
        st.sampled_from(["application/json", "origin", "DENY"]),
    ).map(lambda found: dict(sorted(found.items()))),
    kind=st.just("json"),
    body=values,
)
cases = st.builds(
    Case,
    outcome=st.just("passed"),
    answers=st.lists(answers, max_size=4).map(tuple),
) | st.builds(Case, outcome=st.just("skipped"), reason=names)
records = st.builds(Record, about=st.just(ABOUT), cases=st.dictionaries(names, cases, max_size=3))


def answer(body: Json = None, **fields: Any) -> Answer:
    """Of a job that was asked for."""
    told: dict[str, Any] = {
        "route": "GET /api/jobs/:id",
        "person": "anna",
        "status": 200,
        "headers": {},
        "kind": "json",
        "body": {} if body is None else body,
    }
    return Answer(**{**told, **fields})


def record(*told: Answer, **fields: Any) -> Record:
    """With one case."""
    case: dict[str, Any] = {"outcome": "passed", "answers": told}
    return Record(ABOUT, {CASE: Case(**{**case, **fields})})


def exchange(path: str = "/api/jobs", **fields: Any) -> Exchange:
    headers: Mapping[str, str] = {"content-type": "application/json"}
    told: dict[str, Any] = {
        "at": 0.0,
        "seconds": 0.0,
        "method": "GET",
        "url": f"http://jobmatch.localhost{path}",
        "path": path,
        "route": "GET /api/jobs",
        "person": "anna",
        "request_headers": {},
        "request_body": b"",
        "status": 200,
        "headers": headers,
        "body": b"{}",
    }
    return Exchange(**{**told, **fields})
