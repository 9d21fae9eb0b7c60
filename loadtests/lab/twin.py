"""A twin to make load on: one of its own, or one that runs already; and its settings."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtests.lab.settings import ROOT, SETTINGS

PROJECT = ROOT / "fixtures" / "jobmatch"
TABLES = ROOT / "loadtests" / "supabase"
PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")
END_SECONDS = 30
# What JobMatch's wrangler.toml says of development.
RESOURCES = {
    "database": "8140efd5-9912-4e31-981d-0566f1efe9dc",
    "namespace": "198251d9852c4fe1a90f1efe7261964e",
    "index": "jobmatch-ai-dev",
    "bucket": "jobmatch-ai-dev-exports",
    "worker_secret": "a-secret-of-the-load-lab",
}
GATEWAY = "jobmatch-ai-gateway-dev"


class NoTwin(Exception):
    """It did not start; the text says why."""


@dataclass(frozen=True, slots=True)
class Twin:
    """`pid` is of the process that answers."""

    ready: Mapping[str, Any]
    pid: int


@contextmanager
def running(directory: Path, latency: str | None = None, seed: int = 1) -> Iterator[Twin]:
    """JobMatch, and Supabase with the lab's table, in a twin of its own."""
    project = ("--config", str(PROJECT / "wrangler.toml"), "--env", "development")
    command = (
        sys.executable,
        "-m",
        "emulator",
        "up",
        "--json",
        "--state",
        str(directory / "state"),
    )
    environment = os.environ | {"CFTWIN_SUPABASE_MIGRATIONS": str(migrations(directory))}
    # What points a client at some other account is not for the twin.
    for one in SETTINGS.values():
        environment.pop(one.variable, None)
    if latency:
        environment |= {"CFTWIN_LATENCY_PROFILE": latency, "CFTWIN_LATENCY_SEED": str(seed)}
    log = directory / "twin.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            (*command, *PORTS, *project),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise NoTwin(f"the twin did not start: {log.read_text()[-2_000:]}")
        ready = json.loads(line)
        yield Twin(ready, ready["pid"])
    finally:
        process.terminate()
        process.wait(END_SECONDS)
        process.stdout.close()


def migrations(directory: Path) -> Path:
    """JobMatch's, and the lab's."""
    together = directory / "supabase"
    shutil.rmtree(together, ignore_errors=True)
    together.mkdir(parents=True)
    for path in (*(PROJECT / "supabase" / "migrations").glob("*.sql"), *TABLES.glob("*.sql")):
        shutil.copy(path, together)
    return together


def told(ready: Mapping[str, Any]) -> dict[str, str]:
    """The lab's variables, as a twin's ready line tells them."""
    account = ready["account_id"]
    scripts = ready["scripts"]
    found = {
        **RESOURCES,
        "api": ready["api"],
        "account_id": account,
        "api_token": ready["api_token"],
        "s3": ready["s3"],
        "s3_key": ready["r2"]["access_key_id"],
        "s3_secret": ready["r2"]["secret_access_key"],
        "gateway": f"{ready['gateway']}/{account}/{GATEWAY}" if ready.get("gateway") else "",
        "worker": scripts.get("load-lab", ""),
        "jobmatch": scripts.get("jobmatch-ai-dev", ""),
        "supabase": ready.get("supabase") or "",
        "anon_key": ready.get("supabase_anon_key") or "",
        "service_key": ready.get("supabase_service_key") or "",
        "edge": ready["edge"],
        "control": ready["api"].removesuffix("/client/v4"),
    }
    return {SETTINGS[name].variable: value for name, value in found.items()}


def near(edge: str, url: str) -> tuple[str, dict[str, str]]:
    """Where to send a request, and the headers it needs: not every resolver knows `localhost`'s
    subdomains.
    """
    parts = urlsplit(url)
    if not edge or not (parts.hostname or "").endswith(".localhost"):
        return url, {}
    return f"{edge}{parts.path}", {"host": parts.netloc}
