"""Bad input at the S3 door: the documented error, no object, and no byte left of it."""

import re
from pathlib import Path

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.r2.bucket import BucketStore
from emulator.r2.errors import NoSuchKey
from emulator.r2.limits import MIN_PART_BYTES
from tests.r2.answers import refusal_of
from tests.r2.direct import ask, half_of
from tests.r2.signing import HOST, Keys, presigned, s3_client, signed
from tests.r2.stores import LARGE, files, read

BASE = f"http://{HOST}"
BODIES = {"small": b"value", "large": LARGE * 20}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"])
async def test_unsigned_requests_are_refused_before_all_else(
    anyone: httpx.AsyncClient, shop: BucketStore, method: str
) -> None:
    shop.write("key", b"value")

    for target in ("/", "/absent", "/shop/key", "/shop/absent"):
        response = await anyone.request(method, target, content=b"new")
        assert response.status_code == (501 if (method, target) == ("POST", "/absent") else 400)
    assert read(shop, "key") == b"value"


async def test_a_wrong_secret_opens_nothing(
    anyone: httpx.AsyncClient, shop: BucketStore, keys: Keys, clock: ManualClock
) -> None:
    wrong = Keys(keys.access_key_id, "0" * 64)
    headers = signed(wrong, clock, "PUT", f"{BASE}/shop/key", body=b"value")

    response = await anyone.put("/shop/key", headers=headers, content=b"value")

    assert refusal_of(response) == (403, "SignatureDoesNotMatch")
    assert list(shop.list().objects) == []


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("PUT", "/shop/key", {}),
        ("DELETE", "/shop/key", {}),
        ("GET", "/shop/other", {}),
        ("GET", "/shop/key?uploads", {}),
        ("GET", "/shop/key?versionId=1", {}),
        ("GET", "/shop/key", {"x-amz-meta-a": "changed"}),
        ("GET", "/shop/key", {"host": "elsewhere"}),
        ("GET", "/shop/key", {"x-amz-date": "20260101T000001Z"}),
    ],
)
async def test_a_signature_is_for_one_request(
    anyone: httpx.AsyncClient,
    shop: BucketStore,
    keys: Keys,
    clock: ManualClock,
    method: str,
    target: str,
    headers: dict[str, str],
) -> None:
    shop.write("key", b"value")
    given = signed(keys, clock, "GET", f"{BASE}/shop/key", {"x-amz-meta-a": "b"})
    assert (await anyone.get("/shop/key", headers=given)).content == b"value"

    replayed = await anyone.request(method, target, headers=given | headers, content=b"")

    assert refusal_of(replayed) == (403, "SignatureDoesNotMatch")
    assert read(shop, "key") == b"value"


async def test_an_old_request_is_worth_nothing(
    anyone: httpx.AsyncClient, shop: BucketStore, keys: Keys, clock: ManualClock
) -> None:
    shop.write("key", b"value")
    headers = signed(keys, clock, "GET", f"{BASE}/shop/key")
    url = presigned(keys, clock, "GET", f"{BASE}/shop/key", 900)
    clock.advance(901)

    late = await anyone.get("/shop/key", headers=headers)

    assert refusal_of(late) == (403, "RequestTimeTooSkewed")
    assert refusal_of(await anyone.get(url)) == (403, "ExpiredRequest")


async def test_a_presigned_put_is_no_presigned_get(
    anyone: httpx.AsyncClient, shop: BucketStore, keys: Keys, clock: ManualClock
) -> None:
    url = presigned(keys, clock, "PUT", f"{BASE}/shop/key")

    for method, changed in (("GET", url), ("PUT", url.replace("/key", "/other"))):
        response = await anyone.request(method, changed, content=b"value")
        assert refusal_of(response) == (403, "SignatureDoesNotMatch")
    assert list(shop.list().objects) == []


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/shop/" + "k" * 1_025, 400, "InvalidObjectName"),
        ("/shop/" + "%C3%A9" * 513, 400, "InvalidObjectName"),
        ("/shop/%FF", 400, "InvalidObjectName"),
        ("/shop/%C3", 400, "InvalidObjectName"),
        ("/shop/%ED%A0%80", 400, "InvalidObjectName"),
        ("/sh%FFop/key", 400, "InvalidObjectName"),
        ("/shop/", 400, "MalformedXML"),
        ("//key", 404, "RouteNotFound"),
        ("/%2E%2E/%2E%2E", 404, "NoSuchBucket"),
    ],
)
async def test_a_key_that_is_none_is_refused(
    s3: httpx.AsyncClient, directory: Path, target: str, status: int, code: str
) -> None:
    response = await s3.put(target, content=LARGE)

    assert refusal_of(response) == (status, code)
    assert files(directory) == []


