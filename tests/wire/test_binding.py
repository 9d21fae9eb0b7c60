"""The binding listener: who is let in, what is recorded, how bugs look."""

import asyncio
import stat
from pathlib import Path

import pytest

from emulator import Account, Twin
from emulator.core.errors import CloudflareError
from emulator.core.ids import Ids
from emulator.server import bind_runtime
from emulator.wire.binding import HEADER, Binding, BindingCall, Bindings, Door, header_json
from emulator.wire.body import Receive
from emulator.wire.call import Scope
from emulator.wire.reply import Reply
from emulator.wire.stream import Send
from tests.bindings import Runtime, listening, runtime_of

NAME = HEADER.decode()


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """Nobody asks it anything."""


@pytest.fixture
def namespace_id(account: Account) -> str:
    namespace_id = account.kv.create_namespace("sessions").id
    account.kv.put(namespace_id, "key", b"value")
    return namespace_id


@pytest.mark.parametrize("given", [None, "", "0" * 64, "kv:sessions"])
async def test_without_a_good_token_nobody_is_let_in(
    runtime: Runtime, namespace_id: str, given: str | None
) -> None:
    refused = await (await runtime.client(given)).get("/key?urlencoded=true")

    assert (refused.status_code, refused.text) == (403, "Authentication error")


async def test_a_revoked_token_is_refused(runtime: Runtime, namespace_id: str) -> None:
    token = runtime.bindings.issue(Binding(runtime.account_id, "kv", namespace_id))
    env = await runtime.client(token)
    assert (await env.get("/key")).content == b"value"

    runtime.bindings.revoke(token)

    assert (await env.get("/key")).status_code == 403


async def test_a_token_opens_its_resource_and_no_other(
    runtime: Runtime, account: Account, namespace_id: str
) -> None:
    other = account.kv.create_namespace("other").id

    env = await runtime.bind("kv", other)

    assert (await env.get("/key")).status_code == 404


async def test_the_resource_of_another_account_is_out_of_reach(
    runtime: Runtime, twin: Twin, namespace_id: str
) -> None:
    stranger = twin.create_account("Stranger")[0].id

    token = runtime.bindings.issue(Binding(stranger, "kv", namespace_id))
    refused = await (await runtime.client(token)).get("/key")

    assert refused.reason_phrase == "get: 'namespace not found'"


async def test_the_bindings_of_an_account_go_with_it(
    runtime: Runtime, twin: Twin, namespace_id: str
) -> None:
    env = await runtime.bind("kv", namespace_id)

    twin.delete_account(runtime.account_id)

    assert (await env.get("/key")).status_code == 403
    assert not twin.account_path(runtime.account_id).exists()


async def test_a_kind_that_is_not_built_says_so(runtime: Runtime) -> None:
    refused = await (await runtime.bind("queue", "jobs")).post("/message", content=b"x" * 100_000)

    text = "The binding queue is not implemented by Cloudflare Twin"
    assert (refused.status_code, refused.reason_phrase) == (501, text)


async def test_calls_are_recorded(runtime: Runtime, twin: Twin, namespace_id: str) -> None:
    env = await runtime.bind("kv", namespace_id)
    await env.put("/other?urlencoded=true&expiration_ttl=1", content=b"value")

    [event] = twin.events.recent(1)
    assert (event.door, event.operation, event.account_id) == (
        "binding",
        "kv.put",
        runtime.account_id,
    )
    assert (event.method, event.path) == ("PUT", f"/kv/{namespace_id}/other")
    assert (event.status, event.code) == (400, 10034)


async def test_a_stranger_is_recorded(runtime: Runtime, twin: Twin) -> None:
    await (await runtime.client("wrong")).get("/key")

    [event] = twin.events.recent(1)
    assert (event.operation, event.account_id, event.status) == ("unknown", None, 403)


async def broken(call: BindingCall) -> Reply:
    raise ZeroDivisionError


def shown(error: Exception) -> Reply:
    return Reply(str(error).encode(), status=500)


async def test_a_bug_is_an_internal_error(
    twin: Twin, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    doors = {"broken": Door(broken, shown)}
    async with runtime_of(twin, account.id, doors) as runtime:
        env = await runtime.bind("broken", "thing")
        answer = await env.put("/", content=b"x" * 100_000)

    assert (answer.status_code, answer.text) == (500, answer.reason_phrase)
    assert answer.text.startswith("internal error; reference = ")
    assert answer.text[-20:] in caplog.text


class TwoLines(CloudflareError):
    code, message = 1, "one\r\ntwo\x7f: é"


async def test_a_phrase_is_one_line(twin: Twin, account: Account) -> None:
    async def refuse(call: BindingCall) -> Reply:
        raise TwoLines()

    async with runtime_of(twin, account.id, {"broken": Door(refuse, shown)}) as runtime:
        answer = await (await runtime.bind("broken", "thing")).get("/")

    assert answer.extensions["reason_phrase"] == "one  two : é".encode()


def test_a_token_is_long_and_its_own() -> None:
    bindings, binding = Bindings(Ids()), Binding("account", "kv", "sessions")

    one, two = bindings.issue(binding), bindings.issue(binding)

    assert len(one) == len(two) == 64
    assert one != two
    assert bindings.find([(HEADER, one.encode())]) == binding


def test_header_json_has_nothing_that_ends_a_header() -> None:
    assert header_json(b'{\r\n\t"a": "\x7f"}') == b'{   "a": "\\u007f"}'


async def test_the_socket_is_this_users_alone(runtime: Runtime) -> None:
    assert stat.S_IMODE(runtime.path.stat().st_mode) == 0o600


async def test_what_a_killed_process_left_is_replaced(twin: Twin, account: Account) -> None:
    async with listening(twin, Bindings(twin.ids)) as path:
        again = bind_runtime(silent, path)

    assert again.url == f"unix:{path}"
    again.socket.close()


def test_a_name_that_is_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="choose a shorter --state"):
        bind_runtime(silent, tmp_path / ("x" * 100))


async def test_a_request_that_is_cut_short_is_recorded_as_such(
    runtime: Runtime, twin: Twin, namespace_id: str
) -> None:
    token = runtime.bindings.issue(Binding(runtime.account_id, "kv", namespace_id))
    _, writer = await asyncio.open_unix_connection(str(runtime.path))
    head = f"PUT /cut HTTP/1.1\r\nhost: x\r\n{NAME}: {token}\r\ncontent-length: 9\r\n\r\nvalue"
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    async with asyncio.timeout(10):
        while not twin.events.recent(1):
            await asyncio.sleep(0)
    assert twin.events.recent(1)[0].status == 499
    assert twin.account(runtime.account_id).kv.list(namespace_id).keys[0].name == "key"
