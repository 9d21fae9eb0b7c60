"""Python Workers deployed by the API and asked at the edge, beside Workers on workerd."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Settings, Twin
from emulator.listeners import Listeners, listen
from emulator.server import Servers
from emulator.testing import TwinAccount, TwinServer
from tests.contract.conftest import NODE_MODULES, Wrangler
from tests.deployed import COMPATIBILITY, Deployed
from tests.workers.forms import form

WORKERD = NODE_MODULES / "@cloudflare/workerd-linux-64/bin/workerd"
PYTHON = "text/x-python"
# How often the API is asked until something has happened.
MOMENTS = 500

COUNTER = """
from workers import Response, WorkerEntrypoint
from counting import counted

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        print("asked for", request.url)
        if request.url.endswith("/broken"):
            raise ValueError("as asked")
        return Response.json({"count": await counted(self.env.KV), "by": self.env.BY})

    async def scheduled(self, controller, env, ctx):
        await env.KV.put("cron", f"{controller.cron} {controller.scheduledTime}")
"""
COUNTING = """
async def counted(kv):
    count = int(await kv.get("count") or 0) + 1
    await kv.put("count", str(count))
    return count
"""
FASTAPI = """
import asgi
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from workers import WorkerEntrypoint

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return await asgi.fetch(app, request.js_object, self.env)

app = FastAPI()

class Note(BaseModel):
    text: str

@app.post("/notes", status_code=201)
async def write(note: Note, request: Request):
    database = request.scope["env"].DB
    await database.exec("CREATE TABLE IF NOT EXISTS notes (text TEXT)")
    made = await database.prepare("INSERT INTO notes VALUES (?)").bind(note.text).run()
    return {"changes": made.meta.changes}

@app.get("/notes")
async def read(request: Request):
    found = await request.scope["env"].DB.prepare("SELECT text FROM notes").all()
    return [row.text for row in found.results]

@app.get("/stream")
async def stream():
    async def lines():
        for number in range(3):
            yield f"{number}\\n"
    return StreamingResponse(lines(), media_type="text/plain")
"""
FETCHER = """
from urllib.parse import parse_qs, urlsplit
from workers import Response, WorkerEntrypoint, fetch

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        url = parse_qs(urlsplit(request.url).query)["url"][0]
        answer = await fetch(url)
        return Response(await answer.text(), status=answer.status)
"""
CALLER = """
from workers import Response, WorkerEntrypoint

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        answer = await self.env.OTHER.fetch("https://other.example/hello")
        return Response(f"told: {await answer.text()}")
"""
HELLO = "export default { fetch: (request) => new Response(`hello from ${request.url}`) };"
CALLING = "export default { fetch: (request, env) => env.OTHER.fetch(request) };"
FILES = """
from urllib.parse import urljoin
from workers import Response, WorkerEntrypoint

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        if request.url.endswith("/via"):
            return await self.env.ASSETS.fetch(urljoin(request.url, "/about"))
        return Response("script")
"""
BROKEN = "raise RuntimeError('nothing will come of it')"


@pytest.fixture
def workers(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Deployed]:
    deployed = Deployed(twin_server, twin_account)
    yield deployed
    deployed.close()


def put(
    workers: Deployed,
    name: str,
    files: dict[str, str],
    *bindings: dict[str, Any],
    **more: Any,
) -> httpx.Response:
    """Upload a Python Worker, as `pywrangler deploy` does."""
    parts = [(path, PYTHON, text.encode()) for path, text in files.items()]
    metadata = {
        "compatibility_date": COMPATIBILITY,
        "compatibility_flags": ["python_workers"],
        "bindings": [*bindings],
        **more,
    }
    return workers.api.put(f"/scripts/{name}", **form(*parts, main="entry.py", **metadata))


def deploy(
    workers: Deployed, name: str, source: str, *bindings: dict[str, Any], **files: str
) -> None:
    modules = {f"{module}.py": text for module, text in files.items()}
    made = put(workers, name, {"entry.py": source, **modules}, *bindings)
    assert made.status_code == 200, made.text
    on = {"enabled": True, "previews_enabled": True}
    workers.api.post(f"/scripts/{name}/subdomain", json=on).raise_for_status()


def resource(workers: Deployed, path: str, **fields: str) -> dict[str, Any]:
    """Make one by the API; what the API told of it."""
    made = workers.api.post(workers.api.base_url.join(f"../{path}"), json=fields)
    assert made.status_code == 200, made.text
    return dict(made.json()["result"])


def said(workers: Deployed, wanted: str) -> str:
    """The entry of the log that has it; it may come a moment after the answer."""
    for _ in range(MOMENTS):
        for script, text in workers.server.log:
            if script == "counter" and wanted in text:
                return text
        workers.api.get("/scripts").raise_for_status()
    raise AssertionError(f"nothing said {wanted!r}")


def namespace(workers: Deployed) -> tuple[str, dict[str, Any]]:
    """A namespace and the binding to it."""
    found = resource(workers, "storage/kv/namespaces", title="python")["id"]
    return found, {"type": "kv_namespace", "name": "KV", "namespace_id": found}


@pytest.fixture
def counter(workers: Deployed) -> str:
    """The counting Worker's namespace."""
    kv, binding = namespace(workers)
    by = {"type": "plain_text", "name": "BY", "text": "Python"}
    deploy(workers, "counter", COUNTER, binding, by, counting=COUNTING)
    return kv


def test_a_python_worker_answers_at_the_edge(workers: Deployed, counter: str) -> None:
    assert workers.get("counter").json() == {"count": 1, "by": "Python"}


def test_what_it_writes_the_api_reads(workers: Deployed, counter: str) -> None:
    workers.get("counter").raise_for_status()

    value = workers.api.get(
        workers.api.base_url.join(f"../storage/kv/namespaces/{counter}/values/count")
    )

    assert value.text == "1"


def test_a_new_version_takes_over(workers: Deployed, counter: str) -> None:
    workers.get("counter").raise_for_status()
    deploy(workers, "counter", FASTAPI)

    assert workers.get("counter", "/stream").text == "0\n1\n2\n"


def test_what_it_prints_is_logged(workers: Deployed, counter: str) -> None:
    workers.get("counter", "/printed").raise_for_status()

    assert said(workers, "/printed").startswith("asked for http")


async def test_the_fleet_runs_its_cron_handler(tmp_path: Path) -> None:
    free = Settings(state=tmp_path / "state", api_port=0, edge_port=0, s3_port=0)
    with running(Twin(free)) as (listeners, server):
        servers = Servers(listeners.all)
        await servers.start()
        account = await asyncio.to_thread(server.create_account)
        workers = await asyncio.to_thread(Deployed, server, account)
        try:
            namespace_id, binding = await asyncio.to_thread(namespace, workers)
            await asyncio.to_thread(deploy, workers, "counter", COUNTER, binding, counting=COUNTING)
            told = await listeners.fleet.scheduled(account.id, "counter", "*/5 * * * *", 1.5e9)
            key = workers.api.base_url.join(f"../storage/kv/namespaces/{namespace_id}/values/cron")
            written = await asyncio.to_thread(workers.api.get, key)
        finally:
            workers.close()
            await servers.stop()
            await listeners.close()

    assert told == {"outcome": "ok", "noRetry": False}
    assert written.text == "*/5 * * * * 1500000000000"


@contextmanager
def running(twin: Twin) -> Iterator[tuple[Listeners, TwinServer]]:
    """A twin's listeners and a client of them; they are served by who asks for them."""
    listeners = listen(twin, lambda *_: None)
    server = TwinServer(listeners.api.url)
    yield listeners, server
    server.control.close()
    twin.close()


