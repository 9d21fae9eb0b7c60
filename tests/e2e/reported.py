"""A small suite with a small server behind it, run by a pytest of its own, and what it reports."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CONFTEST = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
import json

import httpx
import pytest

from e2e.cast import exchanges as exchanges
from e2e.exchanges import PERSON
from e2e.reporting import plugin

RULES = {"R1": "a job is its owner's", "R2": "nothing <b>else</b> is said"}


def pytest_configure(config):
    config.addinivalue_line("markers", "rule(*names)")
    config.addinivalue_line("markers", "guards(*switches)")
    plugin.configure(config, config.rootpath / "out" / "report.html", RULES)


class Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        # What is asked for: a status, and the body that came.
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        self.send_response(int(self.path.partition("?")[0].rpartition("/")[2]))
        self.send_header("content-type", self.headers["content-type"] or "application/json")
        self.send_header("set-cookie", "session=cookie-secret")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given):
        pass


@pytest.fixture(scope="session")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def ask(server, exchanges):
    with httpx.Client(base_url=server, event_hooks=exchanges.hooks) as client:
        def post(status, path="/", **options):
            return client.post(f"{path}{status}", extensions={PERSON: "anna"}, **options)
        yield post
"""


@dataclass(frozen=True, slots=True)
class Reported:
    """`said` is what pytest has printed, `cases` are by the name of their function."""

    said: str
    page: str
    path: Path
    summary: dict[str, Any]

    @property
    def cases(self) -> dict[str, dict[str, Any]]:
        return {case["case"].rpartition("::")[2]: case for case in self.summary["cases"]}


def run(directory: Path, suite: str, *options: str, conftest: str = CONFTEST) -> Reported:
    (directory / "jobs").mkdir(parents=True)
    (directory / "pytest.ini").write_text("[pytest]\n")
    (directory / "conftest.py").write_text(conftest)
    (directory / "jobs" / "test_jobs.py").write_text(suite)
    said = pytest_in(directory, ("-q", "-p", "no:cacheprovider", *options))
    path = directory / "out" / "report.html"
    return Reported(
        said,
        path.read_text(encoding="utf-8"),
        path,
        json.loads(path.with_suffix(".json").read_bytes()),
    )


def pytest_in(directory: Path, options: Sequence[str]) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    ran = subprocess.run(
        (sys.executable, "-m", "pytest", *options),
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout
