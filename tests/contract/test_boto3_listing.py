"""Listings through boto3: both versions, prefixes, delimiters, pages, and odd keys."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.contract.boto import S3Client, keys_of, refused

ODD_KEYS = [
    " a b ",
    "!'()*",
    "../up",
    "/leading",
    "100%",
    "<&>\"'",
    "?query#fragment",
    "a&b=c",
    "a+b",
    "a/../b",
    "a//b",
    "b\\c",
    "line\nend\ttab",
    "trailing/",
    "~.-_",
    "ü",
    "日本",
    "😀",
]


def fill(s3: S3Client, bucket: str, keys: Iterable[str]) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())


def prefixes_of(page: dict[str, Any]) -> list[str]:
    return [row["Prefix"] for row in page.get("CommonPrefixes", ())]


def pages_of(s3: S3Client, operation: str, size: int, **options: str) -> list[dict[str, Any]]:
    config = {"PageSize": size}
    return list(s3.get_paginator(operation).paginate(**options, PaginationConfig=config))


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_odd_keys_are_listed_as_they_are(s3: S3Client, bucket: str, operation: str) -> None:
    fill(s3, bucket, ODD_KEYS)

    page = getattr(s3, operation)(Bucket=bucket)

    assert keys_of(page) == sorted(ODD_KEYS, key=str.encode)


def test_odd_keys_are_read_and_deleted(s3: S3Client, bucket: str) -> None:
    fill(s3, bucket, ODD_KEYS)

    read = [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in ODD_KEYS]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in ODD_KEYS]})

    assert read == ODD_KEYS
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_odd_prefixes_and_delimiters_work(s3: S3Client, bucket: str, operation: str) -> None:
    fill(s3, bucket, ["a b/ü+1", "a b/ü+2", "a b/x", "other"])

    page = getattr(s3, operation)(Bucket=bucket, Prefix="a b/", Delimiter="+")

    assert (page["Prefix"], page["Delimiter"]) == ("a b/", "+")
    assert (keys_of(page), prefixes_of(page)) == (["a b/x"], ["a b/ü+"])


def test_the_order_is_that_of_utf_8s_bytes(s3: S3Client, bucket: str) -> None:
    # In UTF-16 the last two change places.
    keys = ["A", "Z", "a", "z", "é", "\uff5e", "\U0001f600"]
    fill(s3, bucket, reversed(keys))

    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == keys


def test_an_entry_tells_what_head_tells(s3: S3Client, bucket: str) -> None:
    fill(s3, bucket, ["key"])
    head = s3.head_object(Bucket=bucket, Key="key")

    [entry] = s3.list_objects_v2(Bucket=bucket)["Contents"]

    assert (entry["ETag"], entry["Size"]) == (head["ETag"], 3)
    assert entry["LastModified"].replace(microsecond=0) == head["LastModified"]


def test_an_owner_is_shown_to_who_asks(s3: S3Client, bucket: str) -> None:
    fill(s3, bucket, ["key"])

    owned = s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]
    plain = s3.list_objects_v2(Bucket=bucket)["Contents"][0]

    assert owned["Owner"]["ID"]
    assert "Owner" not in plain


def test_a_delimiter_makes_folders(s3: S3Client, bucket: str) -> None:
    fill(s3, bucket, ["a/1", "a/b/2", "c/3", "top"])

    top = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    below = s3.list_objects_v2(Bucket=bucket, Delimiter="/", Prefix="a/")

    assert (keys_of(top), prefixes_of(top), top["KeyCount"]) == (["top"], ["a/", "c/"], 3)
    assert (keys_of(below), prefixes_of(below)) == (["a/1"], ["a/b/"])


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_show_everything_once(s3: S3Client, bucket: str, operation: str, size: int) -> None:
    fill(s3, bucket, ["a/1", "a/2", "b", "c/1", "d", "e/1", "f"])

    pages = pages_of(s3, operation, size, Bucket=bucket, Delimiter="/")

    assert [key for page in pages for key in keys_of(page)] == ["b", "d", "f"]
    assert [prefix for page in pages for prefix in prefixes_of(page)] == ["a/", "c/", "e/"]
    assert len(pages) == -(-6 // size)


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_pages_of_odd_keys_go_on_where_they_ended(
    s3: S3Client, bucket: str, operation: str
) -> None:
    fill(s3, bucket, ODD_KEYS)

    pages = pages_of(s3, operation, 5, Bucket=bucket)

    listed = [key for page in pages for key in keys_of(page)]
    assert listed == sorted(ODD_KEYS, key=str.encode)


def test_a_listing_starts_after_a_key(s3: S3Client, bucket: str) -> None:
    fill(s3, bucket, ["a", "b", "c"])

    assert keys_of(s3.list_objects_v2(Bucket=bucket, StartAfter="a")) == ["b", "c"]
    assert keys_of(s3.list_objects_v2(Bucket=bucket, StartAfter="aa")) == ["b", "c"]
    assert keys_of(s3.list_objects(Bucket=bucket, Marker="b")) == ["c"]


def test_a_page_has_no_more_than_a_thousand(s3: S3Client, bucket: str) -> None:
    asked = s3.list_objects_v2(Bucket=bucket, MaxKeys=5_000)
    none = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)

    assert (asked["MaxKeys"], none["KeyCount"], none["IsTruncated"]) == (5_000, 0, False)
    message = "MaxKeys params must be positive integer <= 1000."
    with refused(400, "InvalidMaxKeys", message):
        s3.list_objects_v2(Bucket=bucket, MaxKeys=-1)


def test_a_token_that_was_never_given_is_refused(s3: S3Client, bucket: str) -> None:
    with refused(400, "InvalidArgument"):
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="§")


def test_a_parameter_r2_has_not_got_is_refused(s3: S3Client, bucket: str) -> None:
    def add(request: Any, **_: object) -> None:
        request.url += "&filter=yes"

    s3.meta.events.register("before-sign.s3.ListObjectsV2", add)

    message = "ListObjectsV2 search parameter filter not implemented"
    with refused(501, "NotImplemented", message):
        s3.list_objects_v2(Bucket=bucket)
