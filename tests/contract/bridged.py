"""`wrangler dev` beside a twin in a network of their own, where port 443 is nobody else's.

`unshare -n python -m tests.contract.bridged MODE DIRECTORY NODE WRANGLER` prints what came of it
as JSON: `conformance` runs a Worker whose bindings are all remote, `readme` does what the
bridge's README says, and `hosts` (by `unshare -n -m`) with a hosts file.
"""

import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from emulator import Account, Settings, Twin
from emulator.bridge.sessions import SESSION_SECONDS
from emulator.listeners import Listeners, listen
from emulator.testing import TwinAccount, TwinServer, looping
from tests.contract.workerd import resources_of
from tests.workers.forms import form, hello

PORT = 443
WORKER = Path("fixtures/workers/bridged/worker.mjs").absolute()
SHOP = """
export default {
  async fetch(request) {
    if (request.headers.get("upgrade") === "websocket") return echo();
    const text = [request.method, request.url, request.headers.get("x-mine"), await request.text()];
    return new Response(text.join(" "), { status: 202, headers: { "x-theirs": "1" } });
  },
};

function echo() {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(`${data} back`));
  return new Response(null, { status: 101, webSocket: client });
}
"""
README = Path("emulator/bridge/README.md").absolute()
FENCED = re.compile(r"^```(?:toml|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LARGE_BYTES = 64 * 1_048_576
ATTEMPTS = 500
INDEXED = """
export default {
  async fetch(request, { VECTORIZE, AI }) {
    const { data } = await AI.run("@cf/baai/bge-base-en-v1.5", { text: ["tea", "coal"] });
    await VECTORIZE.upsert(data.map((values, n) => ({ id: ["tea", "coal"][n], values })));
    return Response.json((await VECTORIZE.query(data[1], { topK: 1 })).matches);
  },
};
"""
INDEXED_PROJECT = {
    "name": "indexed",
    "main": "worker.mjs",
    "compatibility_date": "2026-01-01",
    "vectorize": [{"binding": "VECTORIZE", "index_name": "words", "remote": True}],
    "ai": {"binding": "AI", "remote": True},
}
SUITES = ("kv", "d1", "r2", "vectorize", "ai", "bridge")
READY = re.compile(r"Ready on (http://\S+)")
# Of Linux: linux/if.h, linux/sockios.h.
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def raise_loopback() -> None:
    """A new network has a loopback device that is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(sock, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | IFF_UP, b""))


@contextmanager
def bridged(directory: Path) -> Iterator[tuple[Twin, Listeners]]:
    """A twin with its bridge on port 443."""
    settings = Settings(
        state=directory / "state", api_port=0, edge_port=0, s3_port=0, bridge_port=PORT
    )
    twin = Twin(settings)
    listeners = listen(twin, lambda *line: print(*line, file=sys.stderr))
    with looping(listeners.all, listeners.close):
        yield twin, listeners
    twin.close()


def deploy_shop(server: TwinServer, account: TwinAccount) -> None:
    """A Worker that the bridged one binds to."""
    url = f"{server.api}/accounts/{account.id}/workers/scripts/shop"
    put = httpx.put(url, headers=account.headers, trust_env=False, **form(hello(code=SHOP)))
    assert put.is_success, put.text


def project_of(account: Account) -> dict[str, Any]:
    """wrangler's configuration of the Worker, over resources that are new."""
    made = resources_of(account)
    name = "conformance"
    database = {"binding": "DB", "database_name": name, "database_id": made["d1"]}
    return {
        "name": "bridged",
        "main": str(WORKER),
        "compatibility_date": "2026-01-01",
        "kv_namespaces": [remote(binding="KV", id=made["kv"])],
        "d1_databases": [remote(**database)],
        "r2_buckets": [remote(binding="BUCKET", bucket_name=made["r2"])],
        "vectorize": [remote(binding="INDEX", index_name=made["vectorize"])],
        "ai": remote(binding="AI"),
        "services": [remote(binding="SHOP", service="shop")],
    }


def remote(**binding: str) -> dict[str, object]:
    return {**binding, "remote": True}


class Tools:
    """Commands as people have them: `npx wrangler` and `cftwin` on the PATH."""

    def __init__(self, node: Path, wrangler: Path, directory: Path) -> None:
        self.wrangler = (str(node), str(wrangler))
        self.cftwin = (sys.executable, "-m", "emulator")
        self._path = f"{directory}:{node.parent}:/usr/bin:/bin"
        directory.mkdir()
        for name, command in (("npx", [str(node)]), ("cftwin", self.cftwin)):
            path = directory / name
            # `npx wrangler …` runs what lies where wrangler is installed.
            shift = f'shift; set -- {wrangler} "$@"; ' if name == "npx" else ""
            path.write_text(f'#!/bin/sh\n{shift}exec {" ".join(command)} "$@"\n')
            path.chmod(0o755)

    def environment(self, home: Path) -> dict[str, str]:
        return {
            "PATH": self._path,
            "HOME": str(home),
            "CI": "1",
            "NO_COLOR": "1",
            "WRANGLER_SEND_METRICS": "false",
            "PYTHONPATH": str(Path.cwd()),
        }


@contextmanager
def started(
    command: Sequence[str], directory: Path, environment: dict[str, str], ready: re.Pattern[str]
) -> Iterator[re.Match[str]]:
    """A process, when it has said so; what else it says goes to standard error."""
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            print(line, end="", file=sys.stderr)
            if (found := ready.search(line)) is not None:
                break
        else:
            sys.exit(f"{command[0]} ended before it was ready")
        Thread(target=sys.stderr.writelines, args=(process.stdout,), daemon=True).start()
        yield found
    finally:
        # The shell's child as well.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@contextmanager
def answering(
    command: Sequence[str], directory: Path, environment: dict[str, str]
) -> Iterator[httpx.Client]:
    """A client of the Worker that the command runs."""
    with started(command, directory, environment, READY) as found:
        with httpx.Client(base_url=found[1], timeout=60, trust_env=False) as worker:
            yield worker


def conformance(tools: Tools, directory: Path) -> object:
    """What the Worker reports of its bindings, suite by suite, and what came after."""
    with bridged(directory) as (twin, listeners):
        server = TwinServer(listeners.api.url)
        account = server.create_account()
        deploy_shop(server, account)
        project = project_of(twin.account(account.id))
        (directory / "wrangler.json").write_text(json.dumps(project))
        environment = tools.environment(directory) | {
            "CLOUDFLARE_API_BASE_URL": server.api,
            "CLOUDFLARE_ACCOUNT_ID": account.id,
            "CLOUDFLARE_API_TOKEN": account.token,
            "NODE_EXTRA_CA_CERTS": str(listeners.bridge_ca),
        }
        command = [*tools.wrangler, "dev", "--port=0", "--inspector-port=0"]
        with answering(command, directory, environment) as worker:
            report = {suite: worker.get(f"/{suite}").json() for suite in SUITES}
            report["large"] = large(worker)
            report["after an hour"] = after_an_hour(worker, server)
        server.control.close()
    return report


def large(worker: httpx.Client) -> object:
    """A large object to R2 and back."""
    data = os.urandom(LARGE_BYTES)
    put = worker.put("/stream", content=data)
    return [put.json()["size"] == LARGE_BYTES, worker.get("/stream").content == data]


def after_an_hour(worker: httpx.Client, server: TwinServer) -> object:
    """The preview is over: what the first call says, and whether there is one that succeeds."""
    server.clock.advance(SESSION_SECONDS)
    first = worker.get("/again").json()["put"]
    answers = (worker.get("/again").json()["put"] for _ in range(ATTEMPTS))
    return [first, "undefined" in answers]


def readme(tools: Tools, directory: Path, more: str = "") -> object:
    """What Vectorize and AI say to who does what the README says."""
    toml, shell = FENCED.findall(README.read_text())[:2]
    (directory / "twin.toml").write_text(f"{toml}{more}\n")
    (directory / "worker.mjs").write_text(INDEXED)
    (directory / "wrangler.json").write_text(json.dumps(INDEXED_PROJECT))
    environment = tools.environment(directory)
    with started([*tools.cftwin, "up", "--json"], directory, environment, re.compile("{")):
        with answering(["sh", "-ec", shell], directory, environment) as worker:
            return worker.get("/").json()


def hosts(tools: Tools, directory: Path) -> object:
    """The same where the hosts file has the name that wrangler asks for."""
    line = FENCED.findall(README.read_text())[2].split('"')[1]
    file = directory / "hosts"
    file.write_text(f"127.0.0.1 localhost\n{line.replace('my-worker', 'indexed')}\n")
    subprocess.run(["mount", "--bind", str(file), "/etc/hosts"], check=True)
    return readme(tools, directory, "bridge_hosts = true")


MODES = {"conformance": conformance, "readme": readme, "hosts": hosts}


def main() -> None:
    mode, directory = sys.argv[1], Path(sys.argv[2])
    raise_loopback()
    tools = Tools(Path(sys.argv[3]), Path(sys.argv[4]), directory / "bin")
    print(json.dumps(MODES[mode](tools, directory)))


if __name__ == "__main__":
    main()
