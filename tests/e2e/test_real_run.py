"""What a run against a real deployment refuses before it sends anything but GET /health."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
CASE = "tests/e2e/cases/leaving.py::test_ben_has_nothing_yet"
HEALTH = b'{"environment": "production", "timestamp": "2026-01-01T00:00:00.000Z"}'


class Production(BaseHTTPRequestHandler):
    """Says what it is, and notes what it is asked."""

    server: "Listening"

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(HEALTH)

    do_POST = do_GET

    def log_message(self, *about: object) -> None:
        """Nothing to say."""


class Listening(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Production)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def production() -> Iterator[Listening]:
    with Listening() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = (sys.executable, "-m", "pytest", "-p", "e2e.conftest", "-p", "no:cacheprovider")
    return subprocess.run(
        (*command, "--target", "real", *options, CASE),
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def variables(url: str) -> dict[str, str]:
    return {"E2E_API": url, "E2E_SUPABASE_URL": url, "E2E_SUPABASE_ANON_KEY": "key"}


def test_production_is_refused(production: Listening, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"

    ran = run("--ledger", str(ledger), **variables(production.url))

    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{production.url}/health says that this is production; --yes-production" in ran.stderr
    assert production.asked == ["GET /health"]
    assert not ledger.exists()


def test_a_dry_run_tells_of_it(production: Listening) -> None:
    ran = run("--dry-run", **variables(production.url))

    assert ran.returncode == 0, ran.stderr
    assert "says that this is production" in ran.stdout
    assert production.asked == ["GET /health"]


def test_who_insists_is_let_through(production: Listening, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"

    run("--ledger", str(ledger), "--yes-production", **variables(production.url))

    assert len(production.asked) > 1
    assert ledger.exists()


def test_what_is_missing_is_named() -> None:
    ran = run(E2E_API="https://dev.example.com")

    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--target real needs E2E_SUPABASE_URL, E2E_SUPABASE_ANON_KEY" in ran.stderr


@pytest.mark.parametrize("pace", ["0", "101"])
def test_nothing_goes_faster_than_the_limit(pace: str) -> None:
    ran = run("--pace", pace, **variables("https://dev.example.com"))

    assert f"--pace {pace}: from 1 to 100 requests a minute" in ran.stderr


def test_accounts_that_cannot_be_read_are_refused_without_being_shown() -> None:
    given = {**variables("https://dev.example.com"), "E2E_ACCOUNTS": "anna@example.com"}

    ran = run(**given)

    assert "E2E_ACCOUNTS is not email:password" in ran.stderr
    assert "anna@" not in ran.stderr


def test_a_deployment_that_does_not_answer_is_told_of() -> None:
    ran = run(**variables("http://127.0.0.1:9"))

    assert "http://127.0.0.1:9/health does not answer as JobMatch does" in ran.stderr


def test_a_ledger_of_another_run_is_not_written_to(production: Listening, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text("{}\n")

    ran = run("--ledger", str(ledger), "--yes-production", **variables(production.url))

    assert f"python -m e2e.real clean {ledger}" in ran.stderr
    assert ledger.read_text() == "{}\n"
