"""What a dry run tells: of the settings, the cases, and what a record has of them."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from e2e.parity.answers import Answer
from e2e.parity.record import About, Case, Record, text_of
from e2e.real import plan
from e2e.real.ledger import Run
from e2e.settings import Settings, settings_from

RUN = Run("https://dev.example.com", "https://auth", "development", "w", "2026-01-01T00:00:00Z")
CASES = """
import pytest

@pytest.fixture
def anna(): pass

def test_jobs(anna): pass

@pytest.mark.skip(reason="no")
def test_nothing(): pass
"""


@pytest.fixture
def items(pytester: pytest.Pytester) -> list[pytest.Item]:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    items, _ = pytester.inline_genitems(pytester.makepyfile(test_x=CASES))
    return items


def asked(environment: Mapping[str, str] = {}, **options: Any) -> Settings:
    given = {f"e2e_{name}": value for name, value in options.items()}
    return settings_from(Namespace(**given), environment)


def recorded(folder: Path, case: str, *routes: str) -> None:
    answers = tuple(Answer(route, "anna", 200, {}, "json") for route in routes)
    record = Record(About("x", "own", "development", "2026-01-01"), {case: Case("passed", answers)})
    (folder / "reference.json").write_text(text_of(record), "utf-8")


def test_hosts_and_what_has_no_access(items: list[pytest.Item]) -> None:
    told = "\n".join(plan.told(RUN, asked(), items))

    assert "https://dev.example.com (development; its clock says 2026-01-01" in told
    assert "cases        1 would run, 1 would be skipped" in told
    assert "no access: what no route deletes would stay" in told
    assert "1 or more users would sign up; without a service key they stay" in told
    assert "refused" not in told


def test_what_looks_like_production_is_told(items: list[pytest.Item]) -> None:
    told = "\n".join(plan.told(RUN, asked({"E2E_SITE": "https://jobmatch.example"}), items))

    assert "refused      jobmatch.example looks like production" in told


def test_accounts_are_named_without_their_passwords(items: list[pytest.Item]) -> None:
    settings = asked({"E2E_ACCOUNTS": "a@example.com:one,b@example.com:t:wo"})

    told = "\n".join(plan.told(RUN, settings, items))

    assert "people       none made; a@example.com, b@example.com" in told
    assert "one" not in told.split("none made")[1].splitlines()[0]


def test_a_record_tells_requests_and_time(items: list[pytest.Item], tmp_path: Path) -> None:
    routes = ("POST /api/jobs", "POST /api/jobs", "GET /api/jobs", "POST /api/emails/send")
    recorded(tmp_path, items[0].nodeid, *routes)

    expected = plan.expected_of(items, tmp_path)

    assert expected is not None
    assert expected.requests["POST /api/jobs"] == 2
    assert expected.created.total() == 2
    told = "\n".join(plan.requests(expected, 1, asked(pace="5", budget="3")))
    assert "4, as reference.json has them of 1 cases" in told
    assert "2 minutes or more at 5 requests a minute" in told
    assert "3 requests are not enough" in told
    assert "POST /api/emails/send leaves a row in email_history, and a mail" in told


def test_without_a_record_nothing_is_guessed(items: list[pytest.Item], tmp_path: Path) -> None:
    assert plan.expected_of(items, tmp_path) is None
