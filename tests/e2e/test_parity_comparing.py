"""Two targets' answers: each difference is told once, by its field and its kind."""

from typing import Any

import pytest
from hypothesis import given

from e2e.parity.answers import Answer
from e2e.parity.comparing import Comparison, Difference, compare
from e2e.parity.grouping import grouped
from e2e.parity.masks import Json
from e2e.parity.record import Record
from e2e.parity.table import table
from tests.e2e.recording import ABOUT, CASE, answer, record, records, values

OTHERS = {"missing": "extra", "extra": "missing", "type": "type", "value": "value"}


def found(recorded: Answer, other: Answer) -> list[tuple[str, Json, Json, str]]:
    comparison = compare(record(recorded), record(other))
    return [(one.field, one.recorded, one.other, one.kind) for one in comparison.differences]


def told(comparison: Comparison) -> list[tuple[int, str, str, str]]:
    return [(one.request, one.route, one.field, one.kind) for one in comparison.differences]


@pytest.mark.parametrize(
    ("recorded", "other", "expected"),
    [
        ({"total": 1}, {"total": 1.0}, []),
        ({"saved": 0}, {"saved": False}, [("$.saved", 0, False, "type")]),
        ({"id": "<id>"}, {"id": 7}, [("$.id", "<id>", 7, "type")]),
        ({"at": "<number: ms>"}, {"at": "<time>"}, [("$.at", "<number: ms>", "<time>", "type")]),
        ({"at": "<time>"}, {"at": "<sql time>"}, [("$.at", "<time>", "<sql time>", "value")]),
        ({"url": None}, {}, [("$.url", None, None, "missing")]),
        ({}, {"url": "x"}, [("$.url", None, "x", "extra")]),
        ({"jobs": [{"a": 1}]}, {"jobs": [{"a": 2}]}, [("$.jobs[0].a", 1, 2, "value")]),
        ({"tags": ["a", "b"]}, {"tags": ["a"]}, [("$.tags[1]", "b", None, "missing")]),
        ({"tags": "<list>"}, {"tags": "<list>"}, []),
        ({"tags": "<list>"}, {"tags": ["a"]}, []),
        ({"it": {"a": 1}}, {"it": "<object>"}, []),
        ({"tags": "<list>"}, {"tags": "none"}, [("$.tags", "<list>", "none", "type")]),
        ([], {}, [("$", [], {}, "type")]),
    ],
)
def test_a_body_is_compared_member_by_member(recorded: Json, other: Json, expected: Any) -> None:
    assert found(answer(recorded), answer(other)) == expected


def test_headers_are_compared_by_name() -> None:
    recorded = answer(headers={"vary": "origin", "cache-control": "private"})
    other = answer(headers={"vary": "accept", "x-powered-by": "magic"})

    assert found(recorded, other) == [
        ("header cache-control", "private", None, "missing"),
        ("header vary", "origin", "accept", "value"),
        ("header x-powered-by", None, "magic", "extra"),
    ]


def test_of_an_answer_with_another_status_no_more_is_told() -> None:
    other = answer({"error": "x"}, status=404, headers={"vary": "x"})

    assert found(answer({"id": "<id>"}), other) == [("status", 200, 404, "value")]


def test_a_body_of_another_kind_is_of_another_type() -> None:
    pdf = answer(kind="pdf", body=None)

    assert found(pdf, answer(kind="text", body=None)) == [("body", "pdf", "text", "type")]


def test_requests_that_one_side_did_not_make_are_told_and_the_rest_is_compared() -> None:
    listed, one, gone = (answer({"n": n}, route=f"GET /{n}") for n in "abc")
    other = answer({"n": "z"}, route="GET /c")

    comparison = compare(record(listed, one, gone), record(listed, other, answer(person="ben")))

    assert told(comparison) == [
        (2, "GET /b", "request", "missing"),
        (3, "GET /c", "$.n", "value"),
        (3, "GET /api/jobs/:id", "request", "extra"),
    ]


