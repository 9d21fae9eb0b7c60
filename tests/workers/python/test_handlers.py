"""Scripts as Cloudflare documents them: classes, functions, applications."""

import asyncio
from pathlib import Path

import aiohttp
import httpx
import pytest

from emulator import Account
from emulator.workers.runtime.failures import ProgramBroken
from emulator.workers.runtime.program import Entrance, JsonBinding, KVBinding, TextBinding
from tests.workers.python.conftest import Stage

ENTRYPOINT = """
from workers import WorkerEntrypoint, Response
from hello import hello

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        if request.method == "POST":
            name = (await request.json())["name"]
            return Response(hello(name), headers={"x-by": "Worker"}, status=201)
        if request.url.endswith("/json"):
            return Response.json({"host": self.env.API_HOST, "n": self.env.CONFIG.n})
        return Response("Hello World!")
"""
HELLO = {"hello.py": "def hello(name):\n    return 'Hello, ' + name + '!'\n"}
FASTAPI = """
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from workers import WorkerEntrypoint

app = FastAPI()

class Item(BaseModel):
    name: str
    price: float

@app.get("/env")
async def env(req: Request):
    return {"message": req.scope["env"].MESSAGE, "url": str(req.url)}

@app.post("/items/{number}")
async def create(number: int, item: Item):
    return {"number": number, **item.model_dump()}

@app.get("/stream")
async def stream():
    async def numbers():
        for n in range(3):
            yield f"data: {n}\\n\\n"
    return StreamingResponse(numbers(), media_type="text/event-stream")

@app.get("/broken")
async def broken():
    raise RuntimeError("secret detail")

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        import asgi
        return await asgi.fetch(app, request.js_object, self.env)
"""


async def test_a_class_answers_with_its_env_and_modules(stage: Stage) -> None:
    bindings = TextBinding("API_HOST", "example.com"), JsonBinding("CONFIG", '{"n": 1}')
    worker = await stage.start(ENTRYPOINT, *bindings, files=HELLO)

    posted = await worker.client.post("/", json={"name": "Python"})
    assert (posted.status_code, posted.text) == (201, "Hello, Python!")
    assert posted.headers["x-by"] == "Worker"
    assert (await worker.get("/json")).json() == {"host": "example.com", "n": 1}


async def test_a_function_answers_with_javascripts_response(stage: Stage) -> None:
    source = """
from js import Response, Headers, Object
from pyodide.ffi import to_js

async def on_fetch(request, env):
    headers = Headers.new({"content-type": "text/x"}.items())
    given = to_js({"status": 202, "headers": headers}, dict_converter=Object.fromEntries)
    return Response.new(f"{request.method} {env.WHO}", given)
"""
    answer = await (await stage.start(source, TextBinding("WHO", "ada"))).get()

    assert (answer.status_code, answer.text) == (202, "GET ada")
    assert answer.headers["content-type"] == "text/x"


async def test_fastapi_works_as_documented(stage: Stage) -> None:
    worker = await stage.start(FASTAPI, TextBinding("MESSAGE", "hi"))

    env = await worker.get("/env?a=1", headers={"x-forwarded-proto": "https"})
    assert env.json() == {"message": "hi", "url": "https://script.example/env?a=1"}
    created = await worker.client.post("/items/7", json={"name": "é", "price": 1.5})
    assert created.json() == {"number": 7, "name": "é", "price": 1.5}
    assert (await worker.client.post("/items/x", json={})).status_code == 422


async def test_an_application_streams(stage: Stage) -> None:
    worker = await stage.start(FASTAPI)

    answer = await worker.get("/stream")

    assert answer.text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    "ending", ["", "\nfrom workers import asgi\nDefault = asgi.entrypoint(app)\n"]
)
async def test_an_application_alone_serves(stage: Stage, ending: str) -> None:
    source = FASTAPI.partition("class Default")[0] + ending
    worker = await stage.start(source, TextBinding("MESSAGE", "hi"))

    assert (await worker.get("/env")).json()["message"] == "hi"


