"""A twin for each of the suite's workers, and the configuration by which the suite finds it."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from configparser import RawConfigParser
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import Any
from urllib.parse import urlsplit

import httpx

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 15.0
DAY_SECONDS = 86_400
PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")
COMMAND = (sys.executable, "-m", "emulator", "up", "--ephemeral", "--json", *PORTS)
# The suite writes the same key again and again; R2's pace for that has tests of its own.
SETTINGS = {"CFTWIN_R2_WRITE_LIMIT": "false"}
# The suite's further users. R2 keeps accounts apart, so each is an account of its own.
USERS = ("alt", "tenant", "iam", "iam root", "iam alt root")


class TwinFailed(Exception):
    """The twin ended before it said where it listens."""


@contextmanager
def running(name: str, directory: Path) -> Iterator[None]:
    """A twin with its accounts; `<name>.conf` in `directory` tells the suite of it."""
    log = directory / f"{name}.log"
    environment = {**os.environ, **SETTINGS, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as errors:
        process = Popen(COMMAND, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=errors)
    try:
        write_conf(directory / f"{name}.conf", wait_for_ready(process, log))
        yield
    finally:
        end(process)


def wait_for_ready(process: Popen[bytes], log: Path) -> dict[str, Any]:
    """The twin's ready line. A twin that ends closes its output, so this returns too."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"{"):
            ready: dict[str, Any] = json.loads(line)
            return ready
    raise TwinFailed(f"the twin ended at once: {log.read_text(errors='replace')[-1000:]}")


def end(process: Popen[bytes]) -> None:
    process.terminate()
    with suppress(TimeoutExpired):
        process.wait(STOP_SECONDS)
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def write_conf(path: Path, ready: Mapping[str, Any]) -> None:
    """In the suite's own format; the section `twin` is for `in_suite`."""
    control = ready["api"].removesuffix("/client/v4")
    s3 = urlsplit(ready["s3"])
    conf = RawConfigParser()
    conf["DEFAULT"] = {"host": str(s3.hostname), "port": str(s3.port), "is_secure": "False"}
    conf["fixtures"] = {"bucket prefix": "twin-{random}-"}
    conf["s3 main"] = user("main", ready) | {
        "api_name": "WEUR",  # R2's location hint in place of a region
        "storage_classes": "STANDARD_IA",
        "lc_debug_interval": str(DAY_SECONDS),
    }
    for name in USERS:
        section = name if name.startswith("iam") else f"s3 {name}"
        conf[section] = user(name.replace(" ", "-"), create_account(control, name))
    conf["s3 tenant"]["tenant"] = "tenant"
    conf["twin"] = {"control": control}
    with path.open("w") as file:
        conf.write(file)


def create_account(control: str, name: str) -> dict[str, Any]:
    response = httpx.post(f"{control}/_twin/accounts", json={"name": name}, trust_env=False)
    account: dict[str, Any] = response.raise_for_status().json()
    return account


def user(name: str, account: Mapping[str, Any]) -> dict[str, str]:
    return {
        "access_key": account["r2"]["access_key_id"],
        "secret_key": account["r2"]["secret_access_key"],
        "user_id": account["account_id"],
        "display_name": name,
        "email": f"{name}@example.com",
    }
