"""The bridge's listener: the request of a binding in, the answer of its door out."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from emulator import Account, Twin
from emulator.app import Asgi
from emulator.bridge.binding import sent
from emulator.bridge.sessions import SESSION_SECONDS
from emulator.core.clock import ManualClock
from tests.bridge.asking import Bridged, Message, scope_of, told
from tests.bridge.conftest import Preview
from tests.workers.forms import form

HOST = "https://fake-host"
CONNECT: Message = {"type": "websocket.connect"}
GONE: Message = {"type": "websocket.disconnect", "code": 1000}
END: Message = {"type": "http.request", "body": b"", "more_body": False}


async def test_what_is_put_is_got_and_is_in_the_store(
    env: Bridged, account: Account, namespace_id: str
) -> None:
    metadata = '{"by":"ada"}'
    await env.ask("PUT", f"{HOST}/a%2Fb?urlencoded=true", content=b"1", cf_kv_metadata=metadata)

    got = await env.ask("GET", f"{HOST}/a%2Fb?urlencoded=true")

    assert (got.status_code, got.content, got.headers["cf-kv-metadata"]) == (200, b"1", metadata)
    assert account.kv.get(namespace_id, "a/b").value == b"1"


async def test_an_answer_says_that_it_is_the_bindings(env: Bridged) -> None:
    absent = await env.ask("GET", f"{HOST}/absent?urlencoded=true")
    refused = await env.ask("GET", HOST, name="NONE")

    assert (absent.status_code, absent.headers["mf-forwarded-response"]) == (404, "true")
    assert "mf-forwarded-response" not in refused.headers


async def test_a_call_is_an_event_of_its_account(
    env: Bridged, account: Account, twin: Twin
) -> None:
    await env.ask("GET", f"{HOST}/?key_count_limit=1")

    event = twin.events.recent(1)[0]

    assert (event.door, event.operation, event.account_id) == ("binding", "kv.list", account.id)


async def test_a_worker_cannot_bring_a_token_of_its_own(
    env: Bridged, account: Account, namespace_id: str
) -> None:
    answered = await env.ask("PUT", f"{HOST}/key?urlencoded=true", cftwin_binding="0" * 64)

    assert answered.status_code == 200
    assert account.kv.get(namespace_id, "key").value == b""


def test_headers_of_the_connection_are_not_the_workers_to_send() -> None:
    theirs = {
        "mf_header_host": "a",
        "mf_header_content_length": "1",
        "mf_header_cftwin_binding": "0",
    }
    scope = scope_of("http", "", b"", content_length="2", mf_header_range="bytes=0-", **theirs)

    assert sent(scope) == [(b"content-length", b"2"), (b"range", b"bytes=0-")]


@pytest.mark.parametrize("name", ["DB", "", "KV\x00", "ü"])
async def test_a_binding_that_was_not_uploaded_is_refused(env: Bridged, name: str) -> None:
    refused = await env.ask("POST", HOST, name=name)

    assert (refused.status_code, refused.text[:7]) == (400, "Binding")


@pytest.mark.parametrize("url", ["ftp://host/", "//host/", "https://[", "https://h/ü", "key", "\t"])
async def test_an_address_that_is_none_is_refused(env: Bridged, url: str) -> None:
    refused = await env.ask("GET", url)

    assert refused.status_code == 400
    assert "not a URL" in refused.text


@pytest.mark.parametrize("wrong", ["", "0" * 64, "ü"])
async def test_wrangler_is_told_to_make_a_new_preview(env: Bridged, wrong: str) -> None:
    refused = await env.raw("GET", HOST, "KV", wrong)

    assert (refused.status_code, refused.text) == (400, "Invalid Workers Preview configuration")


async def test_a_preview_that_is_over_is_refused(env: Bridged, clock: ManualClock) -> None:
    clock.advance(SESSION_SECONDS)

    refused = await env.ask("GET", f"{HOST}/key?urlencoded=true")

    assert "Invalid Workers Preview configuration" in refused.text


async def test_an_account_that_is_emptied_takes_its_previews_along(
    env: Bridged, twin: Twin, account: Account
) -> None:
    twin.reset(account.id)

    refused = await env.ask("GET", f"{HOST}/key?urlencoded=true")
    assert refused.text == "Invalid Workers Preview configuration"


async def test_wranglers_probe_is_answered(env: Bridged) -> None:
    probe = await env.client.get(f"/?cf_workers_preview_token={env.token}")

    assert probe.status_code == 200


async def test_a_service_is_asked_by_the_callers_url(
    app: Asgi, env: Bridged, preview: Preview, account: Account, shop: None
) -> None:
    token = await preview({"name": "SHOP", "type": "service", "service": "shop"})

    answered = await Bridged(env.client, token).ask(
        "POST", "http://example.com/a%2Fb?c=d", name="SHOP"
    )

    assert (answered.status_code, answered.headers["x"]) == (418, "1")
    assert answered.text == "POST example.com /a%2Fb?c=d"


@pytest.mark.parametrize(
    ("binding", "what"),
    [
        ({"type": "queue", "queue_name": "q"}, "A remote binding of type queue"),
        (
            {"type": "service", "service": "shop", "entrypoint": "Admin"},
            "The remote binding X to shop.Admin",
        ),
        ({"type": "service", "service": "still"}, "The remote binding X to still.default"),
    ],
)
async def test_what_is_not_built_is_refused_by_name(
    env: Bridged, preview: Preview, shop: None, binding: dict[str, Any], what: str
) -> None:
    token = await preview(binding | {"name": "X"})

    refused = await Bridged(env.client, token).ask("GET", "http://host/", name="X")

    assert refused.status_code == 501
    assert refused.text == f"{what} is not implemented by Cloudflare Twin"


async def test_rpc_is_refused_in_words_that_its_caller_gets(app: Asgi, env: Bridged) -> None:
    frames = ['["push",["pipeline",0,["hello"],["w"]]]', '["pull",1]', '["release",1,1]']

    answers = await told(
        app, scope_of("websocket", env.token, b"MF-Binding=KV"), [CONNECT, *said(*frames), GONE]
    )

    text = "RPC over the remote binding KV is not implemented by Cloudflare Twin"
    assert [one["type"] for one in answers] == ["websocket.accept", "websocket.send"]
    assert orjson.loads(answers[1]["text"]) == ["reject", 1, ["error", "Error", text]]


async def test_rpc_without_a_preview_is_refused_as_well(app: Asgi) -> None:
    scope = scope_of("websocket", "0" * 64, b"MF-Binding=KV")

    answers = await told(app, scope, [CONNECT, *said('["pull",1]'), GONE])

    assert "Invalid Workers Preview configuration" in answers[1]["text"]


@pytest.mark.parametrize(
    "frame", ["", "null", "[" * 5_000, '["pull"]', '["pull",true]', '["pull",1e400]', '["pull",{}]']
)
async def test_a_frame_that_makes_no_sense_changes_nothing(
    app: Asgi, env: Bridged, frame: str
) -> None:
    scope = scope_of("websocket", env.token, b"MF-Binding=KV")
    bytes_of_one: Message = {"type": "websocket.receive", "bytes": b"\xff"}

    answers = await told(
        app, scope, [CONNECT, *said(frame), bytes_of_one, *said('["pull",7]'), GONE]
    )

    assert [orjson.loads(one["text"])[1] for one in answers[1:]] == [7]


async def test_a_socket_of_a_service_is_the_scripts(
    app: Asgi, preview: Preview, shop: None
) -> None:
    token = await preview({"name": "SHOP", "type": "service", "service": "shop"})
    scope = scope_of(
        "websocket",
        token,
        mf_binding="SHOP",
        mf_url="http://host/chat",
        mf_header_sec_websocket_protocol="one, two",
    )

    answers = await told(app, scope, [CONNECT, GONE])

    assert answers == [{"type": "websocket.accept", "subprotocol": "/chat two"}]


async def test_a_socket_of_another_binding_never_opens(app: Asgi, env: Bridged) -> None:
    scope = scope_of("websocket", env.token, mf_binding="KV", mf_url="http://host/")

    answers = await told(app, scope, [CONNECT])
    told_why = await told(app, {**scope, "extensions": {"websocket.http.response": {}}}, [CONNECT])

    assert answers == [{"type": "websocket.close", "code": 1000}]
    assert (told_why[0]["status"], told_why[1]["body"][:12]) == (501, b"A WebSocket ")


async def test_bodies_stream_both_ways(
    app: Asgi, preview: Preview, account: Account, shop: None
) -> None:
    token = await preview({"name": "SHOP", "type": "service", "service": "shop"})
    scope = scope_of("http", token, mf_binding="SHOP", mf_url="http://host/duplex")
    seen: list[str] = []

    def coming() -> Iterator[Message]:
        for block in (b"1", b"2"):
            seen.append(f"{block.decode()} comes")
            yield {"type": "http.request", "body": block, "more_body": True}
        yield END

    await told(app, scope, coming(), lambda block: seen.append(f"{block.decode()} goes"))

    assert seen == ["1 comes", "1 goes", "2 comes", "2 goes", " goes"]


async def test_two_accounts_do_not_reach_each_other(
    env: Bridged, twin: Twin, account: Account, namespace_id: str, sessions: Any
) -> None:
    """Not even by an upload that was checked for somebody else."""
    other, _ = twin.create_account("Other")
    kv = {"name": "KV", "type": "kv_namespace", "namespace_id": namespace_id}
    token = sessions.preview(other.id, sessions.open(other.id), "shop", [kv])
    await env.ask("PUT", f"{HOST}/key?urlencoded=true", content=b"mine")

    stranger = await Bridged(env.client, token).ask("GET", f"{HOST}/key?urlencoded=true")

    assert (stranger.status_code, b"mine" in stranger.content) == (400, False)


async def test_calls_at_once_do_not_meet(env: Bridged) -> None:
    urls = [f"{HOST}/{n}?urlencoded=true" for n in range(50)]
    await asyncio.gather(
        *(env.ask("PUT", url, content=str(n).encode()) for n, url in enumerate(urls))
    )

    got = await asyncio.gather(*(env.ask("GET", url) for url in urls))

    assert [one.text for one in got] == [str(n) for n in range(50)]


def said(*frames: str) -> list[Message]:
    return [{"type": "websocket.receive", "text": frame} for frame in frames]


@pytest.fixture
async def shop(api: httpx.AsyncClient) -> None:
    """Scripts that a binding may name: `shop`, which runs, and `still`, which does not."""
    for script in ("shop", "still"):
        (await api.put(f"/scripts/{script}", **form())).raise_for_status()
