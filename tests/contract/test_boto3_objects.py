"""Objects through boto3: written, read, described, deleted."""

from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import pytest

from emulator.testing import RemoteClock
from tests.contract.boto import S3Client, keys_of, refused


def test_an_object_is_what_was_written(s3: S3Client, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="greeting", Body=b"hello")
    got = s3.get_object(Bucket=bucket, Key="greeting")

    assert got["Body"].read() == b"hello"
    assert got["ETag"] == put["ETag"] == f'"{md5(b"hello").hexdigest()}"'
    assert (got["ContentLength"], got["ContentType"]) == (5, "application/octet-stream")


@pytest.mark.parametrize("size", [0, 16_384, 16_385, 3_000_000])
def test_objects_of_every_size_come_back(s3: S3Client, bucket: str, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    s3.put_object(Bucket=bucket, Key="key", Body=body)

    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == body


def test_head_tells_what_get_tells(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"body", Metadata={"by": "ada"})

    head, got = s3.head_object(Bucket=bucket, Key="key"), s3.get_object(Bucket=bucket, Key="key")

    shown = ("ETag", "LastModified", "ContentLength", "ContentType", "Metadata")
    assert [head[name] for name in shown] == [got[name] for name in shown]
    assert got["Body"].read() == b"body"


HTTP_METADATA: dict[str, Any] = {
    "ContentType": "text/html; charset=utf-8",
    "ContentLanguage": "de",
    "ContentDisposition": 'attachment; filename="a.html"',
    "ContentEncoding": "gzip",
    "CacheControl": "max-age=60",
}


def test_http_metadata_is_served_as_it_was_given(s3: S3Client, bucket: str) -> None:
    expires = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Expires=expires, **HTTP_METADATA)

    head = s3.head_object(Bucket=bucket, Key="key")

    assert {name: head[name] for name in HTTP_METADATA} == HTTP_METADATA
    assert head["ExpiresString"] == "Wed, 02 Jan 2030 03:04:05 GMT"


def test_a_reader_may_choose_other_headers(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"", ContentType="text/plain")

    got = s3.get_object(Bucket=bucket, Key="key", ResponseContentType="text/csv")

    assert got["ContentType"] == "text/csv"


def test_a_storage_class_is_kept(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="cold", Body=b"", StorageClass="STANDARD_IA")
    s3.put_object(Bucket=bucket, Key="warm", Body=b"", StorageClass="STANDARD")

    assert s3.head_object(Bucket=bucket, Key="cold")["StorageClass"] == "STANDARD_IA"
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [row["StorageClass"] for row in listed] == ["STANDARD_IA", "STANDARD"]


def test_a_storage_class_r2_has_not_got_is_refused(s3: S3Client, bucket: str) -> None:
    message = "Header 'x-amz-storage-class' with value 'GLACIER' not implemented"
    with refused(501, "NotImplemented", message):
        s3.put_object(Bucket=bucket, Key="key", Body=b"", StorageClass="GLACIER")


def test_an_object_that_is_absent_is_refused(s3: S3Client, bucket: str) -> None:
    with refused(404, "NoSuchKey", "The specified key does not exist."):
        s3.get_object(Bucket=bucket, Key="absent")
    with refused(404, "404", "Not Found"):
        s3.head_object(Bucket=bucket, Key="absent")


def test_a_deleted_object_is_absent(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"")

    deleted = s3.delete_object(Bucket=bucket, Key="key")

    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused(404, "NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="key")


def test_what_is_absent_can_be_deleted(s3: S3Client, bucket: str) -> None:
    deleted = s3.delete_object(Bucket=bucket, Key="absent")

    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.parametrize("quiet", [False, True])
def test_many_objects_are_deleted_at_once(s3: S3Client, bucket: str, quiet: bool) -> None:
    for key in ("a", "ä <&>", "kept"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    named = [{"Key": key} for key in ("a", "ä <&>", "absent")]

    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": quiet})

    # R2 lists them even where the client would rather not hear of them.
    assert answer["Deleted"] == named
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == ["kept"]


def test_more_than_a_thousand_deletions_are_refused(s3: S3Client, bucket: str) -> None:
    named = [{"Key": f"key-{number}"} for number in range(1_001)]
    with refused(400, "MalformedXML"):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": named})


def test_a_key_is_written_once_a_second(s3: S3Client, bucket: str, twin_clock: RemoteClock) -> None:
    with refused(429, "TooManyRequests"):
        for number in range(20):
            s3.put_object(Bucket=bucket, Key="key", Body=b"%d" % number)

    twin_clock.advance(1)
    s3.put_object(Bucket=bucket, Key="key", Body=b"later")

    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"later"


def test_a_key_may_have_1024_bytes(s3: S3Client, bucket: str) -> None:
    longest = "ü" * 512
    s3.put_object(Bucket=bucket, Key=longest, Body=b"")

    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == [longest]
    with refused(400, "InvalidObjectName", "The specified object name is not valid."):
        s3.put_object(Bucket=bucket, Key=longest + "x", Body=b"")


def test_an_open_file_is_streamed(s3: S3Client, bucket: str, tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"line\n" * 100_000)

    with path.open("rb") as file:
        s3.put_object(Bucket=bucket, Key="file", Body=file)

    assert s3.get_object(Bucket=bucket, Key="file")["Body"].read() == path.read_bytes()
