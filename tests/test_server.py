"""The listeners on real sockets: one packet an answer, no port taken twice."""

import socket
from urllib.parse import urlsplit

import httpx
import pytest

from emulator.server import bind, config, reached_at
from emulator.testing import TwinServer
from emulator.wire.body import Receive
from emulator.wire.call import Scope
from emulator.wire.stream import Send


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """Nobody asks it anything."""


def exchange(url: str, request: bytes, answers: int) -> bytes:
    """Everything the server sends to a raw request of so many pipelined answers."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as sock:
        sock.sendall(request)
        data = b""
        while data.count(b'"success"') < answers:
            data += sock.recv(65_536)
    return data


def test_headers_and_body_leave_together(twin_server: TwinServer) -> None:
    request = b"GET /client/v4/user HTTP/1.1\r\nHost: twin\r\n\r\n"
    parts = urlsplit(twin_server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as sock:
        sock.sendall(request)
        first = sock.recv(65_536)

    assert first.startswith(b"HTTP/1.1 400")
    assert first.endswith(b"}")


def test_pipelined_requests_are_answered_in_order(twin_server: TwinServer) -> None:
    one = b"GET /client/v4/user HTTP/1.1\r\nHost: twin\r\n\r\n"
    two = b"GET /client/v4/nothing HTTP/1.1\r\nHost: twin\r\n\r\n"

    data = exchange(twin_server.url, one + two, 2)

    assert data.index(b"9106") < data.index(b"7000")


def test_a_connection_that_is_to_close_gets_its_answer_first(twin_server: TwinServer) -> None:
    response = httpx.get(
        f"{twin_server.api}/user", headers={"Connection": "close"}, trust_env=False
    )

    assert response.json()["errors"][0]["code"] == 9106


def test_a_large_body_arrives_whole(twin_server: TwinServer) -> None:
    account = twin_server.create_account()
    base = f"{twin_server.api}/accounts/{account.id}/storage/kv/namespaces"
    with httpx.Client(headers=account.headers, trust_env=False, timeout=60) as client:
        made = client.post(base, json={"title": "large"}).json()["result"]["id"]
        value = bytes(range(256)) * 65_536
        client.put(f"{base}/{made}/values/large", content=value).raise_for_status()

        assert client.get(f"{base}/{made}/values/large").content == value


def test_an_idle_connection_is_kept_as_long_as_cloudflare_keeps_it() -> None:
    """A client that thinks for as long as the server waits would lose what it sends next."""
    listener = bind(silent, "127.0.0.1", 0)

    assert config(listener).timeout_keep_alive == 400
    listener.socket.close()


def test_a_port_that_is_taken_is_named() -> None:
    listener = bind(silent, "127.0.0.1", 0)
    port = listener.socket.getsockname()[1]

    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
        bind(silent, "127.0.0.1", port)
    listener.socket.close()


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("127.0.0.1", "127.0.0.1"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_url_names_an_address_that_a_browser_takes(host: str, named: str) -> None:
    assert reached_at(host) == named
