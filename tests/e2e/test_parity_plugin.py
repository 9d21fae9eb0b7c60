"""A run of pytest records what its cases were answered, and compares; with xdist, too."""

import json
from pathlib import Path

import pytest

from e2e.parity.record import read

ROOT = Path(__file__).parents[2]
CONFTEST = '''
import json
from pathlib import Path

import httpx
import pytest

from e2e.exchanges import Exchanges
from e2e.parity.plugin import Recorder
from e2e.target import Target

JSON = "application/json"


def pytest_addoption(parser):
    for name in ("--record", "--compare"):
        parser.addoption(name, type=Path)
    parser.addoption("--saved", type=eval, default=0)
    parser.addoption("--fails", action="store_true")


def pytest_configure(config):
    asked = config.option
    recorder = Recorder(
        record=asked.record,
        compare=asked.compare,
        report=Path("report/parity.html"),
        fails=asked.fails,
    )
    config.pluginmanager.register(recorder, "e2e-parity")


class Near(Target):
    """Answers from this process."""

    def client(self, saved=0):
        def answer(request):
            if request.url.path == "/health":
                return httpx.Response(200, json={"version": "1.2.3", "runtime": "Workers"})
            told = json.dumps({"saved": saved, "half of a pair": "\\ud83d"})
            stream = httpx.ByteStream(told.encode())
            return httpx.Response(200, headers={"content-type": JSON}, stream=stream)

        return httpx.Client(base_url=self.api, transport=httpx.MockTransport(answer))


@pytest.fixture(scope="session")
def target():
    api, supabase = "http://shop.localhost", "http://auth.localhost"
    return Near("own", "staging", api, None, supabase, "", "shop")


@pytest.fixture
def exchanges():
    return Exchanges()


@pytest.fixture
def client(target, exchanges, pytestconfig):
    with target.client(pytestconfig.option.saved) as client:
        client.event_hooks = exchanges.hooks
        yield client


@pytest.fixture
def visit():
    return None
'''
PASSING = """
import pytest


def test_one(client):
    client.get("/api/jobs")


def test_two(client):
    client.get("/api/skills")
    client.post("/api/skills")


def test_in_a_browser(client, visit):
    client.get("/api/jobs")


def test_without(client):
    client.get("/api/jobs")
    pytest.skip("this needs more")


def test_that_asks_for_nothing():
    pass
"""
FAILING = """
def test_broken(client):
    client.get("/api/jobs")
    raise AssertionError
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_shop=PASSING)
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio", *arguments)


def differences(suite: pytest.Pytester) -> list[tuple[str, str, object, object]]:
    told = json.loads((suite.path / "report" / "parity.json").read_text())["differences"]
    return [(one["case"], one["field"], one["recorded"], one["other"]) for one in told]


@pytest.mark.parametrize("parallel", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_cases_of_the_api_are_recorded(suite: pytest.Pytester, parallel: tuple[str, ...]) -> None:
    result = run(suite, "--record", "shop.json", *parallel)

    told = read(suite.path / "shop.json")
    assert (told.about.target, told.about.environment, told.about.api) == (
        "shop",
        "staging",
        "1.2.3",
    )
    assert {name: (case.outcome, len(case.answers)) for name, case in told.cases.items()} == {
        "test_shop.py::test_one": ("passed", 1),
        "test_shop.py::test_that_asks_for_nothing": ("passed", 0),
        "test_shop.py::test_two": ("passed", 2),
        "test_shop.py::test_without": ("skipped", 0),
    }
    assert told.cases["test_shop.py::test_without"].reason == "this needs more"
    result.stdout.fnmatch_lines(["3 cases are in shop.json"])


@pytest.mark.thorough
def test_two_runs_write_the_same_file(suite: pytest.Pytester) -> None:
    run(suite, "--record", "alone.json")
    run(suite, "--record", "parallel.json", "-n", "2")

    assert (suite.path / "alone.json").read_text() == (suite.path / "parallel.json").read_text()


def test_a_case_that_failed_is_recorded_without_answers(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_shop=FAILING)

    result = run(suite, "--record", "shop.json")

    [case] = read(suite.path / "shop.json").cases.values()
    assert (case.outcome, case.answers) == ("failed", ())
    result.stdout.fnmatch_lines(["1 have failed and are there without answers"])


@pytest.mark.parametrize("parallel", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_another_target_is_compared(suite: pytest.Pytester, parallel: tuple[str, ...]) -> None:
    run(suite, "--record", "shop.json")

    result = run(suite, "--compare", "shop.json", "--saved", "False", *parallel)

    assert result.ret == 0
    assert differences(suite) == [
        ("test_shop.py::test_one", "$.saved", 0, False),
        ("test_shop.py::test_two", "$.saved", 0, False),
        ("test_shop.py::test_two", "$.saved", 0, False),
    ]
    result.stdout.fnmatch_lines(
        [
            "3 cases compared, 1 alike, 2 differ, 1 not compared",
            "GET /api/jobs     $.saved  0         false  type  1",
            "not compared (1): this needs more",
            "all of it: report/parity.html",
        ]
    )


def test_differences_fail_the_run_when_asked_to(suite: pytest.Pytester) -> None:
    run(suite, "--record", "shop.json")

    assert run(suite, "--compare", "shop.json", "--saved", "False", "--fails").ret == 1
    assert run(suite, "--compare", "shop.json", "--fails").ret == 0


def test_a_case_that_fails_here_is_compared(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_shop=FAILING.replace("raise AssertionError", "pass"))
    run(suite, "--record", "shop.json")
    suite.makepyfile(test_shop=FAILING)

    result = run(suite, "--compare", "shop.json", "--saved", "7")

    assert differences(suite) == [("test_shop.py::test_broken", "$.saved", 0, 7)]
    result.stdout.fnmatch_lines(["*1 failed here"])


def test_a_record_that_cannot_be_read_is_refused_at_once(suite: pytest.Pytester) -> None:
    result = run(suite, "--compare", "shop.json")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --compare: shop.json: No such file or directory"])
