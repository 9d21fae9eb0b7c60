"""What R2 refuses of the Workers runtime's requests: too much, malformed, framed badly."""

import asyncio
from typing import Any

import orjson
import pytest

from emulator import Account, Twin
from emulator.r2.bucket import BucketStore
from emulator.wire.binding import HEADER
from tests.bindings import Runtime
from tests.r2.stores import LARGE, files
from tests.r2.worker import Env, refusal

MEBIBYTE = 1_048_576


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"object": "x" * 1_025}, 10020),
        ({"object": ""}, 10020),
        ({"object": "key", "customFields": [{"k": "k", "v": "x" * 8_192}]}, 10012),
        ({"object": "key", "storageClass": "Cold"}, 10029),
        ({"object": "key", "httpFields": {"cacheExpiry": "-1"}}, 10029),
        ({"object": "key", "httpFields": {"cacheExpiry": "9" * 18}}, 10029),
    ],
)
async def test_what_a_put_refuses(
    env: Env, account: Account, twin: Twin, fields: dict[str, Any], code: int
) -> None:
    assert refusal(await env.write("put", LARGE, **fields))[1] == code
    assert files(twin.account_path(account.id) / "r2") == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"object": 1},
        {"object": "key", "range": []},
        {"object": "key", "range": {"offset": 1.5}},
        {"object": "key", "range": {"offset": "٣٣x"}},
        {"object": "key", "rangeHeader": 1},
        {"object": "key", "onlyIf": 1},
        {"object": "key", "onlyIf": {"etagMatches": "x"}},
        {"object": "key", "onlyIf": {"etagMatches": [{"type": "strong"}]}},
        {"object": "key", "ssec": 1},
    ],
)
async def test_a_malformed_read_is_refused(
    env: Env, shop: BucketStore, fields: dict[str, Any]
) -> None:
    shop.write("key", b"x")

    assert refusal(await env.read("get", **fields))[:2] == (400, 10040)


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("put", {"object": "key", "customFields": [{"k": 1, "v": "x"}]}),
        ("put", {"object": "key", "httpFields": "x"}),
        ("delete", {"objects": "key"}),
        ("delete", {"objects": [1]}),
        ("completeMultipartUpload", {"object": "key", "uploadId": "x", "parts": [{}]}),
        ("completeMultipartUpload", {"object": "key", "uploadId": "x", "parts": [1]}),
        ("list", {"include": "x"}),
    ],
)
async def test_a_malformed_write_is_refused(env: Env, method: str, fields: dict[str, Any]) -> None:
    ask = env.read if method == "list" else env.write

    assert refusal(await ask(method, **fields))[:2] == (400, 10040)


@pytest.mark.parametrize("size", ["", "0", "x", "9999999999", "-1", "99"])
async def test_a_body_that_is_framed_badly_is_refused(env: Env, size: str) -> None:
    refused = await env.client.put("/", content=b"{}", headers={"cf-r2-metadata-size": size})

    assert refusal(refused)[:2] == (400, 10040)


async def test_a_request_has_an_end(env: Env) -> None:
    request = b'{"method":"delete","object":"key"}'
    padded = request + b" " * (8 * MEBIBYTE + 1 - len(request))
    sizes = [{"cf-r2-metadata-size": str(len(one))} for one in (request, padded)]

    taken = await env.client.put("/", content=request, headers=sizes[0])
    refused = await env.client.put("/", content=padded, headers=sizes[1])

    assert (taken.status_code, refusal(refused)[1]) == (200, 10040)


async def test_content_above_5_gib_is_refused_by_its_length(
    env: Env, runtime: Runtime, twin: Twin
) -> None:
    token = env.client.headers[HEADER.decode()]
    request = orjson.dumps({"version": 1, "method": "put", "object": "key"})
    head = {
        "host": "fake-host",
        HEADER.decode(): token,
        "cf-r2-metadata-size": str(len(request)),
        "content-length": str(5 * 1_024 * MEBIBYTE),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())

    _, writer = await asyncio.open_unix_connection(str(runtime.path))
    writer.write(f"PUT / HTTP/1.1\r\n{lines}\r\n".encode() + request)
    writer.close()
    await writer.wait_closed()

    async with asyncio.timeout(10):
        while not twin.events.recent(1):
            await asyncio.sleep(0)
    assert twin.events.recent(1)[0].code == 100100


async def test_an_unknown_method_is_refused(env: Env) -> None:
    for response in (await env.read("sing"), await env.write("sing")):
        assert refusal(response)[1:] == (10001, "No route for that URI")
    assert refusal(await env.client.delete("/"))[1] == 10001
