"""Requests through the edge to Workers on the real runtime."""

import json
import socket
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.deployed import Deployed

pytestmark = pytest.mark.workerd

ECHO = """export default { async fetch(request) {
  const body = await request.text();
  const headers = Object.fromEntries(request.headers);
  return Response.json({ method: request.method, url: request.url, headers, body, cf: request.cf });
} };"""


def test_a_request_comes_as_from_cloudflare(workers: Deployed) -> None:
    workers.deploy("echo", ECHO)

    seen = workers.request("echo", "POST", "/a%2Fb?c=d%20e&c", content=b"hello").json()

    assert (seen["method"], seen["body"]) == ("POST", "hello")
    assert seen["url"] == f"http://{workers.host('echo')}/a%2Fb?c=d%20e&c"
    assert seen["headers"]["cf-connecting-ip"] == "127.0.0.1"
    assert seen["headers"]["cf-visitor"] == '{"scheme":"http"}'
    assert seen["headers"]["cf-ray"].endswith("-AMS")
    assert (seen["cf"]["colo"], seen["cf"]["country"]) == ("AMS", "NL")


def test_what_is_the_edges_to_say_a_client_cannot(workers: Deployed) -> None:
    workers.deploy("echo", ECHO)
    lies = {
        "cf-ray": "lie",
        "cf-ipcountry": "XX",
        "cftwin-cf": '{"colo":"LIE"}',
        "x-real-ip": "lie",
    }

    seen = workers.get("echo", headers=lies).json()

    assert "lie" not in json.dumps(seen["cf"] | seen["headers"]).lower().replace("client", "")
    assert seen["headers"]["cf-ipcountry"] == "NL"


@pytest.mark.parametrize(
    ("given", "seen"), [("203.0.113.7", "203.0.113.7"), ("2001:DB8::1", "2001:db8::1"), ("x", None)]
)
def test_a_client_may_say_which_address_it_has(
    workers: Deployed, given: str, seen: str | None
) -> None:
    workers.deploy("echo", ECHO)

    headers = workers.get("echo", headers={"cf-connecting-ip": given}).json()["headers"]

    assert headers["cf-connecting-ip"] == (seen or "127.0.0.1")


def test_answers_pass_as_they_are(workers: Deployed) -> None:
    workers.deploy(
        "shop",
        """export default { fetch() {
          const headers = new Headers({ "x-a": "b", "content-type": "text/x" });
          headers.append("set-cookie", "a=1"); headers.append("set-cookie", "b=2");
          return new Response("\\u00e9", { status: 418, headers });
        } };""",
    )

    answer = workers.get("shop")

    assert (answer.status_code, answer.content) == (418, "é".encode())
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert (answer.headers["server"], answer.headers["x-a"]) == ("cloudflare", "b")
    assert "cf-ray" in answer.headers


@pytest.mark.parametrize(("status", "method"), [(204, "GET"), (304, "GET"), (200, "HEAD")])
def test_answers_without_a_body_end(workers: Deployed, status: int, method: str) -> None:
    code = f"export default {{ fetch: () => new Response(null, {{ status: {status} }}) }}"
    workers.deploy("shop", code)

    for _ in range(2):
        answer = workers.request("shop", method)
        assert (answer.status_code, answer.content) == (status, b"")


def test_a_large_body_goes_there_and_back(workers: Deployed) -> None:
    workers.deploy("shop", "export default { fetch: (r) => new Response(r.body) }")
    body = bytes(range(256)) * 20_000

    assert workers.request("shop", "POST", content=body).content == body


def test_bodies_stream_both_ways(workers: Deployed) -> None:
    """The Worker answers each line before the next one is sent."""
    workers.deploy("shop", "export default { fetch: (r) => new Response(r.body) }")
    answered: list[bytes] = []

    def sent() -> object:
        yield b"one\n"
        yield b"two\n"

    with workers.stream("shop", "POST", "/", content=sent()) as answer:
        answered.extend(answer.iter_raw())

    assert b"".join(answered) == b"one\ntwo\n"


