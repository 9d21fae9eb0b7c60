"""Copies through boto3: within and between buckets, with conditions, with R2's extensions."""

from typing import Any

import pytest

from emulator.testing import RemoteClock
from tests.contract.boto import S3Client, refused, with_headers

OTHER = '"00000000000000000000000000000000"'


@pytest.fixture
def source(s3: S3Client, bucket: str) -> dict[str, str]:
    """An object with metadata, as copies name it."""
    s3.put_object(
        Bucket=bucket,
        Key="a source/ü+%",
        Body=b"body",
        ContentType="text/plain",
        CacheControl="no-store",
        Metadata={"a": "1", "b": "2"},
    )
    return {"Bucket": bucket, "Key": "a source/ü+%"}


@pytest.fixture
def etag(s3: S3Client, source: dict[str, str]) -> str:
    return str(s3.head_object(**source)["ETag"])


def test_a_copy_has_all_its_source_has(s3: S3Client, bucket: str, source: dict[str, str]) -> None:
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)

    got, first = s3.get_object(Bucket=bucket, Key="copy"), s3.head_object(**source)
    assert got["Body"].read() == b"body"
    shown = ("ETag", "ContentType", "CacheControl", "Metadata")
    assert [got[name] for name in shown] == [first[name] for name in shown]
    assert copied["CopyObjectResult"]["ETag"] == first["ETag"]


def test_a_copy_goes_to_another_bucket(s3: S3Client, source: dict[str, str]) -> None:
    s3.create_bucket(Bucket="elsewhere")

    s3.copy_object(Bucket="elsewhere", Key="copy", CopySource=source)

    assert s3.get_object(Bucket="elsewhere", Key="copy")["Body"].read() == b"body"


def test_a_copy_outlives_its_source(s3: S3Client, bucket: str, source: dict[str, str]) -> None:
    large = b"x" * 100_000
    s3.put_object(Bucket=bucket, Key="large", Body=large)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "large"})

    s3.delete_object(Bucket=bucket, Key="large")

    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == large


def test_replace_gives_a_copy_other_metadata(
    s3: S3Client, bucket: str, source: dict[str, str]
) -> None:
    given: dict[str, Any] = {"ContentType": "text/csv", "Metadata": {"c": "3"}}
    s3.copy_object(
        Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE", **given
    )

    head = s3.head_object(Bucket=bucket, Key="copy")

    assert {name: head[name] for name in given} == given
    assert "CacheControl" not in head


def test_merge_adds_to_the_sources_metadata(
    s3: S3Client, bucket: str, source: dict[str, str]
) -> None:
    """https://developers.cloudflare.com/r2/api/s3/extensions/ names the directive."""
    given: dict[str, Any] = {"ContentType": "text/csv", "Metadata": {"b": "two", "c": "3"}}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="MERGE", **given)

    head = s3.head_object(Bucket=bucket, Key="copy")

    assert (head["ContentType"], head["CacheControl"]) == ("text/csv", "no-store")
    assert head["Metadata"] == {"a": "1", "b": "two", "c": "3"}


def test_an_object_becomes_its_own_copy_only_to_change(
    s3: S3Client, source: dict[str, str], twin_clock: RemoteClock
) -> None:
    with refused(400, "InvalidRequest"):
        s3.copy_object(**source, CopySource=source)

    twin_clock.advance(1)
    s3.copy_object(**source, CopySource=source, StorageClass="STANDARD_IA")

    assert s3.head_object(**source)["StorageClass"] == "STANDARD_IA"


def test_a_source_may_have_to_match(
    s3: S3Client, bucket: str, source: dict[str, str], etag: str
) -> None:
    named = {"Bucket": bucket, "Key": "copy", "CopySource": source}

    with refused(412, "PreconditionFailed"):
        s3.copy_object(**named, CopySourceIfMatch=OTHER)
    with refused(412, "PreconditionFailed"):
        s3.copy_object(**named, CopySourceIfNoneMatch=etag)

    assert s3.copy_object(**named, CopySourceIfMatch=etag)["CopyObjectResult"]["ETag"] == etag


def test_a_source_may_have_to_be_of_an_age(
    s3: S3Client, bucket: str, source: dict[str, str]
) -> None:
    modified = s3.head_object(**source)["LastModified"]
    named = {"Bucket": bucket, "Key": "copy", "CopySource": source}

    with refused(412, "PreconditionFailed"):
        s3.copy_object(**named, CopySourceIfModifiedSince=modified)
    s3.copy_object(**named, CopySourceIfUnmodifiedSince=modified)

    assert s3.head_object(Bucket=bucket, Key="copy")["ContentLength"] == 4


@pytest.mark.parametrize(
    "header",
    [
        {"cf-copy-destination-if-none-match": "*"},
        {"cf-copy-destination-if-match": OTHER},
        {"cf-copy-destination-if-unmodified-since": "Thu, 01 Jan 2015 00:00:00 GMT"},
    ],
)
def test_a_destination_may_have_to_match(
    s3: S3Client, bucket: str, source: dict[str, str], header: dict[str, str]
) -> None:
    """R2's own: https://developers.cloudflare.com/r2/api/s3/extensions/"""
    s3.put_object(Bucket=bucket, Key="there", Body=b"kept")
    with_headers(s3, "CopyObject", header)

    with refused(412, "PreconditionFailed"):
        s3.copy_object(Bucket=bucket, Key="there", CopySource=source)

    assert s3.get_object(Bucket=bucket, Key="there")["Body"].read() == b"kept"


def test_a_destination_that_matches_is_replaced(
    s3: S3Client, bucket: str, source: dict[str, str], twin_clock: RemoteClock
) -> None:
    there = s3.put_object(Bucket=bucket, Key="there", Body=b"replaced")
    with_headers(s3, "CopyObject", {"cf-copy-destination-if-match": there["ETag"]})
    twin_clock.advance(1)

    s3.copy_object(Bucket=bucket, Key="there", CopySource=source)

    assert s3.get_object(Bucket=bucket, Key="there")["Body"].read() == b"body"


def test_a_source_that_is_absent_is_refused(s3: S3Client, bucket: str) -> None:
    with refused(404, "NoSuchKey"):
        s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "absent"})
    with refused(404, "NoSuchBucket"):
        s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": "absent", "Key": "key"})
