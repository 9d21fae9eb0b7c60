"""The peers, as their users start them: miniflare, `wrangler dev` and moto's server."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from loadtests.bench.api import Api
from loadtests.bench.process import Command, Server
from loadtests.bench.s3 import Bucket

SOURCES = Path(__file__).with_name("peer")
EXPLORER = "/cdn-cgi/local/explorer/api"
WORKER = "/worker"
MINIFLARE_S3 = "/cdn-cgi/local/r2/s3"


class PeersAbsent(Exception):
    """Node, or the npm packages, are not where the environment says."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Where node and the npm packages `miniflare` and `wrangler` are."""

    node: str
    modules: Path

    def miniflare(self, directory: Path) -> Command:
        """Miniflare over a copy of the Worker: its modules must be below where it runs."""
        shutil.copytree(SOURCES, directory, dirs_exist_ok=True)
        argv = (self.node, str(directory / "miniflare.mjs"), str(directory / "miniflare-state"))
        ready = r"^ready http://[^:]+:(\d+)"
        return Command("miniflare", argv, ready, self.environment(directory))

    def wrangler(self, directory: Path) -> Command:
        """`wrangler dev` over a copy of the Worker: it writes beside its configuration."""
        shutil.copytree(SOURCES, directory, dirs_exist_ok=True)
        argv = (
            *(self.node, str(self.modules / "wrangler" / "bin" / "wrangler.js"), "dev"),
            *("--config", str(directory / "wrangler.json"), "--local", "--ip", "127.0.0.1"),
            *("--port", "0", "--inspector-port", "0"),
            *("--persist-to", str(directory / "wrangler-state")),
            "--show-interactive-dev-session=false",
        )
        ready = r"Ready on http://[^:]+:(\d+)"
        return Command("wrangler dev", argv, ready, self.environment(directory))

    def environment(self, directory: Path) -> dict[str, str]:
        """What node's programs are to find: their packages, and nobody to report to."""
        return {
            "TWIN_NODE_MODULES": str(self.modules),
            "PATH": f"{Path(self.node).parent}:{os.environ['PATH']}",
            "XDG_CONFIG_HOME": str(directory / "config"),
            "WRANGLER_SEND_METRICS": "false",
            "WRANGLER_SEND_ERROR_REPORTS": "false",
            "CLOUDFLARE_CF_FETCH_ENABLED": "false",
            "NO_COLOR": "1",
            "CI": "1",
        }


def find_peers() -> Peers:
    """By `$TWIN_NODE` and `$TWIN_NODE_MODULES`. Raises `PeersAbsent`."""
    node = shutil.which(os.environ.get("TWIN_NODE", "node"))
    if node is None:
        raise PeersAbsent("no node: set TWIN_NODE to a Node.js of version 22 or later")
    modules = Path(os.environ.get("TWIN_NODE_MODULES", "node_modules")).resolve()
    for package in ("miniflare", "wrangler"):
        if not (modules / package).is_dir():
            raise PeersAbsent(
                f"no {package} in {modules.name}: npm install miniflare wrangler, "
                "and set TWIN_NODE_MODULES to the node_modules they are in"
            )
    return Peers(node, modules)


def explorer(server: Server) -> Api:
    """The peer's own REST API."""
    return Api(server.port, EXPLORER, "bench", "bench", {}, "raw")


def worker(server: Server) -> Api:
    """The same data through the user's Worker."""
    return Api(server.port, WORKER, "bench", "bench", {}, "raw")


def miniflare_bucket(server: Server) -> Bucket:
    """The bucket that miniflare was started with."""
    return Bucket(server.port, "bench", "bench", base=MINIFLARE_S3)


def moto_command() -> Command:
    """A thread for each connection, objects in memory."""
    argv = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0")
    return Command("moto", argv, r"Running on http://127\.0\.0\.1:(\d+)")


def moto_bucket(server: Server) -> Bucket:
    """A new bucket."""
    bucket = Bucket(server.port, "bench", "bench", region="us-east-1")
    bucket.create()
    return bucket
