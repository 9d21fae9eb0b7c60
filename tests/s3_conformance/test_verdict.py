"""What a run means by the lists: the three counts."""

from pathlib import Path

from tests.s3_conformance.lists import Lists
from tests.s3_conformance.report import render
from tests.s3_conformance.verdict import judge, read_outcomes

LISTS = Lists(frozenset({"test_get", "test_put"}), {"test_acl": "No ACL.", "test_tag": "No."}, {})
JUNIT = """<testsuites><testsuite>
<testcase name="test_get"/>
<testcase name="test_put"><failure message="assert 1 == 2&#10; where"/></testcase>
<testcase name="test_acl"><skipped message="later"/></testcase>
<testcase name="test_tag"/><testcase name="test_tag"><error message="in teardown"/></testcase>
</testsuite></testsuites>"""


def test_outcomes_are_first_lines_and_the_worse_of_two(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT)

    outcomes = read_outcomes(tmp_path / "junit.xml")

    assert outcomes == {
        "test_get": "",
        "test_put": "assert 1 == 2",
        "test_acl": "skipped: later",
        "test_tag": "in teardown",
    }


def test_an_expected_test_that_fails_or_skips_is_unexpected() -> None:
    verdict = judge(LISTS, {"test_get": "", "test_put": "skipped: no"}, whole=False)

    assert verdict.passed == ["test_get"]
    assert verdict.unexpected == {"test_put": "skipped: no"}


def test_a_refused_test_that_passes_is_a_hint() -> None:
    verdict = judge(LISTS, {"test_acl": "", "test_tag": "501"}, whole=False)

    assert (list(verdict.refused), verdict.hints) == (["test_acl", "test_tag"], ["test_acl"])
    assert not verdict.unexpected


def test_a_test_in_neither_list_is_unexpected_even_when_it_passes() -> None:
    verdict = judge(LISTS, {"test_new": ""}, whole=False)

    assert verdict.unexpected == {"test_new": "is in neither list; it passed"}


def test_a_whole_run_finds_entries_that_are_stale() -> None:
    verdict = judge(LISTS, {"test_get": "", "test_acl": "501", "test_tag": "501"}, whole=True)

    assert verdict.unexpected == {"test_put": "is listed, but not in the suite"}


def test_the_report_ends_with_the_three_counts() -> None:
    verdict = judge(LISTS, {"test_get": "", "test_put": "why", "test_acl": ""}, whole=False)

    assert render(verdict).splitlines()[-3:] == [
        "    1 expected to pass and passed",
        "    1 refused by design",
        "    1 unexpected",
    ]
