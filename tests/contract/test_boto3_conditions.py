"""Conditional reads and writes, and ranges, through boto3."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from emulator.testing import RemoteClock
from tests.contract.boto import S3Client, refused

MESSAGE = "At least one of the pre-conditions you specified did not hold."
HOUR = timedelta(hours=1)
OTHER = '"00000000000000000000000000000000"'


@pytest.fixture
def etag(s3: S3Client, bucket: str) -> str:
    """Of the object `key`, which reads `0123456789`."""
    return str(s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")["ETag"])


@pytest.fixture
def modified(s3: S3Client, bucket: str, etag: str) -> datetime:
    """When `key` was written."""
    moment: datetime = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    return moment


def test_a_read_may_insist_on_a_version(s3: S3Client, bucket: str, etag: str) -> None:
    assert s3.get_object(Bucket=bucket, Key="key", IfMatch=etag)["Body"].read() == b"0123456789"
    assert s3.head_object(Bucket=bucket, Key="key", IfMatch="*")["ETag"] == etag
    with refused(412, "PreconditionFailed", MESSAGE):
        s3.get_object(Bucket=bucket, Key="key", IfMatch=OTHER)


def test_what_the_reader_has_is_not_sent_again(s3: S3Client, bucket: str, etag: str) -> None:
    with refused(304, "304"):
        s3.get_object(Bucket=bucket, Key="key", IfNoneMatch=etag)
    with refused(304, "304"):
        s3.head_object(Bucket=bucket, Key="key", IfNoneMatch=f"{OTHER}, {etag}")
    assert s3.get_object(Bucket=bucket, Key="key", IfNoneMatch=OTHER)["Body"].read()


def test_what_has_not_changed_since_is_not_sent(
    s3: S3Client, bucket: str, modified: datetime
) -> None:
    with refused(304, "304"):
        s3.get_object(Bucket=bucket, Key="key", IfModifiedSince=modified)
    newer = s3.get_object(Bucket=bucket, Key="key", IfModifiedSince=modified - HOUR)
    assert newer["Body"].read()


def test_what_has_changed_since_is_refused(s3: S3Client, bucket: str, modified: datetime) -> None:
    with refused(412, "PreconditionFailed", MESSAGE):
        s3.get_object(Bucket=bucket, Key="key", IfUnmodifiedSince=modified - HOUR)
    same = s3.get_object(Bucket=bucket, Key="key", IfUnmodifiedSince=modified)
    assert same["Body"].read()


def test_an_etag_outweighs_a_date(s3: S3Client, bucket: str, etag: str, modified: datetime) -> None:
    got = s3.get_object(Bucket=bucket, Key="key", IfMatch=etag, IfUnmodifiedSince=modified - HOUR)

    assert got["Body"].read() == b"0123456789"


def test_a_key_is_made_by_whoever_comes_first(
    s3: S3Client, bucket: str, twin_clock: RemoteClock
) -> None:
    s3.put_object(Bucket=bucket, Key="lock", Body=b"first", IfNoneMatch="*")
    twin_clock.advance(1)

    with refused(412, "PreconditionFailed", MESSAGE):
        s3.put_object(Bucket=bucket, Key="lock", Body=b"second", IfNoneMatch="*")

    assert s3.get_object(Bucket=bucket, Key="lock")["Body"].read() == b"first"


def test_a_version_is_replaced_only_by_who_has_seen_it(
    s3: S3Client, bucket: str, etag: str, twin_clock: RemoteClock
) -> None:
    twin_clock.advance(1)
    with refused(412, "PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="key", Body=b"lost update", IfMatch=OTHER)

    s3.put_object(Bucket=bucket, Key="key", Body=b"update", IfMatch=etag)

    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"update"


def test_what_is_absent_matches_nothing(s3: S3Client, bucket: str) -> None:
    with refused(412, "PreconditionFailed", MESSAGE):
        s3.put_object(Bucket=bucket, Key="absent", Body=b"", IfMatch="*")


@pytest.mark.parametrize(
    ("wanted", "body", "shown"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_range_is_read(
    s3: S3Client, bucket: str, etag: str, wanted: str, body: bytes, shown: str
) -> None:
    got = s3.get_object(Bucket=bucket, Key="key", Range=wanted)

    assert (got["Body"].read(), got["ContentRange"]) == (body, shown)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ("bytes=10-", 416, "InvalidRange"),
        ("bytes=-0", 416, "InvalidRange"),
        ("bytes=4-2", 400, "InvalidArgument"),
        ("bytes=0-1,4-5", 400, "InvalidArgument"),
        ("lines=0-1", 400, "InvalidArgument"),
    ],
)
def test_a_range_that_cannot_be_is_refused(
    s3: S3Client, bucket: str, etag: str, wanted: str, status: int, code: str
) -> None:
    with refused(status, code):
        s3.get_object(Bucket=bucket, Key="key", Range=wanted)


def test_the_whole_is_the_first_part(s3: S3Client, bucket: str, etag: str) -> None:
    got: dict[str, Any] = s3.get_object(Bucket=bucket, Key="key", PartNumber=1)

    assert got["Body"].read() == b"0123456789"
    with refused(400, "InvalidPart"):
        s3.get_object(Bucket=bucket, Key="key", PartNumber=2)
