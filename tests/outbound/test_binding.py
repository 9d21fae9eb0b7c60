"""The door that a Worker's `fetch` goes through, as workerd uses it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Account, Settings, Twin
from emulator.app import create_app
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.outbound.binding import MAX_BODY_BYTES, door
from emulator.outbound.errors import WorkerLoop
from emulator.outbound.hosts import Target
from emulator.outbound.outside import Outside
from emulator.outbound.sending import MAX_HOPS, MAX_IN_FLIGHT, Request, Sending
from emulator.standins.standin import Asgi
from tests.bindings import runtime_of

MAIL = {
    "personalizations": [{"to": [{"email": "ada@example.com"}]}],
    "from": {"email": "shop@example.com"},
    "subject": "Hello",
    "content": [{"type": "text/plain", "value": "Hello Ada"}],
}


class Scene:
    """A script that fetches."""

    def __init__(self, outside: Outside, client: httpx.AsyncClient) -> None:
        self.outside = outside
        self.client = client

    async def fetch(self, url: str, method: str = "GET", **options: Any) -> httpx.Response:
        """As workerd sends it: in clear, the scheme in a header."""
        wanted = httpx.URL(url)
        headers = {
            "host": wanted.netloc.decode(),
            "x-forwarded-proto": wanted.scheme,
            "cftwin-cf": "{}",
            **options.pop("headers", {}),
        }
        path = wanted.raw_path.decode()
        return await self.client.request(method, path, headers=headers, **options)


@asynccontextmanager
async def scene_of(twin: Twin, account: Account) -> AsyncIterator[Scene]:
    outside = Outside(twin)
    create_app(twin, outside=outside)
    doors = {"outbound": door(outside, twin.clock)}
    async with runtime_of(twin, account.id, doors) as runtime:
        yield Scene(outside, await runtime.bind("outbound", "shop"))


@pytest.fixture
async def scene(twin: Twin, account: Account) -> AsyncIterator[Scene]:
    async with scene_of(twin, account) as scene:
        yield scene


@asynccontextmanager
async def allowing(tmp_path: Path, clock: ManualClock, hosts: str) -> AsyncIterator[Scene]:
    twin = Twin(Settings(state=tmp_path / "other", allow_hosts=hosts), clock=clock, ids=Ids(seed=2))
    record, _ = twin.create_account("Test account")
    async with scene_of(twin, twin.account(record.id)) as scene:
        yield scene
    twin.close()


@asynccontextmanager
async def http_server(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says the same to all; its port, and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


async def test_a_call_to_a_stand_in_is_answered_and_in_the_outbox(
    scene: Scene, account: Account, twin: Twin
) -> None:
    key = {"authorization": "Bearer SG.0123456789abcdef"}
    sent = await scene.fetch(
        "https://api.sendgrid.com/v3/mail/send?a=b", "POST", json=MAIL, headers=key
    )

    [call] = scene.outside.outbox.recent(10)
    assert (sent.status_code, call.status, call.answered_by) == (202, 202, "sendgrid")
    assert call.url == "https://api.sendgrid.com/v3/mail/send?a=b"
    assert (call.account_id, call.script, call.at) == (account.id, "shop", twin.clock.now())
    assert dict(call.headers)["authorization"] == key["authorization"]
    [mail] = scene.outside.outbox.inbox(10, account_id=account.id)
    assert (mail.to, mail.subject, mail.text) == ("ada@example.com", "Hello", "Hello Ada")


async def test_what_is_between_the_runtime_and_us_does_not_go_out(scene: Scene) -> None:
    await scene.fetch("https://api.sendgrid.com/v3/mail/send")

    [call] = scene.outside.outbox.recent(10)
    assert not {"cftwin-binding", "cftwin-cf", "x-forwarded-proto"} & dict(call.headers).keys()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "http://127.0.0.1:8788/_twin/reset",
        "http://localhost/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "https://api.openai.com.example.com/v1/models",
    ],
)
async def test_a_host_that_nobody_stands_in_for_is_refused(scene: Scene, url: str) -> None:
    refused = await scene.fetch(url)

    assert refused.status_code == 502
    assert f'CFTWIN_ALLOW_HOSTS="{httpx.URL(url).netloc.decode()}"' in refused.text
    [call] = scene.outside.outbox.recent(10)
    assert (call.answered_by, call.status) == ("refused", 502)


async def test_a_refusal_is_an_event(scene: Scene, twin: Twin) -> None:
    await scene.fetch("https://example.com/a?b=c")

    [event] = twin.events.recent(1)
    assert (event.operation, event.status) == ("outbound.refused", 502)
    assert event.detail == {"url": "https://example.com/a?b=c"}


async def test_a_stand_in_answers_on_any_port(scene: Scene) -> None:
    refused = await scene.fetch("http://api.openai.com:8080/v1/models")

    assert refused.status_code == 401
    assert "didn't provide an API key" in refused.text


async def test_a_host_that_is_none_is_refused(scene: Scene) -> None:
    refused = await scene.client.get("/", headers={"host": "a b"})

    assert (refused.status_code, refused.text) == (400, "a b is not a host that can be reached")


async def test_a_body_has_a_limit(scene: Scene) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 4_194_304 + 1):
            yield bytes(4_194_304)

    refused = await scene.fetch("https://api.sendgrid.com/v3/mail/send", "POST", content=body())

    assert refused.status_code == 413
    assert scene.outside.outbox.recent(10) == []


async def test_cloudflares_own_api_is_the_twins(scene: Scene, account: Account, token: str) -> None:
    url = f"https://api.cloudflare.com/client/v4/accounts/{account.id}/storage/kv/namespaces"
    made = await scene.fetch(
        url, "POST", json={"title": "from a Worker"}, headers={"authorization": f"Bearer {token}"}
    )

    assert made.json()["success"]
    assert account.kv.namespace_titled("from a Worker").id == made.json()["result"]["id"]
    assert scene.outside.outbox.recent(1)[0].answered_by == "twin"


async def test_ai_gateways_own_host_is_the_twins(
    scene: Scene, account: Account, token: str
) -> None:
    url = f"https://gateway.ai.cloudflare.com/v1/{account.id}/default/openai/chat/completions"
    keys = {"authorization": "Bearer sk-x", "cf-aig-authorization": f"Bearer {token}"}
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}

    answered = await scene.fetch(url, "POST", json=body, headers=keys)

    assert answered.json()["object"] == "chat.completion"
    assert "cf-aig-log-id" in answered.headers


async def test_an_answer_streams(scene: Scene) -> None:
    body = {
        "model": "gpt-4o-mini",
        "stream": True,
        "messages": [{"role": "user", "content": "Hello"}],
    }
    answered = await scene.fetch(
        "https://api.openai.com/v1/chat/completions",
        "POST",
        json=body,
        headers={"authorization": "Bearer sk-x"},
    )

    assert answered.headers["content-type"].startswith("text/event-stream")
    assert answered.text.rstrip().endswith("data: [DONE]")
    [call] = scene.outside.outbox.recent(1)
    assert call.answer.size_bytes == len(answered.content)


def worker_of_ours(seen: list[dict[bytes, bytes]]) -> Asgi:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["client"][0].encode()})

    return app


async def test_a_request_passes_sixteen_workers_of_ours_and_no_more(scene: Scene) -> None:
    seen: list[dict[bytes, bytes]] = []
    app = worker_of_ours(seen)
    scene.outside.own.append(lambda account_id, host, path: app if host == "a.test" else None)

    first = await scene.fetch("https://a.test/")
    last = await scene.fetch("https://a.test/", headers={"cf-ew-via": "1"})
    refused = await scene.fetch("https://a.test/", headers={"cf-ew-via": "0"})

    assert first.text == "2a06:98c0:3600::103"
    assert [one[b"cf-ew-via"] for one in seen] == [b"%d" % (MAX_HOPS - 1), b"0"]
    assert (last.status_code, refused.status_code) == (200, 503)
    assert "1019" in refused.text


async def test_workers_that_wait_for_each_other_are_counted(
    scene: Scene, account: Account, clock: ManualClock
) -> None:
    """As of a script that fetches itself and passes no header on."""
    sending, depth = Sending(scene.outside, clock), 0
    target = Target("https", "loop.test", 443)
    request = Request(account, "shop", target, "GET", b"/", b"", (), b"")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal depth
        depth += 1
        await sending.send(request)

    scene.outside.own.append(lambda account_id, host, path: app if host == "loop.test" else None)

    with pytest.raises(WorkerLoop):
        await sending.send(request)
    assert depth == MAX_IN_FLIGHT


async def test_an_allowed_host_is_really_asked(tmp_path: Path, clock: ManualClock) -> None:
    answer = (
        b"HTTP/1.1 302 Found\r\nLocation: /b\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nmoved"
    )
    async with http_server(answer) as (port, asked):
        async with allowing(tmp_path, clock, f"127.0.0.1:{port}") as scene:
            headers = {"x-own": "yes"}
            got = await scene.fetch(f"http://127.0.0.1:{port}/a%20b?c=%2F", headers=headers)

            [call] = scene.outside.outbox.recent(1)
    assert (got.status_code, got.text, got.headers["location"]) == (302, "moved", "/b")
    assert got.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert asked[0].startswith(b"GET /a%%20b?c=%%2F HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % port)
    assert b"x-own: yes" in asked[0]
    assert b"cftwin" not in asked[0]
    assert (call.answered_by, call.answer.head) == ("internet", b"moved")


async def test_an_allowed_host_that_is_not_there_is_said(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with http_server(b"") as (port, _):
        pass
    async with allowing(tmp_path, clock, f"localhost:{port}") as scene:
        refused = await scene.fetch(f"http://localhost:{port}/")

    assert refused.status_code == 502
    assert refused.text.startswith(f"localhost:{port}, which allow_hosts lets out, could not be")


async def test_a_name_that_a_star_let_out_leads_to_no_machine_of_ours() -> None:
    from emulator.outbound.resolver_client import PublicResolver

    with pytest.raises(OSError, match="has to name it in full"):
        await PublicResolver().resolve("localhost", 80)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "0.0.0.0"])
async def test_a_script_finds_supabase_where_a_browser_does(scene: Scene, name: str) -> None:
    scene.outside.base_url = "http://0.0.0.0:8788"

    health = await scene.fetch(f"http://{name}:8788/supabase/auth/v1/health")
    other = await scene.fetch(f"http://{name}:8788/_twin/health")

    assert (health.status_code, health.json()["message"]) == (401, "No API key found in request")
    assert other.status_code == 502
    calls = scene.outside.outbox.recent(2)
    assert [call.answered_by for call in calls] == ["refused", "supabase"]


async def test_what_an_account_had_outside_is_forgotten_with_it(
    scene: Scene, twin: Twin, account: Account
) -> None:
    await scene.fetch("https://api.openai.com/v1/models")
    first = scene.outside.app(account, scene.outside.stand_in_for("api.openai.com"))  # type: ignore[arg-type]

    twin.reset(account.id)

    again = scene.outside.app(
        twin.account(account.id),
        scene.outside.stand_in_for("api.openai.com"),  # type: ignore[arg-type]
    )
    assert again is not first
    assert scene.outside.outbox.recent(10) == []
