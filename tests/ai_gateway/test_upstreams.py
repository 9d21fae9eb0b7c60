"""Real providers, reached over HTTP: what they are sent, and what becomes of their answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from emulator import Account, Settings, Twin
from emulator.ai_gateway.models import Configuration
from emulator.ai_gateway.provider_client import HttpUpstream, configured, sent_headers
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.wire.reply import Stream
from emulator.wire.upstream import UpstreamRequest, UpstreamUnreachable

CLOSE = b"Connection: close\r\n"
REQUEST = UpstreamRequest(
    "POST",
    "chat/completions?a=1",
    (("authorization", "Bearer sk"), ("cf-aig-cache-ttl", "60")),
    b'{"model":"x"}',
)


class Server:
    """A provider on a real socket: answers with given bytes, remembers what it was sent."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.received = b""
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.received = await reader.readuntil(b"\r\n\r\n")
        head = self.received.lower()
        if b"content-length: " in head:
            length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
            self.received += await reader.readexactly(length)
        writer.write(self.reply)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@asynccontextmanager
async def serving(reply: bytes) -> AsyncIterator[Server]:
    server = Server(reply)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    server.url = f"http://{host}:{port}/v1"
    async with listening:
        yield server


def whole(body: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n") -> bytes:
    return head + b"Content-Length: %d\r\n" % len(body) + CLOSE + b"\r\n" + body


async def read(body: bytes | Stream) -> bytes:
    assert not isinstance(body, bytes)
    whole = b"".join([block async for block in body])
    await body.aclose()
    return whole


async def test_a_request_is_sent_as_it_is_below_the_base_url(account: Account) -> None:
    async with serving(whole(b"{}")) as server:
        reply = await HttpUpstream(server.url + "/").send(account, REQUEST)

        assert (reply.status, await read(reply.body)) == (200, b"{}")
        head, _, body = server.received.partition(b"\r\n\r\n")

    assert head.startswith(b"POST /v1/chat/completions?a=1 HTTP/1.1\r\n")
    assert body == REQUEST.body
    assert b"authorization: Bearer sk" in head
    assert b"cf-aig" not in head


@pytest.mark.parametrize(
    "name",
    "host content-length transfer-encoding connection upgrade te cookie cf-aig-authorization"
    " cf-aig-metadata cf-cache-ttl cf-connecting-ip x-forwarded-for accept-encoding x-hop".split(),
)
def test_a_header_of_the_way_here_is_not_sent_on(name: str) -> None:
    sent = sent_headers(((name, "x"), ("connection", "close, X-Hop"), ("x-api-key", "k")))

    assert sent == [(b"x-api-key", b"k"), (b"accept-encoding", b"identity")]


def test_a_header_that_is_no_latin_1_is_sent_as_utf_8() -> None:
    assert sent_headers((("x-a", "\u4e2d"),))[0] == (b"x-a", "\u4e2d".encode())


async def test_a_redirect_is_an_answer(account: Account) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n"
    async with serving(whole(b"", head)) as server:
        reply = await HttpUpstream(server.url).send(account, REQUEST)
        await read(reply.body)

    assert reply.status == 302


async def test_no_answer_is_unreachable(account: Account) -> None:
    async with serving(b"") as server:
        with pytest.raises(UpstreamUnreachable):
            await HttpUpstream(server.url).send(account, REQUEST)
    with pytest.raises(UpstreamUnreachable):
        await HttpUpstream(server.url).send(account, REQUEST)


async def test_an_answer_that_is_cut_short_is_unreachable(account: Account) -> None:
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n" + CLOSE + b"\r\nabc"
    async with serving(short) as server:
        reply = await HttpUpstream(server.url).send(account, REQUEST)

        with pytest.raises(UpstreamUnreachable):
            await read(reply.body)


@pytest.mark.parametrize("path", ["a\nb", "a\0b", "x" * 70_000])
async def test_a_path_that_is_none_is_unreachable(account: Account, path: str) -> None:
    with pytest.raises(UpstreamUnreachable):
        await HttpUpstream("http://127.0.0.1:9").send(
            account, UpstreamRequest("GET", path, (), b"")
        )


@pytest.mark.parametrize("path", ["//evil.example/x", "@evil.example/x", "http://evil.example/x"])
async def test_no_path_leads_to_another_host(account: Account, path: str) -> None:
    async with serving(whole(b"{}")) as server:
        request = UpstreamRequest("GET", path, (), b"")
        reply = await HttpUpstream(server.url).send(account, request)
        await read(reply.body)

    assert server.received.startswith(b"GET /v1/")


def test_a_setting_names_providers_and_their_urls() -> None:
    named = configured("openai=https://api.openai.com/v1  groq=http://localhost:1/openai/v1")

    assert set(named) == {"openai", "groq"}


@pytest.mark.parametrize("text", ["openai", "=https://x", "openai=ftp://x", "openai=https://"])
def test_a_setting_that_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ai_gateway_upstreams"):
        configured(text)


async def test_the_gateway_asks_what_is_configured_and_streams_it() -> None:
    events = b'data: {"n":1}\n\ndata: {"usage":{"prompt_tokens":9}}\n\ndata: [DONE]\n\n'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    async with serving(whole(events, head)) as server:
        twin = Twin(Settings(ai_gateway_upstreams=f"groq={server.url}"))
        record, _ = twin.create_account("Real")
        store = twin.account(record.id).ai_gateway
        shop = store.create("shop", Configuration())
        base_url = f"http://twin/gateway/v1/{record.id}"
        transport = httpx.ASGITransport(Gateway(twin, dict))
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as caller:
            response = await caller.post("/shop/groq/chat/completions", json={"stream": True})
        log = store.logs.get(shop, response.headers["cf-aig-log-id"])
        twin.close()

    assert response.content == events
    assert (log.tokens_in, log.provider) == (9, "groq")
