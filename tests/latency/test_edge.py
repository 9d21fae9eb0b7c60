"""A Worker under a profile: its visitors' way, and its own ways to what it asks."""

from collections.abc import Iterator
from time import perf_counter

import pytest

from emulator.core.histogram import Histogram
from emulator.testing import TwinAccount, TwinServer
from tests.deployed import Deployed
from tests.latency.profiles import TEXT

pytestmark = pytest.mark.workerd

SCRIPT = """export default { async fetch(request, env) {
  const answer = await fetch("https://project.supabase.co/auth/v1/settings");
  await env.DB.prepare("SELECT 1").all();
  return new Response(`supabase says ${answer.status}`);
} };"""


@pytest.fixture
def workers(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Deployed]:
    deployed = Deployed(twin_server, twin_account)
    yield deployed
    deployed.close()
    twin_server.control.delete("/_twin/latency")
    twin_server.control.delete("/_twin/timings")


def test_each_way_of_a_request_takes_its_time(workers: Deployed, twin_server: TwinServer) -> None:
    base = f"{twin_server.api}/accounts/{workers.account.id}/d1/database"
    database = workers.api.post(base, json={"name": "shop"}).json()["result"]["uuid"]
    workers.deploy("shop", SCRIPT, {"name": "DB", "type": "d1", "id": database})
    workers.get("shop")
    twin_server.control.put("/_twin/latency", json={"text": TEXT})
    twin_server.control.put("/_twin/timings")
    started = perf_counter()
    answer = workers.get("shop")
    milliseconds = (perf_counter() - started) * 1000

    told = twin_server.control.get("/_twin/timings").json()["operations"]
    ways = {(one["door"], one["operation"]): one for one in told if one["added"]}
    network = {way: round(one["added"]["network"]["sum"]) for way, one in ways.items()}
    assert answer.text.startswith("supabase says 4")
    assert network == {
        ("edge", "workers.fetch"): 20,
        ("binding", "supabase.auth"): 40,
        ("binding", "d1.query"): 60,
    }
    # One after another, and the services of the Worker and of D1.
    assert milliseconds >= 20 + 40 + 60 + 10 + 10 - 5
    whole = Histogram.of(ways["edge", "workers.fetch"]["total"])
    assert whole.count == 1
    assert whole.longest >= 20 + 40 + 60 + 10 + 10 - 5
