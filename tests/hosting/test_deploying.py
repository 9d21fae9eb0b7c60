"""Deployments on the real runtime: what is checked, what is swapped, what stays."""

import threading
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.deployed import Deployed

pytestmark = pytest.mark.workerd


def saying(text: str) -> str:
    return f"export default {{ fetch: () => new Response({text!r}) }}"


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["errors"][0]
    return error


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("export default {", "Uncaught SyntaxError: Unexpected end of input"),
        ("throw new Error('at start')", "Uncaught Error: at start"),
        ("import 'absent'; export default {}", 'No such module "absent"'),
        ("export default {}", "no registered event handlers"),
        (
            "await fetch('https://example.com'); export default { fetch() {} }",
            "Disallowed operation",
        ),
    ],
)
def test_a_broken_script_is_10021_and_the_old_one_serves(
    workers: Deployed, code: str, reason: str
) -> None:
    workers.deploy("shop", saying("old"))

    refused = workers.put("shop", code)

    assert refused.status_code == 400
    assert error_of(refused)["code"] in (10021, 10068)
    assert reason.lower() in error_of(refused)["message"].lower()
    assert workers.get("shop").text == "old"


def test_an_endless_loop_at_the_start_is_refused(workers: Deployed) -> None:
    refused = workers.put("shop", "while (true) {}; export default { fetch() {} }")

    assert error_of(refused)["code"] == 10021
    assert "startup exceeded" in error_of(refused)["message"].lower()


def test_what_a_script_exports_is_told(workers: Deployed) -> None:
    code = """import { WorkerEntrypoint, DurableObject } from "cloudflare:workers";
    export class Room extends DurableObject { hello() {} }
    export class Admin extends WorkerEntrypoint { list() {} }
    export const helper = () => 1;
    export default { async fetch() {}, scheduled() {} };"""

    told = workers.deploy("shop", code)

    assert sorted(told["handlers"]) == ["fetch", "scheduled"]


def test_twenty_deploys_under_load_lose_no_request(workers: Deployed) -> None:
    workers.deploy("shop", saying("0"))
    workers.get("shop")
    stop = threading.Event()
    seen: Counter[int | str] = Counter()

    def ask() -> None:
        with httpx.Client(
            base_url=workers.server.edge, headers={"host": workers.host("shop")}, trust_env=False
        ) as client:
            while not stop.is_set():
                try:
                    seen[client.get("/").status_code] += 1
                except httpx.TransportError as failure:
                    seen[repr(failure)] += 1

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for one in askers:
        one.start()
    try:
        for number in range(1, 21):
            assert workers.put("shop", saying(str(number))).status_code == 200
            assert workers.get("shop").text == str(number)
    finally:
        stop.set()
        for one in askers:
            one.join()

    assert set(seen) == {200}
    assert seen[200] > 100


def test_two_versions_share_the_requests(workers: Deployed) -> None:
    workers.deploy("shop", saying("a"))
    first = workers.api.get("/scripts/shop/versions").json()["result"]["items"][0]["id"]
    workers.deploy("shop", saying("b"))
    second = workers.api.get("/scripts/shop/versions").json()["result"]["items"][0]["id"]
    shares = [
        {"version_id": first, "percentage": 50},
        {"version_id": second, "percentage": 50},
    ]
    workers.api.post(
        "/scripts/shop/deployments", json={"strategy": "percentage", "versions": shares}
    ).raise_for_status()

    seen = Counter(workers.get("shop").text for _ in range(60))

    assert set(seen) == {"a", "b"}
    assert min(seen.values()) > 10


def test_a_version_that_is_not_deployed_has_a_host_of_its_own(workers: Deployed) -> None:
    workers.deploy("shop", saying("a"))
    first = workers.api.get("/scripts/shop/versions").json()["result"]["items"][0]["id"]
    workers.deploy("shop", saying("b"))

    assert workers.get(f"{first[:8]}-shop").text == "a"
    assert workers.get("shop").text == "b"
    assert workers.get("00000000-shop").status_code == 404


def test_a_rollback_brings_the_old_code_back(workers: Deployed) -> None:
    workers.deploy("shop", saying("a"))
    first = workers.api.get("/scripts/shop/versions").json()["result"]["items"][0]["id"]
    workers.deploy("shop", saying("b"))
    versions = [{"version_id": first, "percentage": 100}]

    workers.api.post(
        "/scripts/shop/deployments", json={"strategy": "percentage", "versions": versions}
    ).raise_for_status()

    assert workers.get("shop").text == "a"


def test_a_secret_reaches_the_script_at_once(workers: Deployed) -> None:
    workers.deploy("shop", "export default { fetch: (r, env) => new Response(env.KEY ?? 'none') }")
    assert workers.get("shop").text == "none"

    body = {"name": "KEY", "text": 's"3\ncret', "type": "secret_text"}
    workers.api.put("/scripts/shop/secrets", json=body).raise_for_status()

    assert workers.get("shop").text == 's"3\ncret'


def test_the_old_syntax_runs_with_its_parts(workers: Deployed) -> None:
    import json

    code = b"addEventListener('fetch', e => e.respondWith(new Response(TEXT + WHO)))"
    metadata = {
        "body_part": "script",
        "bindings": [
            {"name": "TEXT", "type": "text_blob", "part": "text"},
            {"name": "WHO", "type": "plain_text", "text": "ada"},
        ],
    }
    files = [
        ("metadata", (None, json.dumps(metadata).encode(), "application/json")),
        ("script", ("script", code, "application/javascript")),
        ("text", ("text", b"hello ", "text/plain")),
    ]
    workers.api.put("/scripts/old", files=files).raise_for_status()
    workers.api.post("/scripts/old/subdomain", json={"enabled": True}).raise_for_status()

    assert workers.get("old").text == "hello ada"


def test_a_reset_account_serves_nothing_any_more(workers: Deployed) -> None:
    workers.deploy("shop", saying("here"))
    assert workers.get("shop").text == "here"

    body = {"account_id": workers.account.id}
    workers.server.control.post("/_twin/reset", json=body).raise_for_status()

    assert workers.get("shop").status_code == 404


def test_a_compatibility_date_of_the_future_starts(workers: Deployed) -> None:
    workers.deploy("shop", saying("here"), compatibility_date="2026-11-01")

    assert workers.get("shop").text == "here"
