"""One state behind every door: what a deployed Worker writes, the SDK, boto3 and another Worker
read, and the other way round.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from cloudflare import Cloudflare

from emulator.testing import TwinAccount, TwinServer
from tests.contract.boto import S3Clients
from tests.contract.test_sdk_vectorize import ndjson
from tests.deployed import Deployed

pytestmark = pytest.mark.workerd

# The same code twice: what one writes, the other reads.
CODE = """export default { async fetch(request, env) {
  const { pathname, searchParams } = new URL(request.url);
  const key = searchParams.get("key");
  switch (`${request.method} ${pathname}`) {
    case "PUT /kv":
      await env.KV.put(key, await request.text(), { metadata: { by: "worker" } });
      break;
    case "GET /kv":
      return Response.json(await env.KV.getWithMetadata(key));
    case "PUT /d1":
      await env.DB.prepare("INSERT INTO t VALUES (?)").bind(await request.text()).run();
      break;
    case "GET /d1":
      return Response.json((await env.DB.prepare("SELECT x FROM t").all()).results);
    case "PUT /r2":
      await env.BUCKET.put(key, await request.text(), { customMetadata: { by: "worker" } });
      break;
    case "GET /r2": {
      const object = await env.BUCKET.get(key);
      return Response.json({ text: await object.text(), metadata: object.customMetadata });
    }
    case "PUT /vectorize":
      await env.INDEX.upsert([{ id: "v", values: [1, 0], metadata: { by: "worker" } }]);
      break;
    case "GET /vectorize":
      return Response.json(await env.INDEX.query([1, 0], { returnMetadata: "all" }));
    case "GET /ai":
      return Response.json(await env.AI.run("@cf/baai/bge-small-en-v1.5", { text: ["tea"] }));
  }
  return new Response("done");
} };"""


@pytest.fixture
def workers(
    twin_server: TwinServer, twin_account: TwinAccount, cloudflare: Cloudflare
) -> Iterator[Deployed]:
    """The Workers `one` and `two`, bound to the same resources of the account."""
    account: dict[str, Any] = {"account_id": twin_account.id}
    namespace: Any = cloudflare.kv.namespaces.create(**account, title="shared")
    database: Any = cloudflare.d1.database.create(**account, name="shared")
    cloudflare.d1.database.query(database.uuid, **account, sql="CREATE TABLE t (x)")
    cloudflare.r2.buckets.create(**account, name="shared")
    config: Any = {"dimensions": 2, "metric": "cosine"}
    cloudflare.vectorize.indexes.create(**account, name="shared", config=config)
    deployed = Deployed(twin_server, twin_account)
    for name in ("one", "two"):
        deployed.deploy(
            name,
            CODE,
            {"name": "KV", "type": "kv_namespace", "namespace_id": namespace.id},
            {"name": "DB", "type": "d1", "id": database.uuid},
            {"name": "BUCKET", "type": "r2_bucket", "bucket_name": "shared"},
            {"name": "INDEX", "type": "vectorize", "index_name": "shared"},
            {"name": "AI", "type": "ai"},
        )
    yield deployed
    deployed.close()


def namespace_id(cloudflare: Cloudflare, account: TwinAccount) -> str:
    return next(iter(cloudflare.kv.namespaces.list(account_id=account.id))).id


def database_id(cloudflare: Cloudflare, account: TwinAccount) -> str:
    return str(next(iter(cloudflare.d1.database.list(account_id=account.id))).uuid)


def test_kv(workers: Deployed, cloudflare: Cloudflare, twin_account: TwinAccount) -> None:
    place: dict[str, Any] = {
        "account_id": twin_account.id,
        "namespace_id": namespace_id(cloudflare, twin_account),
    }
    values: Any = cloudflare.kv.namespaces.values

    workers.request("one", "PUT", "/kv?key=k", content="tea")
    assert values.get("k", **place).read() == b"tea"
    assert cloudflare.kv.namespaces.metadata.get("k", **place) == {"by": "worker"}
    assert workers.get("two", "/kv?key=k").json()["value"] == "tea"

    values.update("sdk", **place, value=b"salt")
    assert workers.get("one", "/kv?key=sdk").json()["value"] == "salt"


def test_d1(workers: Deployed, cloudflare: Cloudflare, twin_account: TwinAccount) -> None:
    database = database_id(cloudflare, twin_account)
    account: dict[str, Any] = {"account_id": twin_account.id}

    workers.request("one", "PUT", "/d1", content="tea")
    [rows] = cloudflare.d1.database.query(database, **account, sql="SELECT x FROM t")
    assert rows.results == [{"x": "tea"}]
    assert workers.get("two", "/d1").json() == [{"x": "tea"}]

    cloudflare.d1.database.query(database, **account, sql="UPDATE t SET x = 'salt'")
    assert workers.get("one", "/d1").json() == [{"x": "salt"}]


def test_r2(workers: Deployed, s3_client: S3Clients) -> None:
    s3 = s3_client()

    workers.request("one", "PUT", "/r2?key=a/b", content="tea")
    object_ = s3.get_object(Bucket="shared", Key="a/b")
    assert (object_["Body"].read(), object_["Metadata"]) == (b"tea", {"by": "worker"})
    assert workers.get("two", "/r2?key=a/b").json() == {
        "text": "tea",
        "metadata": {"by": "worker"},
    }

    s3.put_object(Bucket="shared", Key="c", Body=b"salt", Metadata={"by": "boto3"})
    assert workers.get("one", "/r2?key=c").json() == {"text": "salt", "metadata": {"by": "boto3"}}


@pytest.mark.filterwarnings("ignore:Passing raw bytes:DeprecationWarning")
def test_vectorize(workers: Deployed, cloudflare: Cloudflare, twin_account: TwinAccount) -> None:
    account: dict[str, Any] = {"account_id": twin_account.id}
    indexes: Any = cloudflare.vectorize.indexes

    workers.request("one", "PUT", "/vectorize")
    found = indexes.query("shared", **account, vector=[1, 0], return_metadata="all")
    assert [(one.id, one.metadata) for one in found.matches] == [("v", {"by": "worker"})]
    assert workers.get("two", "/vectorize").json()["matches"][0]["metadata"] == {"by": "worker"}

    body = ndjson({"id": "v", "values": [1, 0], "metadata": {"by": "sdk"}})
    indexes.upsert("shared", **account, body=body)
    assert workers.get("one", "/vectorize").json()["matches"][0]["metadata"] == {"by": "sdk"}


def test_workers_ai(workers: Deployed, cloudflare: Cloudflare, twin_account: TwinAccount) -> None:
    model = "@cf/baai/bge-small-en-v1.5"

    by_worker = workers.get("one", "/ai").json()["data"]
    by_sdk: Any = cloudflare.ai.run(model, account_id=twin_account.id, text=["tea"])

    assert by_worker == by_sdk["data"]


def test_another_accounts_database_cannot_be_bound(
    workers: Deployed, cloudflare: Cloudflare, twin_server: TwinServer, twin_account: TwinAccount
) -> None:
    stranger = Deployed(twin_server, twin_server.create_account())
    theirs = {"name": "DB", "type": "d1", "id": database_id(cloudflare, twin_account)}

    refused = stranger.put("thief", CODE, [theirs])

    assert refused.json()["errors"][0]["code"] == 10181
    twin_server.delete_account(stranger.account.id)
    stranger.close()
