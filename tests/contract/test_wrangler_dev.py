"""The real `wrangler dev` with remote bindings: what its Worker gets over the bridge is what a
Worker gets that the twin runs (`fixtures/workers/conformance`).

wrangler asks for port 443 of this machine. So each run has a network of its own (`bridged.py`).
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import NODE_MODULES, node

EXPECTED: dict[str, dict[str, Any]] = json.loads(
    Path("fixtures/workers/conformance/expected.json").read_text()
)
# `wrangler dev` caches for itself.
CASES = [(suite, case) for suite, cases in EXPECTED.items() if suite != "cache" for case in cases]
WRANGLER = NODE_MODULES / "wrangler" / "bin" / "wrangler.js"
ALONE = ("unshare", "--net", "--mount")
TIMEOUT_SECONDS = 110


def obstacle() -> str | None:
    """Why there cannot be a network of one's own."""
    if node() is None or not WRANGLER.is_file():
        return f"no wrangler in {NODE_MODULES}: run 'make node'"
    try:
        tried = subprocess.run([*ALONE, "true"], capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return tried.stderr.strip() or None


pytestmark = [
    pytest.mark.wrangler,
    pytest.mark.skipif((reason := obstacle()) is not None, reason=str(reason)),
]


def run(mode: str, directory: Path) -> Any:
    module = [sys.executable, "-m", "tests.contract.bridged"]
    command = [*ALONE, *module, mode, str(directory), str(node()), str(WRANGLER)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run("conformance", tmp_path_factory.mktemp("dev"))


@pytest.mark.parametrize(("suite", "case"), CASES)
def test_a_remote_binding_does_what_it_does_in_the_twin(report: Any, suite: str, case: str) -> None:
    assert report[suite][case] == EXPECTED[suite][case]


def test_no_case_is_left_out(report: Any) -> None:
    assert sorted(
        (suite, case) for suite in EXPECTED if suite in report for case in report[suite]
    ) == sorted(CASES)


def test_a_service_answers_by_the_callers_url(report: Any) -> None:
    answer = [202, "1", "POST http://example.com/a%2Fb?c=d 1 body"]

    assert report["bridge"]["a service is asked"] == answer


def test_a_socket_reaches_a_service(report: Any) -> None:
    assert report["bridge"]["a socket of a service"] == "hello back"


def test_a_method_of_a_service_is_refused_in_words(report: Any) -> None:
    text = "Error: RPC over the remote binding SHOP is not implemented by Cloudflare Twin"

    assert report["bridge"]["a method of a service"] == {"thrown": text}


def test_calls_at_once_do_not_meet(report: Any) -> None:
    assert report["bridge"]["calls at once"] is True


def test_metadata_need_not_be_ascii(report: Any) -> None:
    assert report["bridge"]["metadata that is not ASCII"] == {
        "value": "värde",
        "metadata": {"by": "Ådå 🜁"},
        "cacheStatus": None,
    }


def test_a_large_object_goes_there_and_back(report: Any) -> None:
    assert report["large"] == [True, True]


def test_wrangler_renews_what_is_over(report: Any) -> None:
    text = "Error: KV PUT failed: 400 Invalid Workers Preview configuration"

    assert report["after an hour"] == [{"thrown": text}, True]


@pytest.mark.parametrize("mode", ["readme", "hosts"])
def test_what_the_readme_says_is_all_that_is_needed(mode: str, tmp_path: Path) -> None:
    assert run(mode, tmp_path) == [{"score": 1, "id": "coal"}]
