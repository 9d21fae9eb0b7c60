"""Between the edge and a Worker: nothing that a client says is taken for the edge's own word."""

from collections.abc import Iterator

import orjson
import pytest

from emulator.cork import MAX_HEAD_BYTES, MAX_HEADERS
from emulator.testing import TwinAccount, TwinServer
from tests.deployed import Deployed
from tests.security.attacks import CROSSINGS, REBINDINGS, Mark
from tests.security.attacks_edge import MALFORMED, SMUGGLED, Malformed, Smuggled
from tests.security.raw import Address, Answer, answers_of, ask, request_bytes, send
from tests.security.stage import Stage, staged

ECHO = """
let scheduled = 0;
export default {
  async fetch(request) {
    if (new URL(request.url).pathname === "/runs") return new Response(String(scheduled));
    const { method, url, headers, cf } = request;
    const body = await request.text();
    return Response.json({ method, url, headers: [...headers], country: cf.country, body });
  },
  async scheduled() { scheduled += 1; },
};
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("edge") / "state") as stage:
        yield stage


@pytest.fixture(scope="module")
def host(stage: Stage) -> Iterator[str]:
    """Of a Worker that tells what it was asked."""
    server = TwinServer(stage.listeners.api.url)
    workers = Deployed(server, TwinAccount(stage.account_id, stage.owner, "", ""))
    workers.deploy("echo", ECHO)
    yield workers.host("echo")
    workers.close()
    server.control.close()


def told(address: Address, host: str, *lines: str) -> Answer:
    head = "".join(f"{line}\r\n" for line in lines)
    close = "" if "connection:" in head.lower() else "Connection: close\r\n"
    return send(address, f"GET /a HTTP/1.1\r\nHost: {host}\r\n{head}{close}\r\n".encode())


@pytest.mark.workerd
@pytest.mark.parametrize("row", SMUGGLED, ids=lambda one: one.name)
def test_a_header_is_not_smuggled(stage: Stage, host: str, row: Smuggled) -> None:
    answer = told(stage.edge, host, *row.lines)

    assert answer.status == 200
    assert row.unseen not in answer.text
    headers = dict(orjson.loads(answer.body)["headers"])
    assert headers["cf-ray"] == answer.headers["cf-ray"]
    assert headers["cf-connecting-ip"] == headers["x-real-ip"] == "127.0.0.1"
    assert not [name for name in headers if name.startswith("cftwin")]


@pytest.mark.workerd
def test_a_claim_of_who_forwarded_is_passed_on_and_not_believed(stage: Stage, host: str) -> None:
    answer = told(stage.edge, host, "Forwarded: for=203.0.113.5", "X-Forwarded-For: 203.0.113.5")

    headers = dict(orjson.loads(answer.body)["headers"])
    assert headers["x-forwarded-for"].endswith(", 127.0.0.1")
    assert headers["cf-connecting-ip"] == headers["x-real-ip"] == "127.0.0.1"


@pytest.mark.parametrize("listener", ["api", "edge", "s3", "runtime"])
@pytest.mark.parametrize("row", MALFORMED, ids=lambda one: one.name)
def test_a_request_is_not_hidden_in_another(stage: Stage, row: Malformed, listener: str) -> None:
    address = getattr(stage, listener)
    received = answers_of(address, b"POST /a HTTP/1.1\r\nHost: 127.0.0.1\r\n" + row.rest)

    assert received.count(b"HTTP/1.1 ") <= 2, received
    assert (
        received.startswith(b"HTTP/1.1 400 ")
        or b"\r\n\r\nHTTP/1.1 400 " in received
        or (received.rpartition(b"HTTP/1.1 ")[2].startswith(b"400 "))
    )
    assert "/hidden" not in [event.path for event in stage.twin.events.recent(5)]


@pytest.mark.parametrize("listener", ["api", "edge", "s3", "runtime"])
def test_a_head_is_bounded(stage: Stage, listener: str) -> None:
    address = getattr(stage, listener)
    many = [(f"x-{number}", "1") for number in range(MAX_HEADERS + 1)]
    heads = {
        "many headers": request_bytes("GET", "/", many),
        "a long header": request_bytes("GET", "/", {"x-long": "x" * (MAX_HEAD_BYTES + 1)}),
        "a header without an end": b"GET / HTTP/1.1\r\nx-long: " + b"x" * (MAX_HEAD_BYTES * 2),
        "a long target": request_bytes("GET", "/" + "x" * (MAX_HEAD_BYTES + 1), {}),
        "a name without an end": b"GET / HTTP/1.1\r\n" + b"x" * (MAX_HEAD_BYTES * 2),
    }

    seen = {name: send(address, head).status for name, head in heads.items()}

    # 0: the server had closed before all was sent.
    assert set(seen.values()) <= {431, 400, 0}, seen
    assert ask(address, "GET", "/").status not in (0, 431)


@pytest.mark.workerd
@pytest.mark.parametrize("mark", [*REBINDINGS, *CROSSINGS[:9]], ids=lambda one: one.name)
def test_a_web_page_of_elsewhere_runs_no_schedule(stage: Stage, host: str, mark: Mark) -> None:
    if "Host" in mark.headers:
        # Whatever is nobody's leads to the default script.
        headers = dict(mark.headers)
    else:
        headers = {"Host": host, **mark.headers}

    answer = ask(stage.edge, "GET", "/cdn-cgi/handler/scheduled", headers)

    assert answer.status in (403, 404)
    assert ask(stage.edge, "GET", "/runs", {"Host": host}).text == "0"