@pytest.mark.parametrize(
    "key", ["..", "../../etc/passwd", "/", "//", ".", "a/../../b", "\0", "%2e"]
)
async def test_a_key_is_a_name_and_never_a_path(
    s3: httpx.AsyncClient, twin: Twin, shop: BucketStore, key: str
) -> None:
    before = {path for path in twin.path.rglob("*") if "blobs" not in path.parts}
    target = "/shop/" + "".join(f"%{byte:02X}" for byte in key.encode())

    assert (await s3.put(target, content=LARGE)).status_code == 200

    assert [stored.key for stored in shop.list().objects] == [key]
    assert (await s3.get(target)).content == LARGE
    assert {path for path in twin.path.rglob("*") if "blobs" not in path.parts} == before


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="}, "BadDigest"),
        ({"content-md5": "AAAA"}, "InvalidDigest"),
        ({"x-amz-checksum-crc32c": "AAAAAA=="}, "BadDigest"),
        ({"x-amz-checksum-sha1": "AAAA"}, "InvalidDigest"),
        ({"x-amz-content-sha256": "0" * 64}, "XAmzContentSHA256Mismatch"),
    ],
)
async def test_nothing_is_left_of_a_body_that_is_not_what_was_promised(
    s3: httpx.AsyncClient,
    shop: BucketStore,
    directory: Path,
    body: bytes,
    headers: dict[str, str],
    code: str,
) -> None:
    response = await s3.put("/shop/key", content=body, headers=headers)

    assert refusal_of(response) == (400, code)
    with pytest.raises(NoSuchKey):
        shop.head("key")
    assert files(directory) == []


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("said", [1, 10**9])
async def test_nothing_is_left_of_a_body_of_another_length(
    twin: Twin,
    keys: Keys,
    shop: BucketStore,
    directory: Path,
    body: bytes,
    said: int,
) -> None:
    given = {"content-length": str(said)}
    headers = signed(keys, twin.clock, "PUT", f"{BASE}/shop/key", given, body)

    answer = await ask(twin, "PUT", "/shop/key", headers, [body])

    assert (answer.status, answer.code) == (400, "IncompleteBody")
    assert list(shop.list().objects) == []
    assert files(directory) == []


async def test_a_body_of_unknown_length_is_refused(
    twin: Twin, keys: Keys, shop: BucketStore
) -> None:
    headers = signed(keys, twin.clock, "PUT", f"{BASE}/shop/key", body=b"value")

    answer = await ask(twin, "PUT", "/shop/key", headers, [b"value"])

    assert (answer.status, answer.code) == (411, "MissingContentLength")
    assert list(shop.list().objects) == []


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("target", ["/shop/key", "/shop/key?partNumber=1&uploadId={}"])
async def test_nothing_is_left_of_a_client_that_goes_half_way(
    twin: Twin,
    account: Account,
    keys: Keys,
    shop: BucketStore,
    directory: Path,
    body: bytes,
    target: str,
) -> None:
    async with s3_client(twin, keys) as s3:
        begun = await s3.post("/shop/key?uploads")
    [upload_id] = re.findall("<UploadId>(.*)</UploadId>", begun.text)
    target = target.format(upload_id)
    given = {"content-length": str(len(body))}
    headers = signed(keys, twin.clock, "PUT", f"{BASE}{target}", given, body)

    answer = await ask(twin, "PUT", target, headers, half_of(body), leaves=True)

    assert answer.sent == []
    assert twin.events.recent(1)[0].status == 499
    assert list(shop.list().objects) == []
    assert shop.uploads.parts("key", upload_id).parts == []
    assert files(directory) == []


async def completed(
    s3: httpx.AsyncClient, sizes: list[int], numbers: list[int], etag: str | None = None
) -> httpx.Response:
    """The answer to the completion of an upload with parts 1, 2, … of these sizes."""
    begun = await s3.post("/shop/key?uploads")
    [upload_id] = re.findall("<UploadId>(.*)</UploadId>", begun.text)
    etags = {}
    for number, size in enumerate(sizes, start=1):
        target = f"/shop/key?partNumber={number}&uploadId={upload_id}"
        etags[number] = (await s3.put(target, content=bytes(size))).headers["etag"]
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber>"
        f"<ETag>{etag or etags.get(number, 'absent')}</ETag></Part>"
        for number in numbers
    )
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
    return await s3.post(f"/shop/key?uploadId={upload_id}", content=body)


@pytest.mark.parametrize(
    ("sizes", "numbers", "code"),
    [
        ([5], [2], "InvalidPart"),
        ([5], [1, 1], "InvalidPart"),
        ([5], [1, 2], "InvalidPart"),
        ([5], [0], "InvalidPart"),
        ([5], [], "MalformedXML"),
        ([MIN_PART_BYTES - 1, 5], [1, 2], "EntityTooSmall"),
        ([MIN_PART_BYTES, MIN_PART_BYTES + 1, 5], [1, 2, 3], "InvalidPart"),
        ([MIN_PART_BYTES, MIN_PART_BYTES + 1], [1, 2], "InvalidPart"),
    ],
)
async def test_parts_that_make_no_object_are_refused(
    s3: httpx.AsyncClient, shop: BucketStore, sizes: list[int], numbers: list[int], code: str
) -> None:
    response = await completed(s3, sizes, numbers)

    assert refusal_of(response) == (400, code)
    assert list(shop.list().objects) == []


async def test_a_part_with_another_etag_is_refused(
    s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    response = await completed(s3, [5], [1], '"0000"')

    assert refusal_of(response) == (400, "InvalidPart")
    assert list(shop.list().objects) == []


async def test_parts_in_any_order_are_put_in_theirs(
    s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    response = await completed(s3, [MIN_PART_BYTES, 5], [2, 1])

    assert response.status_code == 200
    assert [piece.size for piece in shop.pieces(shop.head("key"))] == [MIN_PART_BYTES, 5]
