"""R2's objects over the API: what goes over the wire, byte for byte."""

from collections.abc import AsyncIterator
from hashlib import md5
from pathlib import Path

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.errors import BodyTooLarge
from emulator.r2.bucket import BucketStore
from emulator.r2.errors import EntityTooLarge
from emulator.r2.models import Attributes, HttpMetadata
from emulator.r2.object_rest import put_object
from emulator.r2.store import LOCK
from emulator.wire.body import ClientGone
from emulator.wire.call import Call
from tests.assertions import assert_failure
from tests.r2.answers import ETAG, own_headers
from tests.r2.stores import LARGE, files, put, read

OBJECTS = "/r2/buckets/shop/objects"
KEY = f"{OBJECTS}/key"
MOMENT = "2026-01-01T00:00:00.000Z"
MODIFIED = "Thu, 01 Jan 2026 00:00:00 GMT"
NO_KEY = "The specified key does not exist."
NO_BUCKET = "The specified bucket does not exist."


@pytest.fixture
def disk(twin: Twin, account: Account) -> Path:
    """Where the account's objects lie."""
    return twin.account_path(account.id) / "r2"


async def in_blocks(data: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def test_an_object_is_put_and_answered_raw(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    put = await rest.put(KEY, content=b"value")

    response = await rest.get(KEY)

    assert put.json() == {
        "result": {
            "key": "key",
            "etag": ETAG.strip('"'),
            "size": "5",
            "version": shop.head("key").version,
            "uploaded": MOMENT,
            "storage_class": "Standard",
        },
        "success": True,
        "errors": [],
        "messages": [],
    }
    assert (response.status_code, response.content) == (200, b"value")
    assert own_headers(response) == {
        "content-type": "application/octet-stream",
        "etag": ETAG,
        "last-modified": MODIFIED,
    }


async def test_its_headers_come_back(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    sent = {
        "content-type": "text/html",
        "content-language": "sv",
        "content-disposition": "attachment",
        "content-encoding": "br",
        "cache-control": "no-cache",
        "expires": "Thu, 01 Jan 2026 00:00:00 GMT",
    }
    ours = {"cf-r2-storage-class": "InfrequentAccess", "cf-r2-data-catalog-check": "true"}

    put = await rest.put(KEY, content=b"value", headers=sent | ours)
    # A client that knows no Brotli would be in the way.
    async with rest.stream("GET", KEY) as response:
        headers = own_headers(response)

    assert put.json()["result"]["storage_class"] == "InfrequentAccess"
    assert headers == {**sent, "etag": ETAG, "last-modified": MODIFIED}


@pytest.mark.parametrize("data", [b"", LARGE, LARGE * 20], ids=["empty", "blob", "blocks"])
async def test_bytes_of_any_number_survive(
    rest: httpx.AsyncClient, shop: BucketStore, data: bytes
) -> None:
    put = await rest.put(KEY, content=in_blocks(data))

    response = await rest.get(KEY)

    expected = md5(data, usedforsecurity=False).hexdigest()
    assert (put.json()["result"]["etag"], put.json()["result"]["size"]) == (
        expected,
        str(len(data)),
    )
    assert response.content == data
    assert response.headers["content-length"] == str(len(data))


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("a/b.txt", "a/b.txt"),
        ("a%2Fb%20%C3%BC%3F", "a/b ü?"),
        ("%2541", "%41"),
        ("a//b", "a//b"),
        ("/a", "/a"),
        ("a/", "a/"),
        ("a/%2E%2E/b", "a/../b"),
        ("r2/buckets/other/objects/x", "r2/buckets/other/objects/x"),
        ("cors", "cors"),
    ],
)
async def test_all_behind_the_bucket_is_the_key(
    rest: httpx.AsyncClient, shop: BucketStore, path: str, key: str
) -> None:
    put = await rest.put(f"{OBJECTS}/{path}", content=b"value")

    assert put.json()["result"]["key"] == key
    assert read(shop, key) == b"value"
    assert (await rest.get(f"{OBJECTS}/{path}")).content == b"value"
    assert (await rest.delete(f"{OBJECTS}/{path}")).json()["result"] == {"key": key}


async def test_a_key_that_is_not_utf_8_names_nothing(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    response = await rest.put(f"{OBJECTS}/%FF", content=b"value")

    assert (response.status_code, response.json()["errors"][0]["code"]) == (404, 7003)


async def test_a_key_has_up_to_1024_bytes(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    fits, more = (
        await rest.put(f"{OBJECTS}/{'k' * 1024}"),
        await rest.put(f"{OBJECTS}/{'k' * 1025}"),
    )

    assert fits.status_code == 200
    message = "The specified object name is not valid."
    assert_failure(more, status=400, code=10020, message=message)


async def test_an_absent_key_through_rest(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    assert_failure(await rest.get(KEY), status=404, code=10007, message=NO_KEY)
    assert (await rest.delete(KEY)).json()["result"] == {"key": "key"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_absent_bucket_through_rest(rest: httpx.AsyncClient, method: str) -> None:
    response = await rest.request(method, KEY, content=b"value")

    assert_failure(response, status=404, code=10006, message=NO_BUCKET)


async def test_a_jurisdiction_has_buckets_of_its_own(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore, value: None
) -> None:
    eu = {"cf-r2-jurisdiction": "eu"}
    account.r2.create_bucket("shop", "eu")

    put = await rest.put(KEY, content=b"european", headers=eu)

    assert put.status_code == 200
    assert (await rest.get(KEY, headers=eu)).content == b"european"
    assert (await rest.get(KEY)).content == b"value"


@pytest.mark.parametrize(
    "condition",
    [{"if-none-match": ETAG}, {"if-none-match": "*"}, {"if-modified-since": MODIFIED}],
)
async def test_what_the_client_has_is_not_sent_again(
    rest: httpx.AsyncClient, value: None, condition: dict[str, str]
) -> None:
    response = await rest.get(KEY, headers=condition)

    assert (response.status_code, response.content) == (304, b"")
    assert own_headers(response) == {"etag": ETAG}


async def test_what_has_changed_since_is_sent(rest: httpx.AsyncClient, value: None) -> None:
    condition = {"if-none-match": '"other"', "if-modified-since": MODIFIED}

    response = await rest.get(KEY, headers=condition)

    assert (response.status_code, response.content) == (200, b"value")


@pytest.mark.parametrize(
    ("wanted", "content", "shown"),
    [
        ("bytes=1-3", b"alu", "bytes 1-3/5"),
        ("bytes=3-", b"ue", "bytes 3-4/5"),
        ("bytes=-2", b"ue", "bytes 3-4/5"),
        ("bytes=0-99", b"value", "bytes 0-4/5"),
    ],
)
async def test_a_range_is_answered(
    rest: httpx.AsyncClient, value: None, wanted: str, content: bytes, shown: str
) -> None:
    response = await rest.get(KEY, headers={"range": wanted})

    assert (response.status_code, response.content) == (206, content)
    assert response.headers["content-range"] == shown


async def test_a_range_behind_the_end_is_refused(rest: httpx.AsyncClient, value: None) -> None:
    response = await rest.get(KEY, headers={"range": "bytes=5-"})

    message = "The requested range is not satisfiable"
    assert_failure(response, status=416, code=10039, message=message)


async def test_a_range_of_a_large_object_is_answered(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    shop.write("key", LARGE * 40)

    response = await rest.get(KEY, headers={"range": "bytes=100-2400099"})

    assert response.content == (LARGE * 40)[100:2_400_100]
    assert response.headers["content-length"] == "2400000"


async def test_an_unknown_storage_class_is_refused(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    response = await rest.put(KEY, content=b"value", headers={"cf-r2-storage-class": "Glacier"})

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 10029)


async def test_an_upload_that_says_it_is_too_large_is_refused(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    response = await rest.put(KEY, content=b"", headers={"content-length": "300000001"})

    message = "Your proposed upload exceeds the maximum allowed object size."
    assert_failure(response, status=400, code=100100, message=message)


def upload_call(account: Account, chunks: AsyncIterator[bytes]) -> Call:
    path = f"/client/v4/accounts/{account.id}{KEY}".encode()
    params = {"bucket_name": "shop", "object_key": "key"}
    return Call({"headers": [], "raw_path": path}, params, None, account, b"", chunks)


@pytest.mark.parametrize(
    ("end", "refusal"), [(BodyTooLarge(limit=1), EntityTooLarge), (ClientGone(), ClientGone)]
)
async def test_nothing_is_left_of_an_upload_that_fails(
    account: Account, shop: BucketStore, disk: Path, end: Exception, refusal: type[Exception]
) -> None:
    async def cut_short() -> AsyncIterator[bytes]:
        async for block in in_blocks(LARGE * 20):
            yield block
        assert files(disk)
        raise end

    with pytest.raises(refusal):
        await put_object(upload_call(account, cut_short()))

    assert files(disk) == []


async def test_nothing_is_left_where_the_bucket_goes_meanwhile(
    account: Account, shop: BucketStore, disk: Path
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield LARGE
        account.r2.delete_bucket("shop")

    with pytest.raises(Exception, match=NO_BUCKET):
        await put_object(upload_call(account, slow()))

    assert files(disk) == []


async def test_a_locked_object_stays(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore, value: None, disk: Path
) -> None:
    rule = {"id": "all", "enabled": True, "condition": {"type": "Indefinite"}}
    account.r2.configure(shop.bucket, LOCK, {"rules": [rule]})

    message = "The object is locked by the bucket policy."
    for refused in (await rest.put(KEY, content=LARGE), await rest.delete(KEY)):
        assert_failure(refused, status=403, code=10069, message=message)
    assert files(disk) == []
    assert (await rest.get(KEY)).content == b"value"


async def test_objects_are_listed_with_what_is_known_of_them(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    http = HttpMetadata("text/html", "sv", "inline", "br", "no-cache", 1_767_225_600_000)
    attributes = Attributes(http, {"by": "ada"}, "InfrequentAccess")
    await put(account.r2, shop, "key", b"value", attributes=attributes)

    response = await rest.get(OBJECTS)

    assert response.json() == {
        "result": [
            {
                "key": "key",
                "etag": ETAG.strip('"'),
                "size": 5,
                "last_modified": MOMENT,
                "http_metadata": {
                    "contentType": "text/html",
                    "contentLanguage": "sv",
                    "contentDisposition": "inline",
                    "contentEncoding": "br",
                    "cacheControl": "no-cache",
                    "cacheExpiry": MOMENT,
                },
                "custom_metadata": {"by": "ada"},
                "ssec": False,
                "storage_class": "InfrequentAccess",
            }
        ],
        "success": True,
        "errors": [],
        "messages": [],
        "result_info": {"cursor": "", "is_truncated": False, "delimited": [], "per_page": 1000},
    }


@pytest.mark.parametrize(
    ("query", "keys", "delimited"),
    [
        ({"prefix": "a/"}, ["a/1", "a/2"], []),
        ({"delimiter": "/"}, ["c"], ["a/", "b/"]),
        ({"delimiter": "/", "prefix": "b/"}, ["b/1"], []),
        ({"start_after": "a/2"}, ["b/1", "c"], []),
        ({"per_page": "0"}, ["a/1"], []),
    ],
)
async def test_a_list_of_objects_is_narrowed(
    rest: httpx.AsyncClient,
    shop: BucketStore,
    query: dict[str, str],
    keys: list[str],
    delimited: list[str],
) -> None:
    for key in ("a/1", "a/2", "b/1", "c"):
        shop.write(key, b"")

    body = (await rest.get(OBJECTS, params=query)).json()

    assert [row["key"] for row in body["result"]] == keys
    assert body["result_info"]["delimited"] == delimited


async def test_objects_are_listed_in_pages(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    made = [f"k{number}" for number in range(5)]
    for key in made:
        shop.write(key, b"")

    query, pages = {"per_page": "2"}, []
    while True:
        body = (await rest.get(OBJECTS, params=query)).json()
        pages.append([row["key"] for row in body["result"]])
        assert body["result_info"]["is_truncated"] == bool(body["result_info"]["cursor"])
        if not body["result_info"]["cursor"]:
            break
        query["cursor"] = body["result_info"]["cursor"]

    assert pages == [made[:2], made[2:4], made[4:]]


async def test_what_was_never_a_cursor_is_refused(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    response = await rest.get(OBJECTS, params={"cursor": "?"})

    message = "The continuation token provided is incorrect"
    assert_failure(response, status=400, code=10029, message=message)
