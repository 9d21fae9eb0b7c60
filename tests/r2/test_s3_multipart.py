"""Multipart uploads over the S3 door, whole documents."""

import httpx
import pytest

from emulator import Account
from emulator.r2.bucket import BucketStore
from emulator.r2.limits import MIN_PART_BYTES
from tests.r2.answers import assert_refused, document, own_headers, owner, refusal_of
from tests.r2.stores import LARGE, read

PART_ETAG = '"f4c9385f1902f7334b00b9b4ecd164de"'
NO_UPLOAD = (404, "NoSuchUpload", "The specified multipart upload does not exist.")


async def begin(s3: httpx.AsyncClient, key: str = "big", **headers: str) -> str:
    """The id of a new upload."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await s3.post(f"/shop/{key}?uploads", headers=named)
    return response.text.partition("<UploadId>")[2].partition("<")[0]


async def put_part(s3: httpx.AsyncClient, upload_id: str, number: int, data: bytes) -> str:
    """The part's ETag."""
    response = await s3.put(f"/shop/big?partNumber={number}&uploadId={upload_id}", content=data)
    return response.headers["etag"]


def completion(*parts: tuple[int, str], more: str = "") -> str:
    rows = (
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{more}</Part>"
        for number, etag in parts
    )
    return f"<CompleteMultipartUpload>{''.join(rows)}</CompleteMultipartUpload>"


@pytest.fixture
async def upload_id(s3: httpx.AsyncClient) -> str:
    return await begin(s3)


async def test_an_upload_begins_with_its_id(s3: httpx.AsyncClient, shop: BucketStore) -> None:
    response = await s3.post("/shop/a%26b?uploads", headers={"x-amz-meta-a": "b"})
    [upload] = shop.uploads.list().uploads

    assert response.text == document(
        "InitiateMultipartUploadResult",
        f"<Bucket>shop</Bucket><Key>a&amp;b</Key><UploadId>{upload.id}</UploadId>",
    )
    assert upload.attributes.custom == {"a": "b"}
    assert own_headers(response) == {"content-type": "application/xml"}


async def test_parts_become_an_object(
    s3: httpx.AsyncClient, shop: BucketStore, upload_id: str
) -> None:
    first = await put_part(s3, upload_id, 1, bytes(MIN_PART_BYTES))
    last = await put_part(s3, upload_id, 2, b"the end")

    response = await s3.post(
        f"/shop/big?uploadId={upload_id}", content=completion((1, first), (2, last))
    )

    etag = shop.head("big").etag
    assert response.text == document(
        "CompleteMultipartUploadResult",
        "<Location>http://127.0.0.1:8789/shop/big</Location><Bucket>shop</Bucket><Key>big</Key>"
        f"<ETag>&quot;{etag}&quot;</ETag>",
    )
    assert etag.endswith("-2")
    assert read(shop, "big") == bytes(MIN_PART_BYTES) + b"the end"


async def test_a_part_of_an_object_is_served_with_their_number(
    s3: httpx.AsyncClient, upload_id: str
) -> None:
    first = await put_part(s3, upload_id, 1, bytes(MIN_PART_BYTES))
    last = await put_part(s3, upload_id, 2, b"the end")
    body = completion((1, first), (2, last))
    await s3.post(f"/shop/big?uploadId={upload_id}", content=body)

    response = await s3.get("/shop/big?partNumber=2")

    assert (response.status_code, response.content) == (206, b"the end")
    assert response.headers["x-amz-mp-parts-count"] == "2"
    shown = f"bytes {MIN_PART_BYTES}-{MIN_PART_BYTES + 6}/{MIN_PART_BYTES + 7}"
    assert response.headers["content-range"] == shown
    assert refusal_of(await s3.get("/shop/big?partNumber=3")) == (400, "InvalidPart")


async def test_a_part_is_answered_with_its_md5(s3: httpx.AsyncClient, upload_id: str) -> None:
    response = await s3.put(f"/shop/big?partNumber=1&uploadId={upload_id}", content=b"part")

    assert (response.status_code, response.content) == (200, b"")
    assert own_headers(response) == {"etag": PART_ETAG}


async def test_parts_are_listed(s3: httpx.AsyncClient, account: Account, upload_id: str) -> None:
    etags = [await put_part(s3, upload_id, number, b"x" * number) for number in (1, 2, 3)]

    response = await s3.get(f"/shop/big?uploadId={upload_id}&part-number-marker=1&max-parts=1")

    assert response.text == document(
        "ListPartsResult",
        f"<Bucket>shop</Bucket><Key>big</Key><UploadId>{upload_id}</UploadId>",
        owner(account.id, "Initiator"),
        owner(account.id),
        "<StorageClass>STANDARD</StorageClass><PartNumberMarker>1</PartNumberMarker>"
        "<NextPartNumberMarker>2</NextPartNumberMarker><MaxParts>1</MaxParts>"
        "<IsTruncated>true</IsTruncated>"
        "<Part><PartNumber>2</PartNumber><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>{etags[1].replace(chr(34), '&quot;')}</ETag><Size>2</Size></Part>",
    )