async def test_an_applications_own_error_is_its_own_and_logged(stage: Stage) -> None:
    worker = await stage.start(FASTAPI)

    answer = await worker.get("/broken")

    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert "RuntimeError: secret detail" in (await worker.said("secret detail"))[1]


async def test_a_traceback_goes_to_the_log_and_not_to_the_client(stage: Stage) -> None:
    worker = await stage.start("def on_fetch(request):\n    raise ValueError('secret')\n")

    answer = await worker.get()

    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert "content-type" not in answer.headers
    assert answer.headers["connection"] == "close"
    level, text = await worker.said("ValueError: secret")
    assert level == "error"
    assert "entry.py" in text


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nowhere_to_be_found", "No module named 'nowhere_to_be_found'"),
        ("def on_fetch(:", "SyntaxError: invalid syntax"),
        ("x = 1", "No event handlers were registered"),
        ("raise SystemExit('enough')", "SystemExit: enough"),
        ("from workers import DurableObject\nclass A(DurableObject): pass", "not implemented"),
    ],
)
async def test_a_script_that_cannot_start_says_why(stage: Stage, source: str, reason: str) -> None:
    with pytest.raises(ProgramBroken, match=reason):
        await stage.start(source)


async def test_a_module_name_cannot_lead_out_of_the_script(stage: Stage) -> None:
    with pytest.raises(ProgramBroken, match="leads out of the script"):
        await stage.start("app = 1", files={"../evil.txt": "x"})


async def test_a_script_reads_the_files_beside_it(stage: Stage) -> None:
    source = """
from pathlib import Path
from workers import Response

def on_fetch(request):
    return Response((Path(__file__).parent / "page/a.html").read_text())
"""
    worker = await stage.start(source, files={"page/a.html": "<p>é"})

    assert (await worker.get()).text == "<p>é"


async def test_a_cron_handler_runs_and_tells_its_outcome(stage: Stage) -> None:
    source = """
from workers import WorkerEntrypoint

class Default(WorkerEntrypoint):
    async def scheduled(self, controller, env, ctx):
        print("cron", controller.cron, controller.scheduledTime)
        if controller.cron == "bad":
            controller.noRetry()
            raise ValueError("bad cron")
"""
    worker = await stage.start(source)
    async with worker.at("control") as control:
        good = await control.get("/scheduled", params={"cron": "* * * * *", "time": 1000})
        bad = await control.get("/scheduled", params={"cron": "bad", "time": 1})
        free = await control.get("/")

    assert good.json() == {"outcome": "ok", "noRetry": False}
    assert bad.json() == {"outcome": "exception", "noRetry": True}
    assert free.text == "free"
    assert await worker.said("cron * * * * * 1000") == ("log", "cron * * * * * 1000")


async def test_what_is_waited_for_is_done_before_the_process_ends(stage: Stage) -> None:
    source = """
import asyncio
from pathlib import Path
from workers import Response, waitUntil

async def later():
    await asyncio.sleep(0.2)
    print("done at last")

def on_fetch(request):
    waitUntil(later())
    return Response("begun")
"""
    worker = await stage.start(source)
    assert (await worker.get()).text == "begun"

    await worker.child.stop()

    assert ("log", "done at last") in worker.log


async def test_a_request_is_answered_before_the_process_ends(stage: Stage) -> None:
    source = """
import asyncio
from pathlib import Path
from workers import Response

async def on_fetch(request):
    print("asked")
    await asyncio.sleep(0.2)
    return Response("answered")
"""
    worker = await stage.start(source)
    answer = asyncio.create_task(worker.get())
    await worker.said("asked")

    await worker.child.stop()

    assert (await answer).text == "answered"


async def test_print_logging_and_console_are_logged(stage: Stage) -> None:
    source = """
import logging
from js import console
from workers import Response

def on_fetch(request):
    console.warn("from console", {"a": 1})
    logging.getLogger(__name__).error("from logging")
    print("from print")
    return Response("")
"""
    worker = await stage.start(source)
    await worker.get()

    assert await worker.said("from print") == ("log", "from print")
    assert await worker.said("from console") == ("warn", 'from console {"a": 1}')
    assert await worker.said("from logging") == ("error", "from logging")


