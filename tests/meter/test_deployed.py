"""A Worker that runs: what its answers say of D1 is what the meter has, by script and request."""

from collections.abc import Iterator
from typing import Any

import pytest
from cloudflare import Cloudflare

from emulator.testing import TwinAccount, TwinServer
from tests.deployed import Deployed
from tests.meter.conftest import Metered

pytestmark = [pytest.mark.workerd, pytest.mark.xdist_group("meter")]
MODEL = "@cf/baai/bge-small-en-v1.5"
CODE = """
export default { async fetch(request, env) {
  const url = new URL(request.url);
  if (url.pathname === "/rows") {
    const all = await env.DB.prepare("SELECT * FROM t").all();
    const batch = await env.DB.batch([
      env.DB.prepare("INSERT INTO t (a) VALUES (?)").bind("c"),
      env.DB.prepare("SELECT a FROM t WHERE id = 1"),
    ]);
    const raw = await env.DB.exec("INSERT INTO t (a) VALUES ('d')");
    return Response.json([all, ...batch].map((one) => one.meta));
  }
  await env.KV.put("a", "1");
  await env.KV.get("a");
  await env.KV.get(["a", "b", "c"]);
  await env.KV.list();
  await env.BUCKET.put("f", "text");
  await env.BUCKET.get("f");
  await env.BUCKET.delete("f");
  await env.INDEX.query([1, 0]);
  await env.AI.run("@cf/baai/bge-small-en-v1.5", { text: ["tea"] });
  console.log("done");
  return new Response("done");
} };"""
# Of /products; `requests` is the edge's.
USED = {
    "kv_writes": 1,
    "kv_reads": 4,
    "kv_lists": 1,
    "r2_class_a": 1,
    "r2_class_b": 1,
    "queried_dimensions": 2,
}


@pytest.fixture
def shop(
    twin_server: TwinServer, twin_account: TwinAccount, cloudflare: Cloudflare
) -> Iterator[Deployed]:
    account: dict[str, Any] = {"account_id": twin_account.id}
    namespace: Any = cloudflare.kv.namespaces.create(**account, title="shop")
    database: Any = cloudflare.d1.database.create(**account, name="shop")
    sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t (a) VALUES ('a'), ('b')"
    cloudflare.d1.database.query(database.uuid, **account, sql=sql)
    cloudflare.r2.buckets.create(**account, name="shop")
    config: Any = {"dimensions": 2, "metric": "cosine"}
    cloudflare.vectorize.indexes.create(**account, name="shop", config=config)
    deployed = Deployed(twin_server, twin_account)
    deployed.deploy(
        "shop",
        CODE,
        {"name": "KV", "type": "kv_namespace", "namespace_id": namespace.id},
        {"name": "DB", "type": "d1", "id": database.uuid},
        {"name": "BUCKET", "type": "r2_bucket", "bucket_name": "shop"},
        {"name": "INDEX", "type": "vectorize", "index_name": "shop"},
        {"name": "AI", "type": "ai"},
        observability={"enabled": True},
    )
    yield deployed
    deployed.close()


def test_a_worker_is_billed_for_what_its_bindings_were_asked(
    twin_server: TwinServer, twin_account: TwinAccount, shop: Deployed, metered: Metered
) -> None:
    control, path = twin_server.control, f"/_twin/meter/runs/{twin_account.id}"
    run = {"name": twin_account.id, "account_id": twin_account.id, "traced": True}
    control.post("/_twin/meter/runs", json=run).raise_for_status()

    metas = shop.get("shop", "/rows").json()
    assert shop.get("shop", "/products").text == "done"

    told = control.get(path).json()
    control.delete(path)
    used = [one for one in told["used"] if one["script"] == "shop"]
    assert used == told["used"]
    # `exec` tells its Worker no rows: its one insert is one row written.
    written = sum(meta["rows_written"] for meta in metas) + 1
    assert told["units"]["rows_read"] == sum(meta["rows_read"] for meta in metas)
    assert told["units"]["rows_written"] == written
    assert {unit: told["units"][unit] for unit in USED} == USED
    assert told["units"]["requests"] == 2
    assert told["units"]["neurons"] > 0
    # Two requests, and a line: its Worker keeps logs.
    assert told["units"]["log_events"] == 3
    assert [one["operation"] for one in used if "neurons" in one["units"]] == [f"ai.{MODEL}"]
    assert told["stored"]["r2_bytes"] == 0 < told["stored"]["d1_bytes"]
    assert {one["request"].split(" ", 1)[1] for one in told["requests"]} == {
        "GET /rows",
        "GET /products",
    }