def test_a_client_is_not_told_what_went_wrong(workers: Deployed, counter: str) -> None:
    answer = workers.get("counter", "/broken")

    assert answer.status_code == 500
    assert "as asked" not in answer.text
    assert said(workers, "ValueError: as asked").startswith("Uncaught Traceback")
    assert workers.get("counter").status_code == 200


def test_a_worker_that_cannot_be_imported_is_refused_with_its_reason(workers: Deployed) -> None:
    answer = put(workers, "broken", {"entry.py": BROKEN})

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (400, 10021)
    assert "nothing will come of it" in error["message"]


def test_a_fastapi_application_keeps_notes_in_d1(workers: Deployed) -> None:
    database = resource(workers, "d1/database", name="notes")["uuid"]
    deploy(workers, "notes", FASTAPI, {"type": "d1", "name": "DB", "id": database})

    made = workers.request("notes", "POST", "/notes", json={"text": "Grüße"})
    refused = workers.request("notes", "POST", "/notes", json={"text": 5})

    assert (made.status_code, made.json()) == (201, {"changes": 1})
    assert refused.status_code == 422
    assert workers.get("notes", "/notes").json() == ["Grüße"]


def test_its_files_go_before_it_and_are_in_its_reach(workers: Deployed) -> None:
    jwt = workers.upload_assets("files", {"/about.html": b"<h1>about</h1>"})
    assets = {"jwt": jwt, "config": {}}
    binding = {"type": "assets", "name": "ASSETS"}
    made = put(workers, "files", {"entry.py": FILES}, binding, assets=assets)
    workers.api.post("/scripts/files/subdomain", json={"enabled": True}).raise_for_status()

    assert made.status_code == 200, made.text
    assert workers.get("files", "/about").text == workers.get("files", "/via").text
    assert workers.get("files", "/via").text == "<h1>about</h1>"
    assert workers.get("files", "/other").text == "script"


def test_it_reaches_the_world_through_the_outbox_alone(workers: Deployed) -> None:
    deploy(workers, "fetcher", FETCHER)

    answer = workers.get("fetcher", params={"url": "https://nowhere.example/path"})

    query = {"account_id": workers.account.id, "script": "fetcher"}
    [call] = workers.server.control.get("/_twin/outbox", params=query).json()["calls"]
    assert call["url"] == "https://nowhere.example/path"
    assert answer.status_code == call["status"] == 502


@pytest.mark.workerd
@pytest.mark.skipif(not WORKERD.is_file(), reason=f"no workerd at {WORKERD}: run 'make node'")
def test_it_calls_a_worker_on_workerd(workers: Deployed) -> None:
    workers.deploy("other", HELLO)
    deploy(workers, "caller", CALLER, {"type": "service", "name": "OTHER", "service": "other"})

    assert workers.get("caller").text == "told: hello from https://other.example/hello"


@pytest.mark.workerd
@pytest.mark.skipif(not WORKERD.is_file(), reason=f"no workerd at {WORKERD}: run 'make node'")
def test_a_worker_on_workerd_calls_it(workers: Deployed) -> None:
    deploy(workers, "streams", FASTAPI)
    workers.deploy("calling", CALLING, {"type": "service", "name": "OTHER", "service": "streams"})

    assert workers.get("calling", "/stream").text == "0\n1\n2\n"


@pytest.mark.wrangler
def test_wrangler_deploys_it(wrangler: Wrangler, workers: Deployed, tmp_path: Path) -> None:
    namespace_id, _ = namespace(workers)
    source = tmp_path / "src"
    source.mkdir()
    (source / "entry.py").write_text(COUNTER)
    (source / "counting.py").write_text(COUNTING)
    configuration = {
        "name": "counter",
        "main": "src/entry.py",
        "compatibility_date": COMPATIBILITY,
        "compatibility_flags": ["python_workers"],
        "workers_dev": True,
        "vars": {"BY": "wrangler"},
        "kv_namespaces": [{"binding": "KV", "id": namespace_id}],
    }
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))

    wrangler("deploy")

    assert workers.get("counter").json() == {"count": 1, "by": "wrangler"}