async def test_an_entrance_leads_to_its_class(stage: Stage) -> None:
    source = """
from workers import WorkerEntrypoint, Response

class Default(WorkerEntrypoint):
    def fetch(self, request):
        return Response("default")

class Admin(WorkerEntrypoint):
    def fetch(self, request):
        return Response("admin")
"""
    worker = await stage.start(source, entrances=(Entrance("to-1", "Admin"), Entrance("to-2")))
    async with worker.at("to-1") as admin, worker.at("to-2") as usual:
        texts = [(await admin.get("/")).text, (await usual.get("/")).text]

    assert texts == ["admin", "default"]


async def test_large_bodies_come_and_go_in_pieces(stage: Stage) -> None:
    source = """
from js import Response

async def pieces(count):
    for n in range(count):
        yield bytes([n]) * 65536

async def on_fetch(request):
    if request.method == "GET":
        return Response.new(pieces(100))
    sizes = [len(chunk) async for chunk in request.body]
    return Response.new(f"{sum(sizes)} {len(sizes) > 1}")
"""
    worker = await stage.start(source)

    assert (await worker.client.post("/", content=bytes(4_194_304))).text == "4194304 True"
    got = await worker.get()
    assert got.content == b"".join(bytes([n]) * 65_536 for n in range(100))


async def test_a_body_that_breaks_off_is_not_whole_to_the_client(stage: Stage) -> None:
    source = """
from js import Response

async def pieces():
    yield b"begun"
    raise ValueError("broke off")

def on_fetch(request):
    return Response.new(pieces())
"""
    worker = await stage.start(source)

    with pytest.raises(httpx.RemoteProtocolError):
        await worker.get()
    assert await worker.said("broke off")


async def test_a_websocket_reaches_the_application(stage: Stage) -> None:
    source = (
        FASTAPI.partition("class Default")[0]
        + """
@app.websocket("/talk")
async def talk(socket: WebSocket):
    await socket.accept()
    await socket.send_text("you said " + await socket.receive_text())
    await socket.close()
"""
    )
    worker = await stage.start(source)
    connector = aiohttp.UnixConnector(str(worker.child.edge))
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.ws_connect("http://script.example/talk") as talk:
            await talk.send_str("hello")
            assert await talk.receive_str() == "you said hello"


async def test_a_wsgi_application_serves_and_waits_for_bindings(
    stage: Stage, account: Account
) -> None:
    source = """
from flask import Flask, request
from pyodide.ffi import run_sync
from workers import wsgi

app = Flask(__name__)

@app.post("/ü")
def put():
    kv = request.environ["workers.env"].KV
    run_sync(kv.put("key", request.get_data()))
    print("put")
    return {"path": request.path, "value": run_sync(kv.get("key")), "q": request.args["q"]}, 201

Default = wsgi.entrypoint(app)
"""
    namespace = account.kv.create_namespace("things").id
    worker = await stage.start(source, KVBinding("KV", stage.token("kv", namespace)))

    answer = await worker.client.post("/ü?q=é", content="välue")

    assert answer.status_code == 201
    assert answer.json() == {"path": "/ü", "value": "välue", "q": "é"}
    assert await worker.said("put") == ("log", "put")


async def test_what_lies_where_the_twin_was_started_is_not_the_scripts(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "astray.py").write_text("")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ProgramBroken, match="No module named 'astray'"):
        await stage.start("import astray")


async def test_a_script_sees_where_a_request_is_from_and_not_how_it_came(stage: Stage) -> None:
    source = """
from workers import Response, WorkerEntrypoint

class Default(WorkerEntrypoint):
    def fetch(self, request):
        names = sorted(name for name in request.headers if "-" in name)
        return Response.json([request.cf.colo, request.cf["country"], request.url, names])
"""
    worker = await stage.start(source)
    headers = {"cftwin-cf": '{"colo":"AMS","country":"NL"}', "x-forwarded-proto": "https"}

    answer = await worker.get("/a", headers={**headers, "cf-ray": "1"})

    url, names = "https://script.example/a", ["accept-encoding", "cf-ray", "user-agent"]
    assert answer.json() == ["AMS", "NL", url, names]
