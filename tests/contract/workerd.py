"""The real workerd over the binding listener: a configuration, a process, its end."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emulator import Account, Settings, Twin
from emulator.ai_gateway.models import Configuration
from emulator.app import create_app, create_bindings, create_s3, doors_of, gateway_of
from emulator.server import bind, bind_runtime
from emulator.testing import TwinAccount, TwinServer, looping
from emulator.vectorize.models import Kind, Metric
from emulator.wire.binding import HEADER, Binding, Bindings

COMPATIBILITY_DATE = "2026-01-01"


@dataclass(frozen=True, slots=True)
class Stage:
    """A twin with its listeners, the runtime's among them."""

    server: TwinServer
    twin: Twin
    bindings: Bindings
    # As workerd names it.
    address: str
    account: TwinAccount


@contextmanager
def staged(settings: Settings) -> Iterator[Stage]:
    twin = Twin(settings)
    with tempfile.TemporaryDirectory(prefix="cftwin-") as directory:
        bindings = Bindings(twin.ids)
        s3 = bind(create_s3(twin), settings.host, 0)
        api = bind(create_app(twin, s3_url=s3.url), settings.host, 0)
        runtime = bind_runtime(
            create_bindings(twin, bindings, doors_of(twin, gateway_of(twin))),
            Path(directory) / "bindings",
        )
        server = TwinServer(api.url)
        with looping((api, s3, runtime)):
            yield Stage(server, twin, bindings, runtime.url, server.create_account())
            server.control.close()
    twin.close()


@contextmanager
def workerd(binary: Path, config: str, directory: Path) -> Iterator[str]:
    """workerd on that configuration; the URL it answers at."""
    path = directory / "config.capnp"
    path.write_text(config)
    reader, writer = os.pipe()
    command = [str(binary), "serve", str(path), f"--control-fd={writer}"]
    process = subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL)
    os.close(writer)
    try:
        with open(reader, encoding="utf-8") as control:
            ready = json.loads(control.readline())
        yield f"http://127.0.0.1:{ready['port']}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def config_of(worker: Path, address: str, tokens: Mapping[str, str]) -> str:
    """A configuration for the modules in `worker`; `tokens` by kind of binding."""
    modules = sorted(worker.glob("*.mjs"), key=lambda path: path.name != "worker.mjs")
    embedded = ", ".join(
        f"(name = {quoted(path.name)}, esModule = {quoted(path.read_text())})" for path in modules
    )
    services = "".join(service(kind, address, token) for kind, token in tokens.items())
    cache = 'cacheApiOutbound = "cache",' if "cache" in tokens else ""
    bindings = ", ".join(BINDINGS[kind] for kind in tokens if kind in BINDINGS)
    return f"""
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), {services}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [{embedded}],
  compatibilityDate = "{COMPATIBILITY_DATE}",
  {cache}
  bindings = [{bindings}],
);
"""


def service(kind: str, address: str, token: str) -> str:
    injected = f"[(name = {quoted(HEADER.decode())}, value = {quoted(token)})]"
    whole = ', forwardedProtoHeader = "x-forwarded-proto"' if kind == "cache" else ""
    http = f"http = (injectRequestHeaders = {injected}{whole})"
    return f"(name = {quoted(kind)}, external = (address = {quoted(address)}, {http})),"


BINDINGS = {
    "ai": '(name = "AI", wrapped = (moduleName = "cloudflare-internal:ai-api",'
    ' innerBindings = [(name = "fetcher", service = "ai")]))',
    "kv": '(name = "KV", kvNamespace = "kv"), (name = "RAW", service = "kv")',
    "r2": '(name = "BUCKET", r2Bucket = "r2")',
    "d1": '(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api",'
    ' innerBindings = [(name = "fetcher", service = "d1")]))',
    "vectorize": '(name = "INDEX", wrapped = (moduleName = "cloudflare-internal:vectorize-api",'
    ' innerBindings = [(name = "fetcher", service = "vectorize"), (name = "indexId", text = ""),'
    ' (name = "indexVersion", text = "v2"), (name = "useNdJson", json = "true")]))',
}


def quoted(text: str) -> str:
    """A Cap'n Proto string, whose escapes are C's."""
    return json.dumps(text, ensure_ascii=False)


def resources_of(account: Account) -> dict[str, str]:
    """An empty resource of each product, by kind of binding."""
    index = account.vectorize.create_index("conformance", 3, Metric.COSINE)
    account.vectorize.index(index.name).create_metadata_index("kind", Kind.STRING)
    account.ai_gateway.create("conformance", Configuration())
    return {
        "kv": account.kv.create_namespace("conformance").id,
        "d1": account.d1.create_database("conformance").id,
        "r2": account.r2.create_bucket("conformance").name,
        "vectorize": index.name,
        "ai": "ai",
        "cache": "conformance",
    }


def tokens_of(stage: Stage) -> dict[str, str]:
    """What opens a new resource of each product in the stage's account."""
    resources = resources_of(stage.twin.account(stage.account.id))
    return {
        kind: stage.bindings.issue(Binding(stage.account.id, kind, resource))
        for kind, resource in resources.items()
    }
