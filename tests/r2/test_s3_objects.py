"""Objects over the S3 door: headers and statuses, told in full."""

from base64 import b64encode
from hashlib import md5

import httpx
import pytest

from emulator.r2.bucket import BucketStore
from emulator.r2.models import INFREQUENT
from tests.r2.answers import ETAG, SHOWN, assert_refused, document, own_headers, refusal_of
from tests.r2.stores import LARGE, read

CUSTOMER_KEY = {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": b64encode(bytes(32)).decode(),
    "x-amz-server-side-encryption-customer-key-md5": b64encode(md5(bytes(32)).digest()).decode(),
}


async def test_a_put_answers_with_the_etag(s3: httpx.AsyncClient, shop: BucketStore) -> None:
    response = await s3.put("/shop/key", content=b"value")

    assert (response.status_code, response.content) == (200, b"")
    assert own_headers(response) == {"etag": ETAG}
    assert read(shop, "key") == b"value"


@pytest.mark.usefixtures("value")
async def test_an_object_is_served_with_its_headers(s3: httpx.AsyncClient) -> None:
    response = await s3.get("/shop/key")

    assert (response.status_code, response.content) == (200, b"value")
    assert own_headers(response) == SHOWN
    assert response.headers["content-length"] == "5"


@pytest.mark.usefixtures("value")
async def test_head_is_get_without_the_body(s3: httpx.AsyncClient) -> None:
    response = await s3.head("/shop/key")

    assert (response.status_code, response.content) == (200, b"")
    assert own_headers(response) == SHOWN
    assert response.headers["content-length"] == "5"


async def test_what_the_writer_said_is_served(s3: httpx.AsyncClient, shop: BucketStore) -> None:
    said = {
        "content-type": "text/plain; charset=utf-8",
        "content-language": "de",
        "content-disposition": 'attachment; filename="a.txt"',
        "content-encoding": "br",
        "cache-control": "no-store",
        "expires": "Fri, 02 Jan 2026 00:00:00 GMT",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-meta-name": "wert",
        "x-amz-meta-mixed-case": "Wert",
    }
    await s3.put("/shop/key", content=b"value", headers=said)

    assert own_headers(await s3.head("/shop/key")) == SHOWN | said
    assert shop.head("key").storage_class == INFREQUENT


async def test_metadata_beyond_ascii_travels_as_encoded_words(
    s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    await s3.put("/shop/word", content=b"", headers={"x-amz-meta-a": "=?UTF-8?B?w7xiZXI=?="})
    await s3.put("/shop/raw", content=b"", headers=[(b"x-amz-meta-a", "über".encode())])

    for key in ("word", "raw"):
        assert shop.head(key).custom == {"a": "über"}
        shown = (await s3.head(f"/shop/{key}")).headers["x-amz-meta-a"]
        assert shown.lower() == "=?utf-8?b?w7xizxi=?="


async def test_metadata_that_no_header_can_carry_is_counted(
    s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    shop.write("key", b"", custom={"with space": "1", "fine": "2"})

    headers = (await s3.head("/shop/key")).headers

    assert (headers["x-amz-missing-meta"], headers["x-amz-meta-fine"]) == ("1", "2")


@pytest.mark.usefixtures("value")
async def test_a_put_for_absent_keys_only(s3: httpx.AsyncClient) -> None:
    absent_only = {"if-none-match": "*"}

    assert (await s3.put("/shop/new", content=b"", headers=absent_only)).status_code == 200
    assert (await s3.put("/shop/key", content=b"", headers=absent_only)).status_code == 412


async def test_a_missing_object_is_told(s3: httpx.AsyncClient) -> None:
    message = "The specified key does not exist."

    assert_refused(await s3.get("/shop/absent"), 404, "NoSuchKey", message)


async def test_deleting_answers_204_whether_it_was_there_or_not(
    s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    shop.write("key", b"value")

    for _ in range(2):
        response = await s3.delete("/shop/key")
        assert (response.status_code, response.content) == (204, b"")
    assert list(shop.list().objects) == []


async def test_many_are_deleted_together(s3: httpx.AsyncClient, shop: BucketStore) -> None:
    shop.write("a&b", b"value")
    long = "k" * 1_025
    body = (
        f"<Delete><Quiet>true</Quiet><Object><Key>a&amp;b</Key></Object>"
        f"<Object><Key>absent</Key></Object><Object><Key>{long}</Key></Object></Delete>"
    )

    response = await s3.post("/shop?delete", content=body)

    assert response.text == document(
        "DeleteResult",
        "<Deleted><Key>a&amp;b</Key></Deleted><Deleted><Key>absent</Key></Deleted>",
        f"<Error><Key>{long}</Key><Code>InvalidObjectName</Code>"
        "<Message>The specified object name is not valid.</Message></Error>",
    )
    assert list(shop.list().objects) == []


@pytest.mark.parametrize("count", [0, 1_001])
async def test_between_1_and_1000_are_deleted_together(s3: httpx.AsyncClient, count: int) -> None:
    body = f"<Delete>{'<Object><Key>a</Key></Object>' * count}</Delete>"

    assert refusal_of(await s3.post("/shop?delete", content=body)) == (400, "MalformedXML")


async def test_a_post_on_an_object_is_a_put(s3: httpx.AsyncClient, shop: BucketStore) -> None:
    assert (await s3.post("/shop/key", content=b"posted")).status_code == 200
    assert (await s3.put("/shop/other?uploadId=1", content=b"put")).status_code == 200

    assert (read(shop, "key"), read(shop, "other")) == (b"posted", b"put")


async def test_a_large_object_goes_in_and_out_whole(
    s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    data = LARGE * 50
    await s3.put("/shop/large", content=data)

    assert (await s3.get("/shop/large")).content == data
    part = await s3.get("/shop/large", headers={"range": "bytes=1000000-1000009"})
    assert part.content == data[1_000_000:1_000_010]


@pytest.mark.usefixtures("value")
async def test_the_customers_key_is_needed_to_read(s3: httpx.AsyncClient) -> None:
    put = await s3.put("/shop/closed", content=b"value", headers=CUSTOMER_KEY)
    shown = {name: CUSTOMER_KEY[name] for name in CUSTOMER_KEY if not name.endswith("-key")}

    assert own_headers(put) == {"etag": ETAG} | shown
    assert own_headers(await s3.get("/shop/closed", headers=CUSTOMER_KEY)) == SHOWN | shown
    assert refusal_of(await s3.get("/shop/closed")) == (400, "InvalidRequest")
    assert refusal_of(await s3.get("/shop/key", headers=CUSTOMER_KEY)) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("algorithm", "AES128"),
        ("key", b64encode(bytes(31)).decode()),
        ("key", "no base64"),
        ("key-md5", b64encode(bytes(16)).decode()),
    ],
)
async def test_a_customers_key_that_is_none_is_refused(
    s3: httpx.AsyncClient, name: str, value: str
) -> None:
    headers = CUSTOMER_KEY | {f"x-amz-server-side-encryption-customer-{name}": value}

    response = await s3.put("/shop/closed", content=b"value", headers=headers)

    assert refusal_of(response) == (400, "InvalidArgument")


async def test_a_missing_bucket_may_be_made_on_the_way(s3: httpx.AsyncClient) -> None:
    missing = {"cf-create-bucket-if-missing": "true"}

    assert (await s3.put("/new-one/key", content=b"", headers=missing)).status_code == 200
    assert (await s3.put("/new-two/key", content=b"")).status_code == 404
    assert (await s3.post("/new-three/key?uploads", headers=missing)).status_code == 200
