"""SARIF: valid, the same from run to run, and without what must not leave."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from emulator.leaks.report.baseline import Accepted
from emulator.leaks.report.sarif import log
from emulator.leaks.report.told import document
from tests.leaks.reported import HOSTILE, JWT, TODAY, found, much, observation, report, whole

SUBSET = json.loads(Path(__file__).with_name("sarif-2.1.0-subset.json").read_text())
VALIDATOR = Draft202012Validator(SUBSET)
Json = dict[str, Any]


def results(told: Json) -> list[Json]:
    found: list[Json] = told["runs"][0]["results"]
    return found


def test_the_log_is_valid() -> None:
    for made in (whole(), report(), report(audit=(found(severity="note"),))):
        assert list(VALIDATOR.iter_errors(log(made))) == []


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.text(), st.text(), st.text(), st.binary())
def test_the_log_is_valid_whatever_is_said(rule: str, route: str, text: str, body: bytes) -> None:
    request = much()[-1].request
    seen = observation(rule=rule, route=route, message=text, where=text, request=request)
    told = log(report(seen, audit=(found(statement=text, script=text),), source=route))

    assert list(VALIDATOR.iter_errors(told)) == []
    assert json.loads(json.dumps(told).encode("utf-8")) == told


def test_a_result_names_its_rule_its_level_and_its_route() -> None:
    told = log(whole(source="fixtures/routes of it.txt", lines={"GET /api/notes/:id": 7}))
    rules = told["runs"][0]["tool"]["driver"]["rules"]
    first = results(told)[0]

    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results(told))
    assert (first["ruleId"], first["level"]) == ("leak/marker", "error")
    assert first["locations"][0] == {
        "physicalLocation": {
            "artifactLocation": {"uri": "fixtures/routes%20of%20it.txt", "uriBaseId": "SRCROOT"},
            "region": {"startLine": 7},
        },
        "logicalLocations": [{"fullyQualifiedName": "GET /api/notes/:id", "kind": "resource"}],
    }
    assert first["webRequest"]["method"] == "GET"
    assert first["webResponse"]["statusCode"] == 200


def test_fingerprints_stay_when_ids_and_markers_change() -> None:
    again = observation(marker="zq" + "a" * 14, answer=None, message="other words")
    one, other = log(report(observation())), log(report(again))

    assert [each["partialFingerprints"] for each in results(one)] == [
        each["partialFingerprints"] for each in results(other)
    ]


def test_what_is_accepted_is_suppressed_and_the_rest_says_that_it_is_not() -> None:
    made = whole()
    known = (
        Accepted(made.findings[0].fingerprint, "It is meant so.", TODAY),
        Accepted(made.findings[1].fingerprint, "late", TODAY - timedelta(9), TODAY - timedelta(1)),
    )
    told = results(log(whole(baseline=known)))

    assert told[0]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "It is meant so. Accepted on 2026-11-26.",
        }
    ]
    assert all(one["suppressions"] == [] for one in told[1:])
    assert not any("suppressions" in one for one in results(log(made)))


def test_a_run_that_was_stopped_says_so() -> None:
    from tests.leaks.reported import observed

    seen = observed(stopped="900 seconds have passed", left_behind=("user x",))
    [invocation] = log(report(observations=seen))["runs"][0]["invocations"]

    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 2
    assert len(invocation["toolExecutionNotifications"]) == 2


@pytest.mark.parametrize("form", [log, document])
def test_tokens_do_not_leave(form: Any) -> None:
    text = json.dumps(form(whole()))

    assert JWT not in text
    assert "session=" not in text or "session=<token>" in text
    assert "Bearer $TOKEN" in text


def test_messages_hold_no_links_of_others() -> None:
    told = log(report(observation(message=HOSTILE)))

    assert "\\[x\\](http" in results(told)[0]["message"]["text"]


def test_the_json_has_every_finding_and_its_state() -> None:
    told = document(whole())

    assert told["exit_code"] == 1
    assert {one["state"] for one in told["findings"]} == {"open"}
    assert told["mutation"]["percent"] == 33.3
    assert len(told["run"]["matrix"]) == 5
    assert told["audit"][0]["statement"].startswith("SELECT")