def test_events_come_one_by_one(workers: Deployed) -> None:
    """The second event is written after the client has asked for it."""
    workers.deploy(
        "shop",
        """let release; const asked = new Promise((resolve) => { release = resolve; });
        export default { fetch(request, env, ctx) {
          if (new URL(request.url).pathname === "/next") { release(); return new Response("ok"); }
          const { readable, writable } = new TransformStream();
          const writer = writable.getWriter(), text = new TextEncoder();
          ctx.waitUntil((async () => {
            await writer.write(text.encode("data: 1\\n\\n"));
            await scheduler.wait(50);
            await writer.write(text.encode("data: 2\\n\\n"));
            await writer.close();
          })());
          return new Response(readable, { headers: { "content-type": "text/event-stream" } });
        } };""",
    )

    with workers.stream("shop", "GET", "/") as answer:
        blocks = list(answer.iter_raw())

    assert blocks == [b"data: 1\n\n", b"data: 2\n\n"]


THROWS = "export default { fetch() { throw new Error('secret reason'); } }"


def test_a_script_that_throws_is_1101_to_programs(workers: Deployed) -> None:
    workers.deploy("shop", THROWS)

    answer = workers.get("shop")

    assert (answer.status_code, answer.text) == (500, "error code: 1101")
    assert any("secret reason" in text for _, text in workers.server.log)


def test_a_script_that_throws_is_a_page_to_people(workers: Deployed) -> None:
    workers.deploy("shop", THROWS)

    answer = workers.get("shop", headers={"accept": "text/html"})

    assert answer.status_code == 500
    assert "Worker threw exception" in answer.text
    assert "secret reason" not in answer.text


def test_a_500_of_the_scripts_own_is_left_alone(workers: Deployed) -> None:
    code = "export default { fetch: () => new Response('mine', { status: 500 }) }"
    workers.deploy("shop", code)

    assert (workers.get("shop").status_code, workers.get("shop").text) == (500, "mine")


def test_where_nothing_is_deployed_it_is_1042(workers: Deployed) -> None:
    answer = workers.get("nothing")

    assert (answer.status_code, answer.text) == (404, "error code: 1042")


def test_a_deleted_script_is_gone(workers: Deployed) -> None:
    workers.deploy("shop", "export default { fetch: () => new Response('here') }")
    assert workers.get("shop").text == "here"

    workers.api.delete("/scripts/shop").raise_for_status()

    assert workers.get("shop").status_code == 404


def test_a_request_with_two_hosts_reaches_nobody(workers: Deployed) -> None:
    workers.deploy("shop", ECHO)
    parts = urlsplit(workers.server.edge)
    hosts = f"Host: {workers.host('shop')}\r\nHost: example.com\r\n"

    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\n{hosts}\r\n".encode())
        status = raw.recv(65_536).split(b" ")[1]

    assert status in (b"400", b"404")


SOCKET = """export default { fetch(request) {
  if (request.headers.get("upgrade") !== "websocket") return new Response("no", { status: 426 });
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener("message", ({ data }) => {
    if (data === "close") server.close(4001, "asked");
    else server.send(typeof data === "string" ? `echo ${data}` : data);
  });
  const headers = { "sec-websocket-protocol": "chat" };
  return new Response(null, { status: 101, webSocket: client, headers });
} };"""


def test_a_websocket_carries_text_and_bytes(workers: Deployed) -> None:
    workers.deploy("chat", SOCKET)

    with workers.socket("chat", "/", subprotocols=["chat"]) as socket:
        socket.send("hello")
        socket.send(b"\x00\xff")

        assert (socket.recv(), socket.recv()) == ("echo hello", b"\x00\xff")
        assert socket.subprotocol == "chat"


def test_a_websocket_is_closed_with_the_scripts_code(workers: Deployed) -> None:
    workers.deploy("chat", SOCKET)

    with workers.socket("chat", "/", subprotocols=["chat"]) as socket:
        socket.send("close")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4001


def test_a_handshake_that_the_script_refuses_is_refused(workers: Deployed) -> None:
    workers.deploy("shop", "export default { fetch: () => new Response('no', { status: 418 }) }")

    with pytest.raises(InvalidStatus) as refused:
        workers.socket("shop", "/")

    assert refused.value.response.status_code == 418
