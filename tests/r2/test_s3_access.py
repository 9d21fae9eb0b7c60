"""Who may do what: scopes of tokens, other accounts, presigned URLs, and the record."""

from collections.abc import Callable

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.r2.bucket import BucketStore
from tests.r2.answers import assert_refused, refusal_of
from tests.r2.signing import Keys, Signature, keys_of, presigned, s3_client

DENIED = (403, "AccessDenied", "Access Denied")
UNKNOWN = (401, "Unauthorized", "Unauthorized")
Holder = Callable[..., httpx.Auth]


def scoped(twin: Twin, account: Account, *scopes: str) -> Signature:
    """The signature of a token with these scopes alone."""
    value = "-".join(scopes)
    twin.directory.put_credential(f"id-{value}", value, {account.id: frozenset(scopes)})
    return Signature(keys_of(twin, value), twin.clock)


@pytest.mark.usefixtures("value")
async def test_a_token_that_may_read_reads_and_no_more(
    s3: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    reader = scoped(twin, account, "r2:read")

    assert (await s3.get("/shop/key", auth=reader)).content == b"value"
    assert (await s3.get("/shop?list-type=2", auth=reader)).status_code == 200
    for method, target in (
        ("PUT", "/shop/key"),
        ("DELETE", "/shop/key"),
        ("POST", "/shop?delete"),
        ("POST", "/shop/key?uploads"),
        ("PUT", "/attic"),
        ("DELETE", "/shop"),
        ("PUT", "/shop?cors"),
    ):
        assert_refused(await s3.request(method, target, auth=reader), *DENIED)


@pytest.mark.usefixtures("value")
async def test_a_token_that_may_write_reads_too(
    s3: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    writer = scoped(twin, account, "r2:write")

    assert (await s3.put("/shop/new", auth=writer, content=b"")).status_code == 200
    assert (await s3.get("/shop/key", auth=writer)).content == b"value"


async def test_a_token_for_another_product_may_do_nothing(
    s3: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    other = scoped(twin, account, "kv:write", "d1:write")

    assert_refused(await s3.get("/", auth=other), *DENIED)


async def test_another_accounts_buckets_are_not_to_be_seen(
    s3: httpx.AsyncClient, twin: Twin, shop: BucketStore
) -> None:
    shop.write("secret", b"value")
    _, credential = twin.create_account("Another tenant")
    async with s3_client(twin, keys_of(twin, credential.value)) as stranger:
        assert "shop" not in (await stranger.get("/")).text
        assert refusal_of(await stranger.get("/shop/secret")) == (404, "NoSuchBucket")
        assert (await stranger.put("/shop")).status_code == 200
        assert refusal_of(await stranger.get("/shop/secret")) == (404, "NoSuchKey")
        copied = {"x-amz-copy-source": "/shop/secret"}
        assert (await stranger.put("/shop/mine", headers=copied)).status_code == 404


async def test_an_account_in_the_host_name_must_be_ones_own(
    s3: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    other, credential = twin.create_account("Another tenant")
    stranger = Signature(keys_of(twin, credential.value), twin.clock)

    for account_id in (account.id, "f" * 32):
        host = f"http://{account_id}.r2.cloudflarestorage.com"
        assert_refused(await s3.get(f"{host}/shop", auth=stranger), *UNKNOWN)
    own = await s3.get(f"http://{other.id}.r2.cloudflarestorage.com/", auth=stranger)
    assert own.status_code == 200


@pytest.mark.parametrize("key_id", ["unknown", "", "../.."])
async def test_unknown_keys_are_refused(
    s3: httpx.AsyncClient, clock: ManualClock, key_id: str
) -> None:
    unknown = Signature(Keys(key_id, "secret"), clock)

    assert_refused(await s3.get("/shop", auth=unknown), *UNKNOWN)


@pytest.mark.usefixtures("value")
async def test_a_presigned_url_is_all_that_is_needed(
    anyone: httpx.AsyncClient, keys: Keys, clock: ManualClock, shop: BucketStore
) -> None:
    base = "http://127.0.0.1:8789/shop"
    got = await anyone.get(presigned(keys, clock, "GET", f"{base}/key"))
    put = await anyone.put(presigned(keys, clock, "PUT", f"{base}/new"), content=b"new")

    assert (got.content, put.status_code) == (b"value", 200)
    assert shop.head("new").size == 3


async def test_requests_are_recorded_by_their_operations_names(
    s3: httpx.AsyncClient, anyone: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    await s3.put("/shop/key", content=b"")
    await s3.get("/shop/absent")
    await anyone.get("/shop/key")

    recorded = [
        (event.door, event.operation, event.account_id, event.path, event.status, event.code)
        for event in reversed(twin.events.recent(3))
    ]
    assert recorded == [
        ("s3", "r2.s3.PutObject", account.id, "/shop/key", 200, None),
        ("s3", "r2.s3.GetObject", account.id, "/shop/absent", 404, 10007),
        ("s3", "unknown", None, "/shop/key", 400, 10029),
    ]
