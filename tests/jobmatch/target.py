"""One deployment of JobMatch's API, and where to find what belongs to it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).parents[2] / "fixtures" / "jobmatch"
PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")
ENVIRONMENTS = ("development", "staging", "production")
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """`control` is the control plane of the twin that it runs on; None: it runs elsewhere, and
    then there may be no `service_key` either.

    `base_url` is where connections go, and `host` the name to ask for there where that is not
    the same: names below `localhost` need not resolve.
    """

    environment: str
    base_url: str
    host: str | None
    site: str | None
    supabase: str
    anon_key: str
    service_key: str | None = None
    control: httpx.Client | None = None
    account_id: str = ""
    api_token: str = ""

    @property
    def url(self) -> str:
        """As its users write it."""
        scheme, _, rest = self.base_url.partition("://")
        return f"{scheme}://{self.host or rest}"

    @property
    def worker(self) -> str:
        """The script's name on the twin."""
        return "" if self.host is None else self.host.partition(".")[0]

    def client(self, headers: Mapping[str, str] = {}) -> httpx.Client:
        named = {"host": self.host} if self.host else {}
        return httpx.Client(
            base_url=self.base_url,
            headers={**named, **headers},
            timeout=SECONDS,
            trust_env=False,
            follow_redirects=False,
        )

    def cloudflare(self) -> httpx.Client:
        """Cloudflare's API, for what the application's own has no way to see."""
        assert self.control is not None
        base_url = f"{self.control.base_url}/client/v4/accounts/{self.account_id}"
        headers = {"Authorization": f"Bearer {self.api_token}"}
        return httpx.Client(base_url=base_url, headers=headers, timeout=SECONDS, trust_env=False)


def elsewhere(environment: Mapping[str, str] = os.environ) -> Target | None:
    """The deployment that variables name, such as a real one; None without them."""
    url = environment.get("JOBMATCH_API_URL")
    if url is None:
        return None
    return Target(
        environment.get("JOBMATCH_ENVIRONMENT", "production"),
        url.rstrip("/"),
        None,
        environment.get("JOBMATCH_SITE_URL"),
        environment["JOBMATCH_SUPABASE_URL"].rstrip("/"),
        environment["JOBMATCH_SUPABASE_ANON_KEY"],
        environment.get("JOBMATCH_SUPABASE_SERVICE_KEY"),
    )


@contextmanager
def deployed(config: Path = PROJECT / "wrangler.toml") -> Iterator[Mapping[str, Target]]:
    """All three environments at once, on a twin of their own."""
    command = (sys.executable, "-m", "emulator", "up", "--json", "--ephemeral", *PORTS)
    process = subprocess.Popen(
        (*command, "--config", str(config), "--env", "*"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        control = ready["api"].removesuffix("/client/v4")
        with httpx.Client(base_url=control, timeout=SECONDS, trust_env=False) as client:
            yield {name: target_of(name, ready, client) for name in ENVIRONMENTS}
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def target_of(environment: str, ready: Mapping[str, Any], control: httpx.Client) -> Target:
    short = {"development": "dev", "production": "prod"}.get(environment, environment)
    site = {"development": "dev"}.get(environment, environment)
    host = ready["scripts"][f"jobmatch-ai-{short}"].partition("://")[2]
    return Target(
        environment,
        ready["edge"],
        host,
        ready["sites"][f"jobmatch-ai-{site}"],
        ready["supabase"],
        ready["supabase_anon_key"],
        ready["supabase_service_key"],
        control,
        ready["account_id"],
        ready["api_token"],
    )
