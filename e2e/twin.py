"""Targets on a twin: one that is started here, or one that runs already."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx

from e2e.target import SECONDS, Loopback, Target

PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")


class NoTarget(Exception):
    """There is nothing to run against; the text says why."""


@contextmanager
def started(
    config: Path, environment: str, state: Path | None = None
) -> Iterator[Mapping[str, Any]]:
    """What a twin tells that runs a project's environment, or all of them (`*`)."""
    keeping = ("--ephemeral",) if state is None else ("--state", str(state))
    command = (sys.executable, "-m", "emulator", "up", "--json", *keeping, *PORTS)
    with TemporaryFile("w+") as said:
        process = subprocess.Popen(
            (*command, "--config", str(config), "--env", environment),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                said.seek(0)
                raise NoTarget(f"the twin did not start: {said.read()[-2000:]}")
            yield json.loads(line)
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()


def told(state: Path) -> Mapping[str, Any]:
    """What the twin that runs on a state directory has told."""
    path = state / "ready.json"
    if not path.is_file():
        raise NoTarget(f"no twin runs on {state}: start one with 'make up', or name its --state")
    ready: Mapping[str, Any] = json.loads(path.read_bytes())
    return ready


@contextmanager
def on_twin(
    kind: str,
    ready: Mapping[str, Any],
    environment: str,
    api: str | None = None,
    site: str | None = None,
) -> Iterator[Target]:
    """The environment's Worker and site among those that a twin has told of."""
    base_url = ready["api"].removesuffix("/client/v4")
    with httpx.Client(base_url=base_url, timeout=SECONDS, trust_env=False) as control:
        api = api or script_of(ready, environment)
        yield Target(
            kind=kind,
            environment=environment,
            api=api.rstrip("/"),
            site=site or site_of(ready, api),
            supabase=ready["supabase"],
            anon_key=ready["supabase_anon_key"],
            worker=named(ready["scripts"], api),
            service_key=ready["supabase_service_key"],
            control=control,
            cloudflare_api=ready["api"],
            account_id=ready["account_id"],
            api_token=ready["api_token"],
        )


def script_of(ready: Mapping[str, Any], environment: str) -> str:
    """The Worker that says of itself that it is the environment's."""
    scripts: Mapping[str, str] = ready["scripts"]
    for url in scripts.values():
        if answer(f"{url}/health").get("environment") == environment:
            return url
    raise NoTarget(f"no Worker here is {environment}'s: {', '.join(scripts) or 'there is none'}")


def site_of(ready: Mapping[str, Any], api: str) -> str | None:
    """The site whose configuration names the Worker."""
    sites: Mapping[str, str] = ready["sites"]
    for url in sites.values():
        if answer(f"{url}/config.json").get("apiUrl") == api:
            return url
    return None


def named(scripts: Mapping[str, str], api: str) -> str:
    return next((name for name, url in scripts.items() if url == api), "")


def answer(url: str) -> Mapping[str, Any]:
    """The JSON object at an address; an empty one where there is none."""
    with httpx.Client(timeout=SECONDS, transport=Loopback()) as client:
        response = client.get(url)
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
