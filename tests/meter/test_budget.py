"""The mark `budget`, as somebody else's test suite uses it."""

import pytest

from emulator.testing import TwinServer

TESTS = """
import pytest

SETUP = (
    "CREATE TABLE jobs(id INTEGER PRIMARY KEY, title);"
    "INSERT INTO jobs WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 500) SELECT i, 'job ' || i FROM n"
)

@pytest.fixture
def query(cloudflare, twin_account):
    account = {"account_id": twin_account.id}
    made = cloudflare.d1.database.create(**account, name="shop")
    def query(sql, params=()):
        return cloudflare.d1.database.query(made.uuid, **account, sql=sql, params=[*params])
    query(SETUP)
    return query

@pytest.mark.budget(rows_read=10, rows_written=0)
def test_a_point_read_is_cheap(query):
    query("SELECT title FROM jobs WHERE id = ?", ["7"])

@pytest.mark.budget(rows_read=10)
def test_a_scan_is_not(query):
    query("SELECT title FROM jobs WHERE id = 7")
    query("SELECT id FROM jobs WHERE title = 'job 7'")

@pytest.mark.budget(rows_read=10)
def test_a_failure_of_its_own_comes_first(query):
    query("SELECT * FROM jobs")
    assert False, "its own"

@pytest.mark.budget(rows_red=10)
def test_units_have_names(query):
    pass

@pytest.mark.budget(rows_read=10)
def test_without_a_twin():
    pass
"""
QUIET = ("-o", "asyncio_default_fixture_loop_scope=function")


def test_a_test_that_scans_a_table_fails_and_says_so(
    pytester: pytest.Pytester, twin_server: TwinServer
) -> None:
    pytester.makepyfile(TESTS)

    result = pytester.runpytest_inprocess("--twin-url", twin_server.url, *QUIET)

    result.assert_outcomes(passed=1, failed=4)
    result.stdout.fnmatch_lines_random(
        [
            "budget exceeded: rows_read is 501, more than 10",
            "  500 in 1 call of SELECT id FROM jobs WHERE title = 'job 7'",
            "*AssertionError: its own",
            "nothing is billed by 'rows_red'; there are requests, *",
            "the mark `budget` needs the fixture twin_server",
        ]
    )
    assert twin_server.control.get("/_twin/meter/runs").json()["runs"] == []
