"""Load, by wrk: one kind of request, several connections, some seconds."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import run

SCRIPT = Path(__file__).with_name("requests.lua")
GRACE_SECONDS = 60


class LoadFailed(Exception):
    """wrk is absent, said something unexpected, or met answers that were not successes."""


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of request. `requests.lua` fills in `<id>`, `<n>`, `<term>` and `<next>`.

    `body_bytes` is a body of that many bytes in place of `body`, too long for a command line.
    """

    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    rows: int = 10_000
    terms: tuple[str, ...] = ("none",)
    body_bytes: int = 0

    def example(self) -> tuple[str, str]:
        """Path and body of one such request."""
        body = "x" * self.body_bytes or self._filled(self.body)
        return self._filled(self.path), body

    def _filled(self, template: str) -> str:
        filled = template.replace("<id>", "1").replace("<n>", "example")
        return filled.replace("<term>", self.terms[0]).replace("<next>", self.terms[0])


@dataclass(frozen=True, slots=True)
class Answered:
    """What wrk counted. `refused` had a status of 400 or more, `broken` no answer at all."""

    requests: int
    seconds: float
    p99_ms: float
    refused: int
    broken: int


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise LoadFailed("wrk is not installed: apt-get install wrk (brew install wrk)")


def apply(load: Load, port: int, connections: int, seconds: int, round_id: int) -> Answered:
    """Put the load on the port. Raises `LoadFailed` when more than 1 answer in 1,000 failed."""
    command = argv(load, port, connections, seconds, round_id)
    finished = run(command, capture_output=True, text=True, timeout=seconds + GRACE_SECONDS)
    answered = parse(finished.stdout + finished.stderr)
    if (answered.refused + answered.broken) * 1000 > answered.requests:
        raise LoadFailed(
            f"{load.method} {load.path}: of {answered.requests} requests"
            f" {answered.refused} were refused, {answered.broken} broke off"
        )
    return answered


def argv(load: Load, port: int, connections: int, seconds: int, round_id: int) -> list[str]:
    headers = [part for name, text in load.headers.items() for part in ("-H", f"{name}: {text}")]
    return [
        *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "8s"),
        *("-s", str(SCRIPT), *headers, f"http://127.0.0.1:{port}/", "--"),
        *(load.method, load.path, load.body, str(load.body_bytes)),
        *(str(load.rows), str(round_id), *load.terms),
    ]


def parse(output: str) -> Answered:
    """The summary that `requests.lua` prints at the end of wrk's output."""
    found = re.search(r"^SUMMARY (.*)$", output, re.MULTILINE)
    if found is None:
        raise LoadFailed(f"wrk gave no summary: {output.strip()[-500:]}")
    counted = json.loads(found[1])
    if counted["requests"] == 0:
        raise LoadFailed("not one request was answered")
    return Answered(
        requests=counted["requests"],
        seconds=counted["microseconds"] / 1e6,
        p99_ms=counted["p99_us"] / 1e3,
        refused=counted["refused"],
        broken=counted["broken"],
    )
