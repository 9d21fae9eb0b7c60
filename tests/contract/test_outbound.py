"""A Worker on the real workerd, and all that it fetches: nothing leaves the machine."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.testing import TwinAccount, TwinServer
from tests.contract.conftest import NODE_MODULES
from tests.deployed import Deployed

BINARY = NODE_MODULES / "@cloudflare/workerd-linux-64/bin/workerd"

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.skipif(not BINARY.is_file(), reason=f"no workerd at {BINARY}: run 'make node'"),
]

# Does the fetch it is told, and tells what came of it.
FETCHER = """
export default {
  async fetch(request) {
    if (request.method === "GET") return fetch(new URL(request.url).searchParams.get("url"));
    const { url, ...options } = await request.json();
    const answer = await fetch(url, options);
    const headers = Object.fromEntries(answer.headers);
    return Response.json({ status: answer.status, headers, text: await answer.text() });
  },
};
"""
HELLO = """
export default {
  async fetch(request) {
    const { url, headers } = request;
    return Response.json({ url, address: headers.get("cf-connecting-ip") });
  },
};
"""
LOOP = "export default { fetch: (request) => fetch(request) };"


@pytest.fixture
def workers(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Deployed]:
    deployed = Deployed(twin_server, twin_account)
    yield deployed
    deployed.close()


def fetched(workers: Deployed, url: str, **options: Any) -> dict[str, Any]:
    workers.deploy("fetcher", FETCHER)
    told = workers.request("fetcher", "POST", json={"url": url, **options})
    assert told.status_code == 200, told.text
    return dict(told.json())


def outbox(workers: Deployed, **filters: str) -> list[dict[str, Any]]:
    query = {"account_id": workers.account.id, **filters}
    found = workers.server.control.get("/_twin/outbox", params=query).raise_for_status()
    return list(found.json()["calls"])


def test_a_worker_reaches_a_stand_in_and_the_outbox_names_the_script(workers: Deployed) -> None:
    headers = {"authorization": "Bearer sk-0123456789abcdef", "content-type": "application/json"}
    body = '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}'

    got = fetched(
        workers,
        "https://api.openai.com/v1/chat/completions?a=%20b",
        method="POST",
        headers=headers,
        body=body,
    )

    assert got["status"] == 200
    [call] = outbox(workers, script="fetcher")
    assert (call["answered_by"], call["status"]) == ("openai", 200)
    assert call["url"] == "https://api.openai.com/v1/chat/completions?a=%20b"
    assert call["body"] == {"text": body, "size": len(body), "truncated": False}
    assert call["answer"]["text"] == got["text"]
    assert ["authorization", "Bearer ***cdef"] in call["headers"]


@pytest.mark.parametrize(
    "url", ["https://example.com/a", "http://127.0.0.1:1/", "http://localhost/", "http://[::1]/"]
)
def test_every_other_host_is_refused_with_what_would_allow_it(workers: Deployed, url: str) -> None:
    got = fetched(workers, url)

    assert got["status"] == 502
    assert "allow_hosts" in got["text"]
    assert [call["answered_by"] for call in outbox(workers)] == ["refused"]


def test_a_worker_reaches_another_by_its_name(workers: Deployed) -> None:
    workers.deploy("hello", HELLO)
    host = workers.host("hello").replace("localhost", "dev")

    got = fetched(workers, f"https://{host}/a?b=c")

    assert got["status"] == 200, got
    assert f"https://{host}/a?b=c" in got["text"]
    assert "2a06:98c0:3600::103" in got["text"]


def test_a_worker_reaches_cloudflares_api(workers: Deployed) -> None:
    got = fetched(
        workers,
        "https://api.cloudflare.com/client/v4/user/tokens/verify",
        headers=workers.account.headers,
    )

    assert (got["status"], '"status":"active"' in got["text"]) == (200, True)


def test_redirects_are_the_runtimes_business(workers: Deployed) -> None:
    page = "https://www.linkedin.com/oauth/v2/authorization"
    query = "response_type=code&client_id=c&redirect_uri=https%3A%2F%2Fexample.com%2Fback"

    kept = fetched(workers, f"{page}?{query}", method="POST", redirect="manual")
    followed = fetched(workers, f"{page}?{query}", method="POST")

    assert kept["headers"]["location"].startswith("https://example.com/back?code=")
    assert followed["status"] == 502


def test_a_stream_arrives_through_two_workers(workers: Deployed) -> None:
    workers.deploy("fetcher", FETCHER)
    url = "https://api.apify.com/v2/users/me?token=x"

    with workers.stream("fetcher", "GET", f"/?url={url.replace('?', '%3F')}") as answer:
        assert answer.status_code == 200
        assert "cloudflare-twin" in answer.read().decode()


def test_a_worker_that_fetches_itself_ends(workers: Deployed) -> None:
    workers.deploy("loop", LOOP)

    refused = workers.get(
        "loop", headers={"host": workers.host("loop").replace("localhost", "dev")}
    )

    assert refused.status_code == 503
    assert "1019" in refused.text
    assert len(outbox(workers)) == 17
