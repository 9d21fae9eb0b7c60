"""What a script, a client or a key may be like, and nothing breaks."""

import asyncio

import aiohttp
import httpx
import pytest

from emulator import Account
from emulator.workers.runtime.program import KVBinding
from tests.workers.python.conftest import Stage, Worker

ECHO = """
from workers import Response

async def on_fetch(request):
    return Response(f"{request.method} {request.url} {request.headers.get('x-a')}")
"""


async def raw(worker: Worker, request: bytes) -> bytes:
    """The answer's first line."""
    reader, writer = await asyncio.open_unix_connection(str(worker.child.edge))
    writer.write(request)
    line = await reader.readline()
    writer.close()
    return line


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET //evil.example/%2e%2e/?a=%00 HTTP/1.1\r\nHost: a.example\r\n\r\n",
        b"GET /%ff%C3%28 HTTP/1.1\r\nHost: a.example\r\nx-a: \xff\xc3\xa9\r\n\r\n",
        b"PURGE / HTTP/1.1\r\nHost: [::1]:8787\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n",
    ],
    ids=["path", "bytes", "address", "asterisk"],
)
async def test_odd_requests_are_answered(stage: Stage, request_line: bytes) -> None:
    worker = await stage.start(ECHO)

    assert await raw(worker, request_line) == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("host", [b"a b", b"a:port", b"", b"a/b", b"["])
async def test_a_host_that_is_none_is_the_clients_fault(stage: Stage, host: bytes) -> None:
    worker = await stage.start(ECHO)

    line = await raw(worker, b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

    assert line == b"HTTP/1.1 400 Bad Request\r\n"
    assert (await worker.get()).status_code == 200


async def test_a_stream_ends_with_its_client(stage: Stage) -> None:
    source = """
import asyncio
from js import Response

async def forever():
    try:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0.01)
    finally:
        print("ended")

def on_fetch(request):
    return Response.new(forever())
"""
    worker = await stage.start(source)
    async with worker.client.stream("GET", "/") as answer:
        async for _ in answer.aiter_bytes():
            break

    assert await worker.said("ended") == ("log", "ended")
    assert worker.log == [("log", "ended")]


async def test_an_applications_stream_ends_with_its_client(stage: Stage) -> None:
    source = """
import asyncio
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()

@app.get("/")
async def forever():
    async def numbers():
        try:
            while True:
                yield "x"
                await asyncio.sleep(0.01)
        finally:
            print("ended")
    return StreamingResponse(numbers())
"""
    worker = await stage.start(source)
    async with worker.client.stream("GET", "/") as answer:
        async for _ in answer.aiter_bytes():
            break

    assert await worker.said("ended") == ("log", "ended")


async def test_a_script_that_blocks_does_not_answer_that_it_is_free(stage: Stage) -> None:
    source = """
from workers import Response

def on_fetch(request):
    print("begun")
    while True:
        pass
"""
    worker = await stage.start(source)
    asked = asyncio.create_task(worker.get())
    await worker.said("begun")
    async with worker.at("control") as control:
        with pytest.raises(httpx.ReadTimeout):
            await control.get("/", timeout=0.3)

    await worker.child.kill()
    with pytest.raises(httpx.RemoteProtocolError):
        await asked


@pytest.mark.parametrize(
    "source",
    [
        "def on_fetch(request):\n    return {'a': 1}",
        "def on_fetch(request):\n    return None",
        "def on_fetch(request):\n    raise SystemExit(3)",
        "def on_fetch(request):\n    raise KeyboardInterrupt",
        "def on_fetch(request):\n    return on_fetch(request)",
    ],
    ids=["dictionary", "nothing", "exit", "interrupt", "recursion"],
)
async def test_a_handler_that_misbehaves_answers_500_and_the_next_is_served(
    stage: Stage, source: str
) -> None:
    worker = await stage.start(source)

    for _ in range(2):
        answer = await worker.get()
        assert (answer.status_code, answer.text) == (500, "Internal Server Error")
        assert "content-type" not in answer.headers
    assert (await worker.said("Uncaught", times=2))[0] == "error"


async def test_hostile_keys_and_values_come_back(stage: Stage, account: Account) -> None:
    source = """
from workers import Response

KEYS = ["../x", "a?b#c", "%2F", "\\x00", "é\\n", "\\x7f"]

async def on_fetch(request, env):
    for key in KEYS:
        metadata = {"key": key[:2], "del": "\\x7f"}
        await env.KV.put(key, key.encode("utf-8", "replace"), metadata=metadata)
    return Response.json([
        bytes(await env.KV.get(key, "arrayBuffer")) == key.encode("utf-8", "replace")
        and (await env.KV.getWithMetadata(key)).metadata.key == key[:2]
        for key in KEYS
    ])
"""
    namespace = account.kv.create_namespace("things").id
    worker = await stage.start(source, KVBinding("KV", stage.token("kv", namespace)))

    answer = await worker.get()

    assert answer.json() == [True] * 6, worker.log


async def test_many_requests_at_once_are_answered(stage: Stage) -> None:
    source = """
import asyncio
from workers import Response

async def on_fetch(request):
    await asyncio.sleep(0.05)
    print(request.url)
    return Response(request.url)
"""
    worker = await stage.start(source)
    connector = aiohttp.UnixConnector(str(worker.child.edge))
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(number: int) -> str:
            async with session.get(f"http://a.example/{number}") as answer:
                return await answer.text()

        texts = await asyncio.gather(*map(ask, range(200)))

    assert texts == [f"http://a.example/{number}" for number in range(200)]
