"""Runs against a real deployment, for which a twin stands in: it is left as it was found."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.exchanges import Exchanges
from e2e.people import People
from e2e.target import Json
from e2e.twin import on_twin, started
from tests.e2e.state import State, rows, state_of

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "fixtures" / "jobmatch" / "wrangler.toml"
SCRIPT = "jobmatch-ai-dev"
CASES = "tests/e2e/cases/leaving.py"
SECONDS = 300
# Of the environment; what names another deployment is not.
KEPT = ("HOME", "LANG", "PATH", "TMPDIR")

pytestmark = pytest.mark.timeout(SECONDS)


@dataclass(frozen=True, slots=True)
class Stand:
    """A twin, and the variables by which it looks like any deployment."""

    ready: Mapping[str, Any]
    folder: Path

    @property
    def state(self) -> State:
        return state_of(self.ready, SCRIPT)

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def seen(self) -> Counter[tuple[str, str]]:
        """Method and path of what has reached any of the twin's doors."""
        url = self.ready["api"].replace("/client/v4", "/_twin/events")
        asked = {"limit": 100_000}
        answer = httpx.get(url, params=asked, timeout=SECONDS, trust_env=False).raise_for_status()
        events = [event for event in answer.json()["events"] if event["door"] != "binding"]
        return Counter((event["method"], event["path"]) for event in events)

    def account(self, name: str) -> str:
        """Somebody who has a profile and a job, for E2E_ACCOUNTS."""
        with on_twin("twin", self.ready, "development") as target:
            people = People(target, Exchanges())
            person = people.new(name)
            assert person.patch("/api/profile", json={"first_name": "Before"}).is_success
            assert person.post("/api/jobs", json={"title": "A", "company": "B"}).is_success
            people.close()
        return f"{person.email}:{person.password}"

    def profiles(self) -> list[Json]:
        with on_twin("twin", self.ready, "development") as target, target.cloudflare() as api:
            return rows(api, target.resource("d1", "DB"), "SELECT * FROM users ORDER BY id")

    def run(
        self, *cases: str, options: tuple[str, ...] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        named = [f"{CASES}::test_{case}" for case in cases] or [CASES]
        plugins = ("-p", "e2e.conftest", "-p", "no:cacheprovider", "-q", "-rs")
        report = ("--report", str(self.folder / "report.html"))
        ledger = ("--ledger", str(self.ledger), "--pace", "100")
        asked = ("pytest", *plugins, *report, *ledger, *options, *named)
        return self.started(*asked, "--target", "real", **variables)

    def clean(self, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.started("e2e.real", "clean", str(self.ledger), **variables)

    def started(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "E2E_API": self.ready["scripts"][SCRIPT],
            "E2E_SITE": self.ready["sites"][SCRIPT],
            "E2E_WORKER": SCRIPT,
            "E2E_SUPABASE_URL": self.ready["supabase"],
            "E2E_SUPABASE_ANON_KEY": self.ready["supabase_anon_key"],
            "E2E_SUPABASE_SERVICE_KEY": self.ready["supabase_service_key"],
            "CLOUDFLARE_ACCOUNT_ID": self.ready["account_id"],
            "CLOUDFLARE_API_TOKEN": self.ready["api_token"],
            "CLOUDFLARE_API_BASE_URL": self.ready["api"],
            **variables,
        }
        command = (sys.executable, "-m", *arguments)
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS
        )


@pytest.fixture(scope="module")
def ready() -> Iterator[Mapping[str, Any]]:
    with started(PROJECT, "development") as found:
        yield found


@pytest.fixture
def stand(ready: Mapping[str, Any], tmp_path: Path) -> Stand:
    """With a Worker that has just begun: it remembers for a minute how often an address asked."""
    secret = {"name": "BEGUN_FOR", "text": tmp_path.name, "type": "secret_text"}
    with on_twin("twin", ready, "development") as target, target.cloudflare() as api:
        api.put(f"/workers/scripts/{SCRIPT}/secrets", json=secret).raise_for_status()
    return Stand(ready, tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "cases",
    [
        ("anna_leaves_rows",),
        ("anna_leaves_files",),
        ("anna_leaves_sessions", "anna_leaves_what_no_route_makes"),
    ],
    ids=" ".join,
)
def test_a_run_leaves_everything_as_it_was(stand: Stand, cases: tuple[str, ...]) -> None:
    before = stand.state

    ran = stand.run(*cases)

    assert f"{len(cases)} passed" in ran.stdout, ran.stdout
    assert "nothing that was created is left" in ran.stdout
    assert stand.state == before


@pytest.mark.thorough
def test_so_do_two_processes_and_the_ledger_is_of_both(stand: Stand) -> None:
    before = stand.state

    ran = stand.run("ben_has_nothing_yet", "anna_and_ben_are_two", options=("-n", "2"))

    assert "2 passed" in ran.stdout, ran.stdout
    assert "users 3" in ran.stdout
    assert stand.state == before


@pytest.mark.chromium
@pytest.mark.thorough
def test_so_does_a_browser(stand: Stand) -> None:
    before = stand.state

    ran = stand.run("cleo_signs_up_at_the_site")

    assert "1 passed" in ran.stdout, ran.stdout
    assert "users 2" in ran.stdout
    assert "files 1" in ran.stdout
    assert stand.state == before


def test_a_run_that_was_killed_is_cleaned_by_the_command(stand: Stand) -> None:
    before = stand.state

    killed = stand.run("anna_is_interrupted")
    assert killed.returncode == -signal.SIGKILL
    assert stand.state != before

    cleaned = stand.clean()
    assert cleaned.returncode == 0, cleaned.stderr
    assert "nothing that was created is left" in cleaned.stdout
    assert stand.state == before
    assert stand.clean().stdout.startswith("removed: nothing was there")


@pytest.mark.thorough
def test_a_clean_up_without_cloudflare_lists_what_stays_and_can_be_repeated(stand: Stand) -> None:
    before = stand.state

    ran = stand.run("anna_is_interrupted")
    assert ran.returncode == -signal.SIGKILL

    first = stand.clean(CLOUDFLARE_API_TOKEN="")
    assert first.returncode == 1
    assert "users' rows, keys and objects" in first.stdout
    assert "no route of the application deletes it" in first.stdout
    assert "expires with its token" in first.stdout
    assert stand.clean().returncode == 0
    assert stand.state == before


@pytest.mark.thorough
def test_a_spent_budget_ends_the_run_and_the_clean_up_happens(stand: Stand) -> None:
    before = stand.state

    ran = stand.run("anna_leaves_rows", "ben_has_nothing_yet", options=("--budget", "10"))

    assert ran.returncode != 0
    assert "the run ends: its budget of 10 requests is spent; --budget gives it more" in ran.stdout
    assert "passed" not in ran.stdout
    assert "nothing that was created is left" in ran.stdout
    assert stand.state == before


@pytest.mark.thorough
def test_accounts_are_as_they_were(stand: Stand) -> None:
    accounts = ",".join([stand.account("dora"), stand.account("emil")])
    before, profiles = stand.state, stand.profiles()

    cases = ("anna_writes_her_profile", "anna_leaves_sessions", "ben_has_nothing_yet")
    ran = stand.run(*cases, "anna_and_ben_are_two", E2E_ACCOUNTS=accounts)

    assert "3 passed, 1 skipped" in ran.stdout, ran.stdout + ran.stderr
    assert "needs people who have nothing yet" in ran.stdout
    assert stand.state == before
    assert stand.profiles() == profiles


def test_a_dry_run_asks_for_nothing_but_health(stand: Stand) -> None:
    before = stand.seen

    ran = stand.run("anna_leaves_rows", options=("--dry-run", "-n", "2"))

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert stand.seen - before == Counter({("GET", "/health"): 1})
    for told in (stand.ready["scripts"][SCRIPT], "development", "1 would run", "1 or more users"):
        assert told in ran.stdout
    assert not stand.ledger.exists()
