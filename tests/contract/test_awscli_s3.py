"""The aws CLI against the twin: `aws s3` for files, `aws s3api` for single operations."""

import json
from pathlib import Path

import httpx

from tests.contract.boto import S3Client, keys_of
from tests.contract.conftest import Command

MEBIBYTE = 1_048_576


def test_a_bucket_is_made_used_and_removed(aws: Command, s3: S3Client, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("värde")

    aws("s3", "mb", "s3://notes")
    aws("s3", "cp", "note.txt", "s3://notes/a b/ü.txt")
    assert aws("s3", "cp", "s3://notes/a b/ü.txt", "-").out == "värde"
    assert aws("s3", "ls", "s3://notes", "--recursive").out.endswith("6 a b/ü.txt\n")

    aws("s3", "rb", "s3://notes", "--force")
    assert s3.list_buckets()["Buckets"] == []


def test_a_large_file_goes_in_parts_both_ways(
    aws: Command, s3: S3Client, bucket: str, tmp_path: Path
) -> None:
    content = bytes(range(256)) * (17 * MEBIBYTE // 256)
    (tmp_path / "large").write_bytes(content)

    aws("s3", "cp", "large", f"s3://{bucket}/large", "--no-progress")
    aws("s3", "cp", f"s3://{bucket}/large", "back", "--no-progress")

    assert (tmp_path / "back").read_bytes() == content
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-3"')


def test_folders_are_synchronised_both_ways(
    aws: Command, s3: S3Client, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "site" / "css").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_text("<h1>")
    (tmp_path / "site" / "css" / "a.css").write_text("a {}")
    s3.put_object(Bucket=bucket, Key="stale", Body=b"")

    aws("s3", "sync", "site", f"s3://{bucket}", "--delete")
    again = aws("s3", "sync", "site", f"s3://{bucket}", "--delete")
    aws("s3", "sync", f"s3://{bucket}", "copy")

    assert again.out == ""
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == ["css/a.css", "index.html"]
    assert s3.head_object(Bucket=bucket, Key="index.html")["ContentType"] == "text/html"
    assert (tmp_path / "copy" / "css" / "a.css").read_text() == "a {}"


def test_objects_are_moved_and_removed(aws: Command, s3: S3Client, bucket: str) -> None:
    for key in ("old/a", "old/b", "other"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())

    aws("s3", "mv", f"s3://{bucket}/old/", f"s3://{bucket}/new/", "--recursive")
    aws("s3", "rm", f"s3://{bucket}/other")

    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == ["new/a", "new/b"]


def test_a_presigned_url_reads_an_object(
    aws: Command, s3: S3Client, bucket: str, anybody: httpx.Client
) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"body")

    url = aws("s3", "presign", f"s3://{bucket}/a b", "--expires-in", "600").out.strip()

    assert anybody.get(url).content == b"body"


def test_an_object_is_put_got_described_and_listed(
    aws: Command, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "body").write_bytes(b"body")
    target = ("--bucket", bucket, "--key", "key")

    put = aws("s3api", "put-object", *target, "--body", "body", "--metadata", "by=ada").json()
    got = aws("s3api", "get-object", *target, "--checksum-mode", "ENABLED", "back").json()
    head = aws("s3api", "head-object", *target).json()
    page = aws("s3api", "list-objects-v2", "--bucket", bucket, "--max-items", "1").json()

    # The CLI adds a CRC32 unasked.
    assert (tmp_path / "back").read_bytes() == b"body"
    assert put["ChecksumCRC32"] == got["ChecksumCRC32"]
    assert (head["ContentLength"], head["Metadata"]) == (4, {"by": "ada"})
    assert [row["ETag"] for row in page["Contents"]] == [head["ETag"]]


def test_an_upload_is_made_by_hand(aws: Command, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"part")
    target = ("--bucket", bucket, "--key", "key")

    upload = aws("s3api", "create-multipart-upload", *target).json()["UploadId"]
    of_upload = (*target, "--upload-id", upload)
    sent = aws("s3api", "upload-part", *of_upload, "--part-number", "1", "--body", "part").json()
    parts = json.dumps({"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]})
    done = aws("s3api", "complete-multipart-upload", *of_upload, "--multipart-upload", parts)

    assert done.json()["ETag"].endswith('-1"')


def test_cors_and_lifecycle_rules_are_configured(aws: Command, bucket: str) -> None:
    cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
    rule = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    lifecycle = json.dumps({"Rules": [rule]})
    target = ("--bucket", bucket)

    aws("s3api", "put-bucket-cors", *target, "--cors-configuration", json.dumps(cors))
    name = "bucket-lifecycle-configuration"
    aws("s3api", f"put-{name}", *target, "--lifecycle-configuration", lifecycle)

    assert aws("s3api", "get-bucket-cors", *target).json() == cors
    assert aws("s3api", f"get-{name}", *target).json() == {"Rules": [rule]}


def test_a_refusal_is_told_as_r2_tells_it(aws: Command, bucket: str) -> None:
    refused = aws("s3api", "get-bucket-policy", "--bucket", bucket, fails=True)

    assert "(NotImplemented)" in refused.err
    assert "GetBucketPolicy not implemented" in refused.err
