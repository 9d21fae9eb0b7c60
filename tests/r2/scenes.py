"""All scenes, with those about objects and their listings."""

from collections.abc import Sequence
from datetime import datetime

from tests.contract.boto import S3Client, keys_of
from tests.r2.scene import Json, Scene, attempt, plain, put_all
from tests.r2.scenes_of_buckets import (
    access_list,
    cors,
    lifecycle,
    multipart,
    multipart_aborted,
    multipart_refusals,
    new_buckets_lifecycle,
    part_copied,
    tags,
    unequal_parts,
    versioning,
)


def put_and_get(s3: S3Client, bucket: str) -> object:
    put = s3.put_object(Bucket=bucket, Key="a/ü b", Body=b"value", ContentType="text/plain")
    return [plain(put), plain(s3.get_object(Bucket=bucket, Key="a/ü b"))]


def head_with_metadata(s3: S3Client, bucket: str) -> object:
    s3.put_object(
        Bucket=bucket,
        Key="key",
        Body=b"value",
        Metadata={"name": "wert"},
        ContentType="text/plain",
        CacheControl="no-store",
        ContentDisposition="inline",
        ContentEncoding="br",
        ContentLanguage="de",
        StorageClass="STANDARD_IA",
    )
    return s3.head_object(Bucket=bucket, Key="key")


def ranges(s3: S3Client, bucket: str) -> object:
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789", ContentType="text/plain")
    return [
        attempt(lambda wanted=wanted: s3.get_object(Bucket=bucket, Key="key", Range=wanted))  # type: ignore[misc]  # mypy does not infer a default's type here
        for wanted in ("bytes=0-4", "bytes=5-", "bytes=-3", "bytes=8-99", "bytes=10-")
    ]


def conditional_reads(s3: S3Client, bucket: str) -> object:
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"value")["ETag"]
    late, early = datetime(2050, 1, 1), datetime(2000, 1, 1)
    conditions: Sequence[Json] = (
        {"IfMatch": etag},
        {"IfMatch": '"other"'},
        {"IfNoneMatch": etag},
        {"IfNoneMatch": '"other"'},
        {"IfModifiedSince": early},
        {"IfModifiedSince": late},
        {"IfUnmodifiedSince": early},
        {"IfUnmodifiedSince": late},
    )
    return [
        attempt(lambda one=one: s3.get_object(Bucket=bucket, Key="key", **one)["ETag"])  # type: ignore[misc]  # as above
        for one in conditions
    ]


def conditional_put(s3: S3Client, bucket: str) -> object:
    def put(key: str) -> object:
        return attempt(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"a", IfNoneMatch="*"))

    return [put("new"), put("new")]


def no_such_things(s3: S3Client, bucket: str) -> object:
    return [
        attempt(lambda: s3.get_object(Bucket=bucket, Key="absent")),
        attempt(lambda: s3.head_object(Bucket=bucket, Key="absent")),
        attempt(lambda: s3.delete_object(Bucket=bucket, Key="absent")),
        attempt(lambda: s3.get_object(Bucket="no-such-bucket", Key="key")),
        attempt(lambda: s3.head_bucket(Bucket="no-such-bucket")),
        attempt(lambda: s3.delete_bucket(Bucket="no-such-bucket")),
        attempt(lambda: s3.list_objects_v2(Bucket="no-such-bucket")),
        attempt(lambda: s3.put_object(Bucket="no-such-bucket", Key="key", Body=b"")),
    ]


def bucket_life(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, "key")
    refused = attempt(lambda: s3.delete_bucket(Bucket=bucket))
    s3.delete_object(Bucket=bucket, Key="key")
    return [refused, attempt(lambda: s3.delete_bucket(Bucket=bucket))]


def bad_bucket_name(s3: S3Client, bucket: str) -> object:
    return attempt(lambda: s3.create_bucket(Bucket="ab"))


KEYS = ("a", "b/1", "b/2", "c/x/1", "c/x/2", "d", "ü", "z/")


def list_v2(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, *KEYS)
    return s3.list_objects_v2(Bucket=bucket)


