"""What a run reports: cases that fail, and those that do not."""

from pathlib import Path

import pytest

from tests.e2e.reported import Reported, run

SUITE = """
import pytest

pytestmark = pytest.mark.rule("R2")


@pytest.mark.rule("R1")
@pytest.mark.guards("get:jobs")
def test_a_job_is_its_owners(ask):
    made = ask(201, "/jobs/", json={"title": "Engineer"})
    read = ask(200, "/jobs/1/", json={"title": "Engineer"})
    ask(204, "/last/")
    assert made.status_code == 201
    assert read.status_code == 404, read.text


def test_the_last_request_is_meant_where_none_is_named(ask):
    ask(200, "/first/")
    ask(500, "/second/")
    assert 1 == 2


def test_a_helper_fails(ask):
    checked(ask(409, "/helped/"))


def checked(answer):
    assert answer.status_code == 200


def test_nothing_was_asked():
    raise RuntimeError("before anything")


def test_what_prepares_a_case_fails(broken):
    pass


@pytest.fixture
def broken(ask):
    ask(503, "/prepared/")
    raise ValueError("not ready")


def test_a_page_has_a_mistake(request):
    from e2e.reporting.evidence import EVIDENCE
    request.node.stash[EVIDENCE].mistakes.append("x is not a function")


def test_a_witness_is_called(request):
    from e2e.reporting.evidence import EVIDENCE
    evidence = request.node.stash[EVIDENCE]
    evidence.witnesses.append(lambda: evidence.attach("trace", "a <trace>", "t.zip").unlink())
    assert False


def test_it_holds(ask):
    assert ask(200).status_code == 200


@pytest.mark.skip(reason="there is no <i>tracker</i>")
def test_it_is_left_out():
    pass


@pytest.mark.xfail(reason="known")
def test_it_is_known_to_fail():
    assert False
"""


@pytest.fixture(scope="module", params=[(), ("-n", "2")], ids=["alone", "xdist"])
def reported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    return run(tmp_path_factory.mktemp("suite") / "project", SUITE, *request.param)


def test_a_failure_has_its_rule_its_request_and_its_answer(reported: Reported) -> None:
    case = reported.cases["test_a_job_is_its_owners"]

    assert (case["outcome"], case["rules"]) == ("failed", ["R1", "R2"])
    assert case["guards"] == ["get:jobs"]
    assert case["request"] == "POST /jobs/1/200 as anna"
    assert case["answer"] == '200 { "title": "Engineer" }'
    assert case["expected"] == "assert read.status_code == 404, read.text"
    assert "assert 200 == 404" in case["message"]


def test_what_a_failure_is_about(reported: Reported) -> None:
    asked = {name: case["request"] for name, case in reported.cases.items()}

    last = "test_the_last_request_is_meant_where_none_is_named"
    assert asked[last] == "POST /second/500 as anna"
    assert asked["test_a_helper_fails"] == "POST /helped/409 as anna"
    assert asked["test_what_prepares_a_case_fails"] == "POST /prepared/503 as anna"
    assert asked["test_nothing_was_asked"] is None


def test_the_statement_is_the_cases_own_and_the_helpers_is_told_too(reported: Reported) -> None:
    helped = reported.cases["test_a_helper_fails"]

    assert helped["expected"] == "assert answer.status_code == 200"
    assert "jobs/test_jobs.py:" in reported.page


def test_mistakes_beside_a_case_let_it_fail(reported: Reported) -> None:
    case = reported.cases["test_a_page_has_a_mistake"]

    assert case["outcome"] == "failed"
    assert "x is not a function" in case["message"]


def test_a_report_with_a_gap_says_what_is_missing(reported: Reported) -> None:
    assert reported.cases["test_a_witness_is_called"]["outcome"] == "failed"
    assert "a page could not be looked at: FileNotFoundError" in reported.page


def test_every_case_is_listed_with_its_outcome(reported: Reported) -> None:
    assert reported.summary["counts"] == {"failed": 7, "passed": 1, "skipped": 2}
    assert reported.cases["test_it_is_left_out"]["reason"] == "there is no <i>tracker</i>"
    assert reported.cases["test_it_is_known_to_fail"]["reason"] == "expected to fail: known"
    assert "7 of 10 cases failed" in reported.page
    assert "there is no &lt;i&gt;tracker&lt;/i&gt;" in reported.page


def test_the_last_lines_say_what_failed_and_where_the_page_is(reported: Reported) -> None:
    *others, last = reported.said.strip().splitlines()

    assert last == "report: out/report.html"
    assert len([line for line in others[-7:] if line.startswith("R")]) == 7
    assert any(
        line.startswith("R1 R2 · POST /jobs/1/200 as anna → 200") and "A job is its owners" in line
        for line in others
    )


def test_a_run_in_which_all_passes_is_reported_too(tmp_path: Path) -> None:
    suite = 'def test_it_holds(ask):\n    assert ask(200, "/").status_code == 200\n'

    found = run(tmp_path / "project", suite)

    assert "1 case passed" in found.page
    assert found.summary["counts"] == {"passed": 1}
    assert found.said.strip().splitlines()[-1] == "report: out/report.html"


def test_what_cannot_be_collected_is_reported(tmp_path: Path) -> None:
    found = run(tmp_path / "project", "import nothing_of_that_name\n")

    assert found.summary["counts"] == {"failed": 1}
    assert "nothing_of_that_name" in found.page


@pytest.mark.thorough
def test_a_process_that_dies_takes_no_case_with_it(tmp_path: Path) -> None:
    suite = "import os\n\n\ndef test_it_ends():\n    os._exit(3)\n"

    found = run(tmp_path / "project", suite, "-n", "1")

    assert found.summary["counts"] == {"failed": 1}
    assert "crashed" in found.page