@given(records)
def test_a_record_is_like_itself(told: Record) -> None:
    comparison = compare(told, told)

    skipped = [name for name, case in told.cases.items() if case.outcome == "skipped"]
    assert not comparison.differences
    assert sorted([*comparison.alike, *comparison.apart]) == sorted(told.cases)
    assert sorted(comparison.apart) == sorted(skipped)


@given(values, values)
def test_seen_from_the_other_side_what_is_missing_is_extra(one: Json, other: Json) -> None:
    there = found(answer({"it": one}), answer({"it": other}))
    back = found(answer({"it": other}), answer({"it": one}))

    turned = [(field, after, before, OTHERS[kind]) for field, before, after, kind in back]
    assert sorted(map(repr, there)) == sorted(map(repr, turned))


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        ({}, {"outcome": "skipped", "reason": "no jobs here"}, "no jobs here"),
        (
            {"outcome": "skipped", "reason": "no site"},
            {},
            "skipped when it was recorded: no site",
        ),
        ({"outcome": "failed"}, {}, "failed when it was recorded"),
        (None, {}, "not in the record"),
        ({}, {"outcome": "failed", "answers": ()}, "failed before it was answered anything"),
    ],
)
def test_a_case_that_cannot_be_compared_says_why(before: Any, now: Any, why: str) -> None:
    recorded = Record(ABOUT) if before is None else record(answer(), **before)

    comparison = compare(recorded, record(answer(), **now))

    assert comparison.apart == {CASE: why}
    assert comparison.compared == 0


def test_a_case_that_did_not_run_is_not_missed() -> None:
    assert not compare(record(answer()), Record(ABOUT)).apart


def test_a_case_that_failed_here_is_compared_as_far_as_it_came() -> None:
    comparison = compare(record(answer(), answer()), record(answer(), outcome="failed"))

    assert comparison.failed == [CASE]
    assert told(comparison) == [(2, "GET /api/jobs/:id", "request", "missing")]


def difference(**fields: Any) -> Difference:
    one = {"case": CASE, "request": 1, "route": "GET /api/jobs", "field": "$.jobs[0].saved"}
    return Difference(**{**one, "recorded": 0, "other": False, "kind": "type", **fields})


def test_differences_of_many_rows_and_cases_are_one_group() -> None:
    same = [difference(), difference(field="$.jobs[1].saved"), difference(case="e2e/x.py::test_y")]

    [other, group] = grouped([*same, difference(recorded=1, other=True), difference(other="no")])

    assert (group.field, group.texts) == ("$.jobs[].saved", ("0 or 1", "false or true"))
    assert (len(group.differences), len(group.cases)) == (4, 2)
    assert other.texts == ("0", '"no"')


def test_other_values_are_another_group_unless_one_is_not_there() -> None:
    values = [difference(kind="value", recorded=n, other=n + 1) for n in range(3)]
    gone = [difference(kind="missing", recorded=n, other=None) for n in range(3)]

    assert [one.texts for one in grouped([*values, *gone])] == [
        ("0 or 1 or 2", ""),
        *(("0", "1"), ("1", "2"), ("2", "3")),
    ]


def test_groups_are_in_the_order_of_the_contract() -> None:
    routes = ["GET /other", "GET /api/sessions", "GET /health"]

    assert [one.route for one in grouped([difference(route=one) for one in routes])] == [
        "GET /health",
        "GET /api/sessions",
        "GET /other",
    ]


def test_the_table_is_short() -> None:
    many = {f"f{n:02}": n for n in range(30)}

    lines = list(table(compare(record(answer(many)), record(answer({})))))

    assert lines[0] == "recorded: jobmatch-ai-dev, development, twin 0.1.0, API 1.0.0, 2026-11-26"
    assert lines[2] == "1 case compared, 0 alike, 1 differ, 0 not compared"
    assert lines[4].split() == ["route", "field", "recorded", "other", "kind", "cases"]
    assert lines[5].split() == ["GET", "/api/jobs/:id", "$.f00", "0", "missing", "1"]
    assert lines[-1] == "… and 10 more"