def list_v2_delimited(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, *KEYS)
    return [
        plain(s3.list_objects_v2(Bucket=bucket, Delimiter="/")),
        plain(s3.list_objects_v2(Bucket=bucket, Delimiter="/", Prefix="c/")),
        plain(s3.list_objects_v2(Bucket=bucket, Prefix="b")),
        plain(s3.list_objects_v2(Bucket=bucket, Prefix="nothing")),
    ]


def list_v2_paged(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, *KEYS)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}
    )
    return [
        (keys_of(page), page.get("CommonPrefixes"), page["KeyCount"], page["IsTruncated"])
        for page in pages
    ]


def list_v2_from(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, *KEYS)
    return s3.list_objects_v2(Bucket=bucket, StartAfter="b/1", MaxKeys=3)


def list_v1(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, *KEYS)
    pages = s3.get_paginator("list_objects").paginate(
        Bucket=bucket, Prefix="", PaginationConfig={"PageSize": 3}
    )
    behind = s3.list_objects(Bucket=bucket, Prefix="b/", Marker="b/1")
    return [[(keys_of(page), page["IsTruncated"]) for page in pages], keys_of(behind)]


def default_type(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, "key")
    return s3.head_object(Bucket=bucket, Key="key")["ContentType"]


def list_buckets(s3: S3Client, bucket: str) -> object:
    return [row["Name"] for row in s3.list_buckets()["Buckets"] if row["Name"] == bucket]


def copied(s3: S3Client, bucket: str) -> object:
    s3.put_object(
        Bucket=bucket, Key="a b", Body=b"value", Metadata={"a": "b"}, ContentType="text/plain"
    )
    source = {"Bucket": bucket, "Key": "a b"}
    s3.copy_object(Bucket=bucket, Key="same", CopySource=source)
    s3.copy_object(
        Bucket=bucket,
        Key="other",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"c": "d"},
        ContentType="text/html",
    )
    return [plain(s3.get_object(Bucket=bucket, Key=key)) for key in ("same", "other")]


def copy_refusals(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, "key")

    def copy(source: str) -> object:
        return attempt(lambda: s3.copy_object(Bucket=bucket, Key="key", CopySource=source))

    return [
        copy(f"{bucket}/key"),
        copy(f"{bucket}/absent"),
        copy("no-such-bucket/key"),
    ]


def delete_many(s3: S3Client, bucket: str) -> object:
    put_all(s3, bucket, "a", "b", "c")
    objects = [{"Key": key} for key in ("a", "c", "absent")]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    deleted = sorted(row["Key"] for row in answer["Deleted"])
    return [deleted, answer.get("Errors"), keys_of(s3.list_objects_v2(Bucket=bucket))]


def long_key(s3: S3Client, bucket: str) -> object:
    return attempt(lambda: s3.put_object(Bucket=bucket, Key="k" * 1_025, Body=b"")["ETag"])


ABORTED = [
    {
        "ID": "Default Multipart Abort Rule",
        "Filter": {"Prefix": ""},
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
]
REFUSED = (501, "NotImplemented")

SCENES = [
    Scene(put_and_get),
    Scene(head_with_metadata),
    Scene(ranges),
    Scene(conditional_reads),
    Scene(conditional_put),
    Scene(no_such_things),
    Scene(bucket_life),
    Scene(bad_bucket_name),
    Scene(list_v2),
    Scene(list_v2_delimited),
    Scene(list_v2_paged),
    Scene(list_v2_from),
    Scene(list_v1),
    Scene(default_type, "application/octet-stream", "R2 has HTTP's own default, S3 has not"),
    Scene(list_buckets),
    Scene(copied),
    Scene(copy_refusals),
    Scene(delete_many),
    Scene(multipart),
    Scene(multipart_refusals),
    Scene(multipart_aborted),
    Scene(unequal_parts, (400, "InvalidPart"), "R2's parts but the last are of one size"),
    Scene(part_copied),
    Scene(cors),
    Scene(lifecycle),
    Scene(new_buckets_lifecycle, ABORTED, "R2 gives up every bucket's uploads after a week"),
    Scene(versioning, [{}, REFUSED], "R2 has no versions"),
    Scene(access_list, REFUSED, "R2 has no access control lists"),
    Scene(tags, [(404, "NoSuchTagSet"), REFUSED], "R2 has no tags"),
    Scene(long_key, (400, "InvalidObjectName"), "R2 has a name of its own for this refusal"),
]
