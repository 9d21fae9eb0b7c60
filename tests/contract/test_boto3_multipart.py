"""Multipart uploads through boto3: by its transfer manager, and by hand."""

import io
import os
from hashlib import md5
from typing import Any

import pytest

from tests.contract.boto import (
    MEBIBYTE,
    S3Client,
    complete,
    keys_of,
    refused,
    upload_parts,
)

PART = b"p" * (5 * MEBIBYTE)
TOO_SMALL = "Your proposed upload is smaller than the minimum allowed object size."


def test_a_large_file_is_sent_in_parts(s3: S3Client, bucket: str) -> None:
    content = os.urandom(MEBIBYTE) * 17
    s3.upload_fileobj(io.BytesIO(content), bucket, "large", ExtraArgs={"Metadata": {"by": "ada"}})

    loaded = io.BytesIO()
    s3.download_fileobj(bucket, "large", loaded)

    assert loaded.getvalue() == content
    head = s3.head_object(Bucket=bucket, Key="large")
    assert (head["ETag"][-3:], head["Metadata"]) == ('-3"', {"by": "ada"})


def test_the_etag_is_of_the_parts(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [PART, b"end"])

    done = complete(s3, bucket, "key", upload_id, parts)

    joined = md5(PART).digest() + md5(b"end").digest()
    assert done["ETag"] == f'"{md5(joined).hexdigest()}-2"'
    assert done["Location"].endswith("/bucket/key")


def test_a_part_is_read_by_its_number(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [PART, b"end"])
    complete(s3, bucket, "key", upload_id, parts)

    got = s3.get_object(Bucket=bucket, Key="key", PartNumber=2)

    assert (got["Body"].read(), got["PartsCount"]) == (b"end", 2)
    assert got["ContentRange"] == "bytes 5242880-5242882/5242883"
    with refused(400, "InvalidPart"):
        s3.get_object(Bucket=bucket, Key="key", PartNumber=3)


def test_a_range_may_span_parts(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [PART, PART, b"end"])
    complete(s3, bucket, "key", upload_id, parts)

    across = s3.get_object(Bucket=bucket, Key="key", Range=f"bytes={len(PART) - 2}-{len(PART) + 1}")
    end = s3.get_object(Bucket=bucket, Key="key", Range="bytes=-5")

    assert (across["Body"].read(), end["Body"].read()) == (b"pppp", b"ppend")


def test_parts_may_come_in_any_order_and_again(s3: S3Client, bucket: str) -> None:
    created = s3.create_multipart_upload(Bucket=bucket, Key="key", ContentType="text/plain")
    upload = {"Bucket": bucket, "Key": "key", "UploadId": created["UploadId"]}
    parts = []
    for number, body in ((7, b"end"), (2, b"replaced"), (2, PART)):
        etag = s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})

    complete(s3, bucket, "key", created["UploadId"], [parts[2], parts[0]])

    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read() == PART + b"end", got["ContentType"]) == (True, "text/plain")


@pytest.mark.parametrize("bodies", [[PART + b"x", PART, b"end"], [PART, PART + b"x"]])
def test_parts_but_the_last_have_one_size(s3: S3Client, bucket: str, bodies: list[bytes]) -> None:
    """https://developers.cloudflare.com/r2/objects/multipart-objects/"""
    upload_id, parts = upload_parts(s3, bucket, "key", bodies)

    with refused(400, "InvalidPart", "All non-trailing parts must have the same length."):
        complete(s3, bucket, "key", upload_id, parts)


def test_parts_but_the_last_have_5_mebibytes(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [b"small", b"end"])

    with refused(400, "EntityTooSmall", TOO_SMALL):
        complete(s3, bucket, "key", upload_id, parts)


@pytest.mark.parametrize(
    "change",
    [
        {"PartNumber": 2},
        {"ETag": '"00000000000000000000000000000000"'},
    ],
)
def test_a_part_that_was_never_sent_is_refused(
    s3: S3Client, bucket: str, change: dict[str, Any]
) -> None:
    upload_id, [part] = upload_parts(s3, bucket, "key", [b"only"])

    with refused(400, "InvalidPart", "One or more of the specified parts could not be found."):
        complete(s3, bucket, "key", upload_id, [part | change])


def test_a_part_is_chosen_once(s3: S3Client, bucket: str) -> None:
    upload_id, [part] = upload_parts(s3, bucket, "key", [b"only"])

    with refused(400, "InvalidPart"):
        complete(s3, bucket, "key", upload_id, [part, part])


def test_a_refused_completion_may_be_tried_again(s3: S3Client, bucket: str) -> None:
    upload_id, [part] = upload_parts(s3, bucket, "key", [b"only"])
    with refused(400, "MalformedXML"):
        complete(s3, bucket, "key", upload_id, [])

    complete(s3, bucket, "key", upload_id, [part])

    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"only"


def test_parts_that_arrived_are_listed_in_pages(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [b"1", b"22", b"333"])
    pages = s3.get_paginator("list_parts").paginate(
        Bucket=bucket, Key="key", UploadId=upload_id, PaginationConfig={"PageSize": 2}
    )

    listed = [row for page in pages for row in page["Parts"]]

    assert [(row["PartNumber"], row["Size"]) for row in listed] == [(1, 1), (2, 2), (3, 3)]
    assert [row["ETag"] for row in listed] == [part["ETag"] for part in parts]


def test_unfinished_uploads_are_listed_in_pages(s3: S3Client, bucket: str) -> None:
    for key in ("a", "b/1", "b/2", "c d"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 3}
    )

    assert [row["Key"] for page in pages for row in page["Uploads"]] == ["a", "b/1", "b/2", "c d"]
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [row["Key"] for row in grouped["Uploads"]] == ["a", "c d"]
    assert [row["Prefix"] for row in grouped["CommonPrefixes"]] == ["b/"]


def test_an_unfinished_upload_is_no_object(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [b"only"])
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == []

    complete(s3, bucket, "key", upload_id, parts)

    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == ["key"]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_an_aborted_upload_is_over(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [b"only"])

    s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=upload_id)

    with refused(404, "NoSuchUpload", "The specified multipart upload does not exist."):
        complete(s3, bucket, "key", upload_id, parts)
    with refused(404, "NoSuchUpload"):
        s3.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=upload_id)
