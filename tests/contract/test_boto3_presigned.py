"""URLs that boto3 has signed, in the hands of somebody who has no credentials."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from emulator.testing import RemoteClock
from tests.contract.boto import S3Client, S3Clients

KEY = "a folder/ü+&%"


@pytest.fixture
def named(s3: S3Client, bucket: str) -> dict[str, str]:
    """An object, as boto3 names it."""
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"0123456789", ContentType="text/plain")
    return {"Bucket": bucket, "Key": KEY}


def assert_refused(answer: httpx.Response, status: int, code: str) -> None:
    assert f"<Code>{code}</Code>" in answer.text
    assert answer.status_code == status


def test_a_url_reads_an_object(s3: S3Client, named: dict[str, str], anybody: httpx.Client) -> None:
    url = s3.generate_presigned_url("get_object", Params=named)

    answer = anybody.get(url)

    assert (answer.status_code, answer.content) == (200, b"0123456789")
    assert answer.headers["content-type"] == "text/plain"


def test_a_url_reads_a_range(s3: S3Client, named: dict[str, str], anybody: httpx.Client) -> None:
    url = s3.generate_presigned_url("get_object", Params=named)

    answer = anybody.get(url, headers={"Range": "bytes=2-4"})

    assert (answer.status_code, answer.content) == (206, b"234")


def test_a_url_may_name_the_file(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client
) -> None:
    disposition = 'attachment; filename="a file.txt"'
    params = named | {"ResponseContentDisposition": disposition}

    answer = anybody.get(s3.generate_presigned_url("get_object", Params=params))

    assert answer.headers["content-disposition"] == disposition


def test_a_url_describes_an_object(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client
) -> None:
    answer = anybody.head(s3.generate_presigned_url("head_object", Params=named))

    assert (answer.status_code, answer.headers["content-length"]) == (200, "10")


def test_a_url_writes_an_object(s3: S3Client, bucket: str, anybody: httpx.Client) -> None:
    params = {"Bucket": bucket, "Key": "upload"}

    answer = anybody.put(s3.generate_presigned_url("put_object", Params=params), content=b"body")

    got = s3.get_object(**params)
    assert (answer.status_code, got["Body"].read()) == (200, b"body")
    assert answer.headers["etag"] == got["ETag"]


def test_a_url_deletes_an_object(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client
) -> None:
    answer = anybody.delete(s3.generate_presigned_url("delete_object", Params=named))

    assert answer.status_code == 204
    assert s3.list_objects_v2(Bucket=named["Bucket"])["KeyCount"] == 0


def test_urls_write_an_object_in_parts(s3: S3Client, bucket: str, anybody: httpx.Client) -> None:
    created = s3.create_multipart_upload(Bucket=bucket, Key="upload")
    upload: dict[str, Any] = {"Bucket": bucket, "Key": "upload", "UploadId": created["UploadId"]}
    params = upload | {"PartNumber": 1}

    sent = anybody.put(s3.generate_presigned_url("upload_part", Params=params), content=b"part")

    parts = [{"PartNumber": 1, "ETag": sent.headers["etag"]}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.head_object(Bucket=bucket, Key="upload")["ContentLength"] == 4


def test_what_was_signed_of_the_headers_is_sent(
    s3: S3Client, bucket: str, anybody: httpx.Client
) -> None:
    metadata: dict[str, Any] = {"ContentType": "image/png", "Metadata": {"by": "ada"}}
    params = {"Bucket": bucket, "Key": "upload", **metadata}
    url = s3.generate_presigned_url("put_object", Params=params)
    headers = {"Content-Type": "image/png", "x-amz-meta-by": "ada"}

    for wrong in ({}, headers | {"Content-Type": "text/html"}, headers | {"x-amz-meta-by": "b"}):
        answer = anybody.put(url, content=b"", headers=wrong)
        assert_refused(answer, 403, "SignatureDoesNotMatch")

    assert anybody.put(url, content=b"", headers=headers).status_code == 200
    head = s3.head_object(Bucket=bucket, Key="upload")
    assert (head["ContentType"], head["Metadata"]) == ("image/png", {"by": "ada"})


def test_a_url_is_good_for_its_method_alone(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client
) -> None:
    url = s3.generate_presigned_url("get_object", Params=named)

    for method in ("PUT", "DELETE", "POST"):
        assert_refused(anybody.request(method, url), 403, "SignatureDoesNotMatch")
    assert anybody.get(url).content == b"0123456789"


def test_a_url_is_good_for_its_path_and_query_alone(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client
) -> None:
    url = s3.generate_presigned_url("get_object", Params=named)
    path = urlsplit(url).path

    for other in (
        url.replace(path, "/bucket/other"),
        url.replace(path, "/bucket"),
        f"{url}&response-content-type=text/html",
        url.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"),
    ):
        assert_refused(anybody.get(other), 403, "SignatureDoesNotMatch")


def test_a_url_expires(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client, twin_clock: RemoteClock
) -> None:
    # boto3 signs by the system's time, which the twin's is ahead of.
    ahead = int(twin_clock.now() - datetime.now(UTC).timestamp())
    url = s3.generate_presigned_url("get_object", Params=named, ExpiresIn=ahead + 20)
    assert anybody.get(url).status_code == 200

    twin_clock.advance(21)

    assert_refused(anybody.get(url), 403, "ExpiredRequest")


def test_a_url_is_good_for_a_week_at_most(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client
) -> None:
    week = s3.generate_presigned_url("get_object", Params=named, ExpiresIn=604_800)
    longer = s3.generate_presigned_url("get_object", Params=named, ExpiresIn=604_801)

    assert anybody.get(week).status_code == 200
    assert_refused(anybody.get(longer), 400, "InvalidArgument")


def test_a_url_says_what_it_lacks(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client
) -> None:
    url = httpx.URL(s3.generate_presigned_url("get_object", Params=named))

    answer = anybody.get(url.copy_remove_param("X-Amz-Signature"))

    assert "Required search parameter X-Amz-Signature missing" in answer.text
    assert answer.status_code == 400


def test_a_url_of_a_wrong_secret_opens_nothing(
    s3_client: S3Clients, named: dict[str, str], anybody: httpx.Client
) -> None:
    forger = s3_client(aws_secret_access_key="0" * 64)

    answer = anybody.get(forger.generate_presigned_url("get_object", Params=named))

    assert_refused(answer, 403, "SignatureDoesNotMatch")


def test_without_a_signature_nothing_is_told(
    s3: S3Client, named: dict[str, str], anybody: httpx.Client
) -> None:
    url = s3.generate_presigned_url("get_object", Params=named).partition("?")[0]

    assert_refused(anybody.get(url), 400, "InvalidArgument")
