"""Parts that are copied from other objects, and completions with conditions, through boto3."""

from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from emulator.testing import RemoteClock
from tests.contract.boto import MEBIBYTE, S3Client, complete, refused, upload_parts

GIBIBYTE = 1_024 * MEBIBYTE
SOURCE = bytes(range(256)) * (6 * MEBIBYTE // 256)
MESSAGE = "Header 'x-amz-copy-source-if-match' with value 'etag' not implemented"


@pytest.fixture
def upload(s3: S3Client, bucket: str) -> dict[str, Any]:
    """An upload to `copy`, and an object `source` of 6 MiB."""
    s3.put_object(Bucket=bucket, Key="source", Body=SOURCE)
    created = s3.create_multipart_upload(Bucket=bucket, Key="copy")
    return {"Bucket": bucket, "Key": "copy", "UploadId": created["UploadId"]}


def test_parts_are_copied_from_ranges(s3: S3Client, bucket: str, upload: dict[str, Any]) -> None:
    parts = []
    for number, copied in ((1, "bytes=0-5242879"), (2, "bytes=5242880-6291455")):
        answer = s3.upload_part_copy(
            **upload,
            PartNumber=number,
            CopySource={"Bucket": bucket, "Key": "source"},
            CopySourceRange=copied,
        )
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})

    complete(s3, bucket, "copy", upload["UploadId"], parts)

    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == SOURCE


def test_boto3_copies_a_large_object_at_once(s3: S3Client, bucket: str) -> None:
    """In parts boto3 makes each depend on the source's ETag, which R2 has not implemented."""
    s3.put_object(Bucket=bucket, Key="large", Body=SOURCE * 2)
    source = {"Bucket": bucket, "Key": "large"}

    with refused(501, "NotImplemented"):
        s3.copy(source, bucket, "copy")
    s3.copy(source, bucket, "copy", Config=TransferConfig(multipart_threshold=5 * GIBIBYTE))

    assert s3.head_object(Bucket=bucket, Key="copy")["ContentLength"] == len(SOURCE) * 2


def test_a_whole_object_is_a_part(s3: S3Client, bucket: str, upload: dict[str, Any]) -> None:
    source = f"{bucket}/source"
    answer = s3.upload_part_copy(**upload, PartNumber=1, CopySource=source)

    part = {"PartNumber": 1, "ETag": answer["CopyPartResult"]["ETag"]}
    complete(s3, bucket, "copy", upload["UploadId"], [part])

    assert s3.head_object(Bucket=bucket, Key="copy")["ContentLength"] == len(SOURCE)


@pytest.mark.parametrize(
    ("copied", "status", "code"),
    [
        ("bytes=0-99999999", 416, "InvalidRange"),
        ("bytes=9-0", 400, "InvalidArgument"),
        ("bytes=5-", 400, "InvalidArgument"),
    ],
)
def test_a_range_the_source_has_not_got_is_refused(
    s3: S3Client, upload: dict[str, Any], copied: str, status: int, code: str
) -> None:
    with refused(status, code):
        s3.upload_part_copy(
            **upload, PartNumber=1, CopySource="bucket/source", CopySourceRange=copied
        )


def test_conditions_on_a_parts_source_are_not_implemented(
    s3: S3Client, upload: dict[str, Any]
) -> None:
    with refused(501, "NotImplemented", MESSAGE):
        s3.upload_part_copy(
            **upload, PartNumber=1, CopySource="bucket/source", CopySourceIfMatch="etag"
        )


def test_completing_may_depend_on_what_is_there(
    s3: S3Client, bucket: str, twin_clock: RemoteClock
) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [b"uploaded"])
    s3.put_object(Bucket=bucket, Key="key", Body=b"came first")
    twin_clock.advance(1)

    with refused(412, "PreconditionFailed"):
        s3.complete_multipart_upload(
            Bucket=bucket,
            Key="key",
            UploadId=upload_id,
            MultipartUpload={"Parts": parts},
            IfNoneMatch="*",
        )

    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"came first"


@pytest.mark.parametrize("number", [0, 10_001])
def test_parts_are_numbered_from_1_to_10_000(
    s3: S3Client, upload: dict[str, Any], number: int
) -> None:
    message = "Part number must be an integer between 1 and 10000, inclusive"
    with refused(400, "InvalidArgument", message):
        s3.upload_part(**upload, PartNumber=number, Body=b"")


def test_an_upload_keeps_its_customers_key(s3: S3Client, bucket: str) -> None:
    key: dict[str, Any] = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
    upload_id, parts = upload_parts(s3, bucket, "key", [b"secret"], **key)
    complete(s3, bucket, "key", upload_id, parts)

    with refused(400, "InvalidRequest"):
        s3.get_object(Bucket=bucket, Key="key")
    assert s3.get_object(Bucket=bucket, Key="key", **key)["Body"].read() == b"secret"
