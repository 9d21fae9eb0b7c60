"""What a browser leaves for the report when a case fails, and that nothing is left when not."""

import shutil
from pathlib import Path

import pytest

from e2e.browser import ffmpeg
from tests.e2e.reported import CONFTEST, Reported, run

BROWSING = (
    CONFTEST.replace(
        "    def log_message",
        """    def do_GET(self):
        page = PAGE if "broken" not in self.path else "<script>nothing()</script>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message""",
    )
    + '''
import sys

from e2e.browser.fixtures import chromium, visit
from e2e.target import Target

PAGE = """<!doctype html><title>page</title><link rel=icon href="data:,">
<button onclick="ask()">Ask</button><p></p>
<script>
async function ask() {
  const headers = { "content-type": "text/plain", authorization: "Bearer of-the-page" };
  const answer = await fetch("/jobs/409", { method: "POST", body: "from the page", headers });
  document.querySelector("p").textContent = answer.status;
}
</script>"""


@pytest.fixture(scope="session")
def target(server):
    return Target(kind="real", environment="staging", api=server, site=server, supabase="",
                  anon_key="", worker="jobs")
'''
)
SUITE = """
from e2e.people import Person


def test_a_page_asks(visit):
    page = visit("/")
    page.get_by_role("button").click()
    page.get_by_text("409").wait_for()
    assert page.title() == "another"


def test_a_page_is_broken(visit):
    visit("/broken")


def test_a_page_holds(visit, target):
    person = Person(target, None, session={"access_token": "t"})
    page = visit("/", person, width=390)
    assert page.evaluate("JSON.parse(localStorage['jobmatch-auth-token']).access_token") == "t"
    page.get_by_role("button").click()
    page.get_by_text("409").wait_for()
"""
UNEQUIPPED = "sys.modules['imageio_ffmpeg'] = None\n"

pytestmark = [pytest.mark.chromium, pytest.mark.thorough]


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    return run(tmp_path_factory.mktemp("pages") / "project", SUITE, conftest=BROWSING)


def test_it_is_told_what_a_page_has_asked(reported: Reported) -> None:
    case = reported.cases["test_a_page_asks"]

    assert case["request"] == "POST /jobs/409 as visitor's browser"
    assert case["answer"] == "409 from the page"
    assert case["expected"] == 'assert page.title() == "another"'
    assert "of-the-page" not in reported.page


def test_a_failed_case_has_a_picture_a_trace_and_a_video(reported: Reported) -> None:
    assert reported.summary["counts"] == {"failed": 2, "passed": 1}
    for kind in ("image/png", "application/zip", "video/webm"):
        assert reported.page.count(f'"data:{kind};base64,') == 2


def test_a_script_that_fails_lets_its_case_fail(reported: Reported) -> None:
    case = reported.cases["test_a_page_is_broken"]

    assert "nothing is not defined" in case["message"]


def test_what_was_tested_is_told(reported: Reported) -> None:
    assert reported.summary["target"]["environment"] == "staging"
    assert reported.summary["target"]["chromium"] == reported.summary["versions"]["Chromium"]


@pytest.mark.skipif(shutil.which("ffmpeg") is not None, reason="there is an ffmpeg here")
def test_without_ffmpeg_it_is_said_that_there_is_no_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ffmpeg.REGISTRY, str(tmp_path / "registry"))

    found = run(tmp_path / "project", SUITE, "-k", "asks", conftest=BROWSING + UNEQUIPPED)

    assert "There is no video: no ffmpeg was found." in found.page
    assert '"data:application/zip;base64,' in found.page


def test_an_ffmpeg_that_playwright_has_is_left_to_it(tmp_path: Path) -> None:
    own = tmp_path / f"ffmpeg-{ffmpeg.revision()}"
    own.mkdir()
    for name, _ in ffmpeg.NAMES.values():
        (own / name).touch()

    assert ffmpeg.environment(tmp_path / "made", {ffmpeg.REGISTRY: str(tmp_path)}) == {}


def test_any_other_is_linked_where_playwright_looks(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    found = tmp_path / "bin" / "ffmpeg"
    found.touch(mode=0o755)
    given = {ffmpeg.REGISTRY: str(tmp_path / "none"), "PATH": str(found.parent)}

    for _ in range(2):
        variables = ffmpeg.environment(tmp_path / "made", given)

    [linked] = (tmp_path / "made" / f"ffmpeg-{ffmpeg.revision()}").iterdir()
    assert variables == {ffmpeg.REGISTRY: str((tmp_path / "made").resolve())}
    assert linked.resolve() == found.resolve()
