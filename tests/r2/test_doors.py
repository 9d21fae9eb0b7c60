"""What one door has written the other shows."""

import hashlib

import httpx

from emulator.r2.bucket import BucketStore
from tests.r2.answers import ETAG, document
from tests.r2.worker import Env, told

BUCKET = "/r2/buckets/shop"
KEY = f"{BUCKET}/objects/a/key"


async def test_an_object_put_over_rest_is_got_over_s3(
    rest: httpx.AsyncClient, s3: httpx.AsyncClient
) -> None:
    sent = {"content-type": "text/plain", "cf-r2-storage-class": "InfrequentAccess"}
    await rest.put(KEY, content=b"value", headers=sent)

    got = await s3.get("/shop/a/key")

    assert (got.content, got.headers["etag"]) == (b"value", ETAG)
    assert got.headers["content-type"] == "text/plain"
    assert got.headers["x-amz-storage-class"] == "STANDARD_IA"


async def test_an_object_put_over_s3_is_got_over_rest(
    rest: httpx.AsyncClient, s3: httpx.AsyncClient
) -> None:
    sent = {"content-type": "text/plain", "x-amz-meta-by": "ada"}
    await s3.put("/shop/a/key", content=b"value", headers=sent)

    got, listed = await rest.get(KEY), await rest.get(f"{BUCKET}/objects")

    assert (got.content, got.headers["etag"]) == (b"value", ETAG)
    assert got.headers["content-type"] == "text/plain"
    assert listed.json()["result"][0]["custom_metadata"] == {"by": "ada"}


async def test_what_one_door_deletes_is_gone_at_the_other(
    rest: httpx.AsyncClient, s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    for key in ("a/key", "b"):
        shop.write(key, b"value")

    await rest.delete(KEY)
    await s3.delete("/shop/b")

    assert (await s3.get("/shop/a/key")).status_code == 404
    assert (await rest.get(f"{BUCKET}/objects")).json()["result"] == []


async def test_buckets_are_the_same(rest: httpx.AsyncClient, s3: httpx.AsyncClient) -> None:
    await rest.post("/r2/buckets", json={"name": "by-rest"})
    await s3.put("/by-s3")

    listed = (await rest.get("/r2/buckets")).json()["result"]["buckets"]
    assert [bucket["name"] for bucket in listed] == ["by-rest", "by-s3", "shop"]
    assert (await s3.head("/by-rest")).status_code == 200


async def test_cors_rules_are_the_same(rest: httpx.AsyncClient, s3: httpx.AsyncClient) -> None:
    rule = {"allowed": {"origins": ["https://a.example"], "methods": ["GET"]}}

    await rest.put(f"{BUCKET}/cors", json={"rules": [rule]})

    assert (await s3.get("/shop?cors")).text == document(
        "CORSConfiguration",
        "<CORSRule><AllowedMethod>GET</AllowedMethod>"
        "<AllowedOrigin>https://a.example</AllowedOrigin></CORSRule>",
    )


async def test_lifecycle_rules_are_the_same(rest: httpx.AsyncClient, s3: httpx.AsyncClient) -> None:
    rule = (
        "<Rule><ID>old</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>"
        "<Expiration><Days>1</Days></Expiration></Rule>"
    )

    await s3.put(
        "/shop?lifecycle", content=f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>"
    )

    assert (await rest.get(f"{BUCKET}/lifecycle")).json()["result"] == {
        "rules": [
            {
                "id": "old",
                "enabled": True,
                "conditions": {"prefix": "logs/"},
                "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 86_400}},
            }
        ]
    }


async def test_the_development_address_opened_over_rest_is_read_by_anybody(
    rest: httpx.AsyncClient, anyone: httpx.AsyncClient, value: None
) -> None:
    domain = (await rest.get(f"{BUCKET}/domains/managed")).json()["result"]["domain"]
    at_home = {"host": domain}
    assert (await anyone.get("/key", headers=at_home)).status_code != 200

    await rest.put(f"{BUCKET}/domains/managed", json={"enabled": True})

    assert (await anyone.get("/key", headers=at_home)).content == b"value"


async def test_an_object_put_by_a_worker_is_got_over_s3_and_rest(
    env: Env, s3: httpx.AsyncClient, rest: httpx.AsyncClient
) -> None:
    http, custom = {"contentType": "text/plain"}, [{"k": "by", "v": "ada"}]
    await env.write("put", b"value", object="a/key", httpFields=http, customFields=custom)

    over_s3, over_rest = await s3.get("/shop/a/key"), await rest.get(KEY)

    assert over_s3.content == over_rest.content == b"value"
    assert over_s3.headers["etag"] == over_rest.headers["etag"] == ETAG
    assert over_s3.headers["content-type"] == over_rest.headers["content-type"] == "text/plain"
    assert over_s3.headers["x-amz-meta-by"] == "ada"


async def test_an_object_put_over_s3_is_got_by_a_worker(env: Env, s3: httpx.AsyncClient) -> None:
    expires = "Sun, 09 Sep 2001 01:46:40 GMT"
    sent = {"content-type": "text/plain", "expires": expires, "x-amz-meta-by": "ada"}
    await s3.put("/shop/a/key", content=b"value", headers=sent)

    shown, content = told(await env.read("get", object="a/key"))

    assert (content, shown["customFields"]) == (b"value", [{"k": "by", "v": "ada"}])
    assert shown["httpFields"] == {"contentType": "text/plain", "cacheExpiry": 1_000_000_000_000}


async def test_s3_shows_a_workers_digest_if_it_knows_the_kind(
    env: Env, s3: httpx.AsyncClient
) -> None:
    for name in ("sha256", "sha384"):
        digest = hashlib.new(name, b"value").hexdigest()
        await env.write("put", b"value", object=name, **{name: digest})

    asked = {"x-amz-checksum-mode": "ENABLED"}
    known = await s3.head("/shop/sha256", headers=asked)
    unknown = await s3.head("/shop/sha384", headers=asked)

    assert known.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    assert not [name for name in unknown.headers if name.startswith("x-amz-checksum")]
