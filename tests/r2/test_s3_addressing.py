"""Which account, bucket and key a request means: by path, by host name, by jurisdiction."""

import httpx
import pytest

from emulator import Account, Twin
from emulator.r2.bucket import BucketStore
from emulator.r2.s3.address import Address, Host, host_of, locate
from emulator.r2.store import PUBLIC
from tests.r2.answers import SHOWN, own_headers, refusal_of

ACCOUNT = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("127.0.0.1:8789", Host()),
        ("twin", Host()),
        ("localhost:8789", Host()),
        ("r2.localhost:8789", Host()),
        (f"{ACCOUNT}.r2.cloudflarestorage.com", Host(ACCOUNT)),
        (f"{ACCOUNT.upper()}.R2.localhost", Host(ACCOUNT)),
        (f"{ACCOUNT}.eu.r2.cloudflarestorage.com", Host(ACCOUNT, "eu")),
        (f"shop.{ACCOUNT}.r2.localhost:80", Host(ACCOUNT, None, "shop")),
        (f"shop.{ACCOUNT}.fedramp.r2.localhost", Host(ACCOUNT, "fedramp", "shop")),
        ("shop.r2.localhost", Host(None, None, "shop")),
        ("shop.eu.r2.localhost", Host(None, "eu", "shop")),
        (f"pub-{ACCOUNT}.r2.dev", Host(public_id=ACCOUNT)),
        (f"pub-{ACCOUNT}.r2.localhost:8789", Host(public_id=ACCOUNT)),
        ("shop.example", Host()),
    ],
)
def test_a_host_name_says_what_it_says(header: str, expected: Host) -> None:
    assert host_of(header) == expected


@pytest.mark.parametrize(
    ("host", "raw_path", "bucket", "key"),
    [
        (Host(), b"/", None, None),
        (Host(), b"", None, None),
        (Host(), b"/shop", "shop", None),
        (Host(), b"/shop/", "shop", None),
        (Host(), b"/shop/a/b", "shop", "a/b"),
        (Host(), b"/shop//a//", "shop", "/a//"),
        (Host(), b"/shop/a%2Fb%20c+d%25", "shop", "a/b c+d%"),
        (Host(), b"/shop/../a", "shop", "../a"),
        (Host(bucket="shop"), b"/", "shop", None),
        (Host(bucket="shop"), b"/a/b", "shop", "a/b"),
    ],
)
def test_a_path_is_decoded_once(
    host: Host, raw_path: bytes, bucket: str | None, key: str | None
) -> None:
    assert locate(host, raw_path, None) == Address(None, "default", bucket, key)


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize("form", ["shop.{}.r2.localhost", "shop.{}.r2.cloudflarestorage.com"])
async def test_a_bucket_may_stand_in_the_host_name(
    s3: httpx.AsyncClient, account: Account, form: str
) -> None:
    base = f"http://{form.format(account.id)}"

    assert (await s3.get(f"{base}/key")).content == b"value"
    assert "<Key>key</Key>" in (await s3.get(f"{base}/?list-type=2")).text


@pytest.mark.usefixtures("value")
async def test_the_account_may_stand_in_the_host_name(
    s3: httpx.AsyncClient, account: Account
) -> None:
    response = await s3.get(f"http://{account.id}.r2.cloudflarestorage.com/shop/key")

    assert response.content == b"value"


@pytest.mark.parametrize("way", ["host", "header"])
async def test_a_jurisdiction_has_buckets_of_its_own(
    s3: httpx.AsyncClient, account: Account, way: str
) -> None:
    eu = f"http://{account.id}.eu.r2.localhost" if way == "host" else ""
    headers = {} if way == "host" else {"cf-r2-jurisdiction": "eu"}

    assert (await s3.put(f"{eu}/shop", headers=headers)).status_code == 200
    assert (await s3.put(f"{eu}/shop/key", headers=headers, content=b"eu")).status_code == 200

    assert (await s3.get(f"{eu}/shop/key", headers=headers)).content == b"eu"
    assert (await s3.get("/shop/key")).status_code == 404
    assert [bucket.name for bucket in account.r2.list_buckets("eu")] == ["shop"]
    assert account.r2.get_bucket("shop", "eu").jurisdiction == "eu"


async def test_a_jurisdiction_that_is_none_has_no_buckets(s3: httpx.AsyncClient) -> None:
    mars = {"cf-r2-jurisdiction": "mars"}

    assert refusal_of(await s3.get("/shop", headers=mars)) == (404, "NoSuchBucket")
    assert refusal_of(await s3.put("/shop", headers=mars)) == (400, "InvalidArgument")


@pytest.fixture
def public(account: Account, shop: BucketStore) -> str:
    """The bucket's public address."""
    account.r2.configure(shop.bucket, PUBLIC, {"enabled": True})
    return f"http://pub-{shop.bucket.public_id}.r2.localhost"


@pytest.mark.usefixtures("value")
async def test_anybody_reads_a_public_bucket(
    anyone: httpx.AsyncClient, public: str, twin: Twin, account: Account
) -> None:
    response = await anyone.get(f"{public}/key")

    assert (response.status_code, response.content) == (200, b"value")
    assert own_headers(response) == SHOWN
    event = twin.events.recent(1)[0]
    assert (event.operation, event.account_id) == ("r2.public", account.id)


@pytest.mark.usefixtures("value")
async def test_ranges_and_conditions_work_in_public(anyone: httpx.AsyncClient, public: str) -> None:
    part = await anyone.get(f"{public}/key", headers={"range": "bytes=1-2"})
    same = await anyone.get(f"{public}/key", headers={"if-none-match": SHOWN["etag"]})
    head = await anyone.head(f"{public}/key")

    assert (part.status_code, part.content) == (206, b"al")
    assert part.headers["content-range"] == "bytes 1-2/5"
    assert same.status_code == 304
    assert (head.content, head.headers["content-length"]) == (b"", "5")


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/absent", 404),
        ("GET", "/", 404),
        ("GET", "/?list-type=2", 404),
        ("PUT", "/key", 401),
        ("DELETE", "/key", 401),
        ("POST", "/key", 401),
    ],
)
async def test_in_public_nothing_is_listed_or_written(
    anyone: httpx.AsyncClient,
    public: str,
    shop: BucketStore,
    method: str,
    target: str,
    status: int,
) -> None:
    response = await anyone.request(method, f"{public}{target}", content=b"")

    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert shop.head("key").size == 5


@pytest.mark.usefixtures("value")
async def test_a_private_bucket_has_no_public_address(
    anyone: httpx.AsyncClient, shop: BucketStore
) -> None:
    response = await anyone.get(f"http://pub-{shop.bucket.public_id}.r2.localhost/key")

    assert response.status_code == 404
    assert b"value" not in response.content
