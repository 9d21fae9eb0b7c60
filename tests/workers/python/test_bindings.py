"""What a script does with its bindings, in the ways that Cloudflare's examples have."""

from emulator import Account
from emulator.workers.runtime.program import (
    AbsentBinding,
    KVBinding,
    R2Binding,
    ServiceBinding,
    WrappedBinding,
    Wrapping,
)
from tests.workers.python.conftest import Stage

SOURCE = """
from workers import Response

async def work(env):{body}

async def on_fetch(request, env):
    return Response.json(await work(env))
"""


def kv(stage: Stage, account: Account) -> KVBinding:
    return KVBinding("KV", stage.token("kv", account.kv.create_namespace("things").id))


def d1(stage: Stage, account: Account) -> WrappedBinding:
    database = account.d1.create_database("things").id
    return WrappedBinding("DB", Wrapping.D1, stage.token("d1", database))


async def test_kv_takes_options_as_an_object_or_by_name(stage: Stage, account: Account) -> None:
    body = """
    from js import Object
    from pyodide.ffi import to_js
    given = to_js({"metadata": {"by": "ada"}}, dict_converter=Object.fromEntries)
    await env.KV.put("one", "1", given)
    await env.KV.put("two", "2", metadata={"by": "bob"}, expirationTtl=60)
    found = await env.KV.list(prefix="t")
    one = await env.KV.getWithMetadata("one")
    names = [key.name for key in found.keys]
    assert list(found.keys()) == list(found)
    return [one.value, one["metadata"]["by"], one.metadata.to_py(), names, found["list_complete"]]
"""
    worker = await stage.start(SOURCE.format(body=body), kv(stage, account))

    assert (await worker.get()).json() == ["1", "ada", {"by": "ada"}, ["two"], True]


async def test_d1_rows_are_objects_and_mappings(stage: Stage, account: Account) -> None:
    body = """
    await env.DB.exec("CREATE TABLE todos (id INTEGER PRIMARY KEY, title TEXT, items TEXT)")
    bound = env.DB.prepare("INSERT INTO todos (title, items) VALUES (?, ?)").bind("é", None)
    meta = (await bound.run()).meta
    found = await env.DB.prepare("SELECT * FROM todos").all()
    row = found.results[0]
    await env.DB.prepare("UPDATE todos SET items = 'a'").run()
    full = await env.DB.prepare("SELECT * FROM todos").first()
    return [row.title, row["id"], row.to_py(), meta.changes, full, dict(full.items())]
"""
    worker = await stage.start(SOURCE.format(body=body), d1(stage, account))

    row = {"id": 1, "title": "é", "items": None}
    full = {**row, "items": "a"}
    assert (await worker.get()).json() == ["é", 1, row, 1, full, full]


async def test_an_r2_object_streams_from_and_to_the_client(stage: Stage, account: Account) -> None:
    source = """
from js import Headers, Object, Response
from pyodide.ffi import to_js

async def on_fetch(request, env):
    if request.method == "PUT":
        made = await env.BUCKET.put("big", request.body, {"httpMetadata": request.headers})
        return Response.new(str(made.size))
    found = await env.BUCKET.get("big")
    headers = Headers.new()
    found.writeHttpMetadata(headers)
    headers.set("etag", found.httpEtag)
    return Response.new(found.body, headers=headers)
"""
    account.r2.create_bucket("things")
    worker = await stage.start(source, R2Binding("BUCKET", stage.token("r2", "things")))
    content = bytes(range(256)) * 20_000

    put = await worker.client.put("/", content=content, headers={"content-type": "image/png"})
    got = await worker.get()

    assert put.text == str(len(content))
    assert (got.content, got.headers["content-type"]) == (content, "image/png")
    assert got.headers["content-length"] == str(len(content))


async def test_an_error_of_a_binding_is_javascripts(stage: Stage, account: Account) -> None:
    body = """
    from pyodide.ffi import JsException
    try:
        await env.KV.put("short", "x", expirationTtl=10)
    except JsException as error:
        return [error.name, error.message, str(error)]
"""
    worker = await stage.start(SOURCE.format(body=body), kv(stage, account))

    text = "KV PUT failed: 400 Invalid expiration_ttl of 10. Expiration TTL must be at least 60."
    assert (await worker.get()).json() == ["Error", text, f"Error: {text}"]


async def test_env_is_to_be_had_without_a_handler(stage: Stage, account: Account) -> None:
    body = """
    from workers import env as imported, import_from_javascript
    other = import_from_javascript("cloudflare:workers").env
    await imported.KV.put("a", "b")
    return [await other.KV.get("a"), imported is env]
"""
    worker = await stage.start(SOURCE.format(body=body), kv(stage, account))

    assert (await worker.get()).json() == ["b", True]


async def test_another_script_is_fetched_by_its_socket(stage: Stage) -> None:
    other = await stage.start(
        "from workers import Response\n"
        "async def on_fetch(request):\n"
        "    return Response(request.url + ' ' + await request.text(), status=203)\n"
    )
    source = """
async def on_fetch(request, env):
    return await env.OTHER.fetch("https://other/a?b=1", method="POST", body="hi")
"""
    worker = await stage.start(source, ServiceBinding("OTHER", other.child.edge))

    answer = await worker.get()

    assert (answer.status_code, answer.text) == (203, "https://other/a?b=1 hi")


async def test_what_the_twin_has_not_is_refused_by_name(stage: Stage) -> None:
    body = """
    try:
        await env.QUEUE.send("x")
    except NotImplementedError as error:
        return str(error)
"""
    worker = await stage.start(SOURCE.format(body=body), AbsentBinding("QUEUE", "queue"))

    text = "The binding queue is not implemented by Cloudflare Twin"
    assert (await worker.get()).json() == text