async def test_uploads_are_listed(s3: httpx.AsyncClient, account: Account) -> None:
    ids = [await begin(s3, key) for key in ("a/1", "b", "c")]

    response = await s3.get("/shop?uploads&delimiter=%2F&max-uploads=2&prefix=")

    assert response.text == document(
        "ListMultipartUploadsResult",
        "<Bucket>shop</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker>"
        f"<NextKeyMarker>b</NextKeyMarker><NextUploadIdMarker>{ids[1]}</NextUploadIdMarker>"
        "<Prefix></Prefix><Delimiter>/</Delimiter><MaxUploads>2</MaxUploads>"
        "<IsTruncated>true</IsTruncated>"
        f"<Upload><Key>b</Key><UploadId>{ids[1]}</UploadId>{owner(account.id, 'Initiator')}"
        f"{owner(account.id)}<StorageClass>STANDARD</StorageClass>"
        "<Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>"
        "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>",
    )


async def test_an_upload_is_aborted(
    s3: httpx.AsyncClient, shop: BucketStore, upload_id: str
) -> None:
    response = await s3.delete(f"/shop/big?uploadId={upload_id}")

    assert (response.status_code, response.content) == (204, b"")
    assert list(shop.uploads.list().uploads) == []


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("PUT", "/shop/big?partNumber=1&uploadId=x"),
        ("GET", "/shop/big?uploadId=x"),
        ("POST", "/shop/big?uploadId=x"),
        ("DELETE", "/shop/big?uploadId=x"),
    ],
)
async def test_an_unknown_upload_is_told(s3: httpx.AsyncClient, method: str, target: str) -> None:
    assert_refused(await s3.request(method, target, content=b""), *NO_UPLOAD)


@pytest.mark.parametrize("number", ["0", "10001", "-1", "one", "", "99999999999999999999"])
async def test_a_part_number_is_1_to_10000(
    s3: httpx.AsyncClient, upload_id: str, number: str
) -> None:
    assert_refused(
        await s3.put(f"/shop/big?partNumber={number}&uploadId={upload_id}", content=b"x"),
        400,
        "InvalidArgument",
        "Part number must be an integer between 1 and 10000, inclusive",
    )


async def test_a_part_is_copied_from_an_object(
    s3: httpx.AsyncClient, shop: BucketStore, upload_id: str
) -> None:
    shop.write("source", LARGE)
    copied = {"x-amz-copy-source": "/shop/source", "x-amz-copy-source-range": "bytes=1-4"}

    target = f"/shop/big?partNumber=1&uploadId={upload_id}"
    response = await s3.put(target, headers=copied)

    [part] = shop.uploads.parts("big", upload_id).parts
    assert response.text == document(
        "CopyPartResult",
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>&quot;{part.etag}&quot;</ETag>",
    )
    assert part.size == 4


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("bytes=0-", (400, "InvalidArgument")),
        ("bytes=2-1", (400, "InvalidArgument")),
        ("0-1", (400, "InvalidArgument")),
        ("bytes=900000-900001", (416, "InvalidRange")),
    ],
)
async def test_a_copied_range_has_two_ends(
    s3: httpx.AsyncClient,
    shop: BucketStore,
    upload_id: str,
    wanted: str,
    expected: tuple[int, str],
) -> None:
    shop.write("source", LARGE)
    copied = {"x-amz-copy-source": "/shop/source", "x-amz-copy-source-range": wanted}

    response = await s3.put(f"/shop/big?partNumber=1&uploadId={upload_id}", headers=copied)

    assert refusal_of(response) == expected


async def test_conditions_on_a_copied_part_are_not_implemented(
    s3: httpx.AsyncClient, shop: BucketStore, upload_id: str
) -> None:
    shop.write("source", b"")
    copied = {"x-amz-copy-source": "/shop/source", "x-amz-copy-source-if-match": '"x"'}

    response = await s3.put(f"/shop/big?partNumber=1&uploadId={upload_id}", headers=copied)

    message = "Header 'x-amz-copy-source-if-match' with value '\"x\"' not implemented"
    assert_refused(response, 501, "NotImplemented", message)


async def test_a_checksummed_upload_says_so_at_every_step(s3: httpx.AsyncClient) -> None:
    begun = await s3.post("/shop/big?uploads", headers={"x-amz-checksum-algorithm": "CRC32"})
    upload_id = begun.text.partition("<UploadId>")[2].partition("<")[0]
    target = f"/shop/big?partNumber=1&uploadId={upload_id}"
    part = await s3.put(target, content=b"123456789")
    value = "y/Q5Jg=="
    body = completion((1, part.headers["etag"]), more=f"<ChecksumCRC32>{value}</ChecksumCRC32>")

    done = await s3.post(f"/shop/big?uploadId={upload_id}", content=body)

    assert begun.headers["x-amz-checksum-type"] == "COMPOSITE"
    assert part.headers["x-amz-checksum-crc32"] == value
    assert "<ChecksumType>COMPOSITE</ChecksumType>" in done.text
    shown = await s3.head("/shop/big", headers={"x-amz-checksum-mode": "ENABLED"})
    assert shown.headers["x-amz-checksum-crc32"].endswith("-1")


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("CRC32", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")]
)
async def test_r2_knows_one_type_of_checksum_for_each_algorithm(
    s3: httpx.AsyncClient, algorithm: str, kind: str
) -> None:
    headers = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}

    response = await s3.post("/shop/big?uploads", headers=headers)

    assert refusal_of(response) == (400, "InvalidRequest")
