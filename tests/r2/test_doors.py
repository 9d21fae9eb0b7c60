"""What one door has written the other shows."""

import httpx

from emulator.r2.bucket import BucketStore
from tests.r2.answers import ETAG, document

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
