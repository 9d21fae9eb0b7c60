"""The conformance Worker, deployed: static assets and another script, beside the products."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.testing import TwinServer
from tests.contract.test_workerd_bindings import WORKER
from tests.deployed import Deployed
from tests.workers.forms import ES_MODULE, form

pytestmark = pytest.mark.workerd

EXPECTED: dict[str, dict[str, Any]] = json.loads((WORKER / "expected-deployed.json").read_text())
CASES = [(suite, case) for suite, cases in EXPECTED.items() for case in cases]
FILES = {
    "/index.html": b"<h1>home</h1>",
    "/about.html": b"<h1>about</h1>",
    "/style.css": b"h1 {}",
}
BINDINGS = [
    {"name": "ASSETS", "type": "assets"},
    {"name": "SERVICE", "type": "service", "service": "callee"},
    {
        "name": "ADMIN",
        "type": "service",
        "service": "callee",
        "entrypoint": "Admin",
        "props": {"shop": "books"},
    },
]


@pytest.fixture(scope="module")
def report(twin_server: TwinServer) -> Iterator[dict[str, Any]]:
    account = twin_server.create_account()
    deployed = Deployed(twin_server, account)
    deployed.deploy("callee", (WORKER / "callee.js").read_text())
    modules = [(path.name, ES_MODULE, path.read_bytes()) for path in sorted(WORKER.glob("*.mjs"))]
    assets = {"jwt": deployed.upload_assets("all", FILES), "config": {"run_worker_first": True}}
    upload = form(
        *modules,
        main="worker.mjs",
        bindings=BINDINGS,
        assets=assets,
        compatibility_date="2026-01-01",
    )
    deployed.api.put("/scripts/all", **upload).raise_for_status()
    deployed.api.post("/scripts/all/subdomain", json={"enabled": True}).raise_for_status()
    yield {suite: deployed.get("all", f"/{suite}").json() for suite in EXPECTED}
    deployed.close()
    twin_server.delete_account(account.id)


@pytest.mark.parametrize(("suite", "case"), CASES, ids=lambda value: value)
def test_a_deployed_worker_gets_what_cloudflare_documents(
    report: dict[str, Any], suite: str, case: str
) -> None:
    assert report[suite][case] == EXPECTED[suite][case]
