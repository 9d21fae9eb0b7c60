"""R2's own headers, and the hosts that stand for accounts, buckets and jurisdictions.

https://developers.cloudflare.com/r2/api/s3/extensions/
"""

from typing import Any

import httpx
import pytest
from botocore.config import Config

from emulator.testing import TwinAccount, TwinServer
from tests.contract.boto import S3Client, S3Clients, keys_of, lead_to, refused, with_headers

VIRTUAL, PATH = (Config(s3={"addressing_style": style}) for style in ("virtual", "path"))
IF_MISSING = {"cf-create-bucket-if-missing": "true"}


def names_of(answer: dict[str, Any]) -> list[str]:
    return [row["Name"] for row in answer["Buckets"]]


def test_a_bucket_is_made_when_something_is_put(s3: S3Client) -> None:
    with refused(404, "NoSuchBucket"):
        s3.put_object(Bucket="missing", Key="key", Body=b"body")
    with_headers(s3, "PutObject", IF_MISSING)

    s3.put_object(Bucket="missing", Key="key", Body=b"body")

    assert keys_of(s3.list_objects_v2(Bucket="missing")) == ["key"]


def test_a_bucket_is_made_when_something_is_copied(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"body")
    with_headers(s3, "CopyObject", IF_MISSING)

    s3.copy_object(Bucket="missing", Key="copy", CopySource=f"{bucket}/key")

    assert keys_of(s3.list_objects_v2(Bucket="missing")) == ["copy"]


def test_a_bucket_is_made_when_an_upload_begins(s3: S3Client) -> None:
    with_headers(s3, "CreateMultipartUpload", IF_MISSING)

    s3.create_multipart_upload(Bucket="missing", Key="key")

    assert names_of(s3.list_buckets()) == ["missing"]


def test_buckets_are_listed_in_pages(s3: S3Client) -> None:
    for name in ("aaa", "bbb", "ccc"):
        s3.create_bucket(Bucket=name)
    with_headers(s3, "ListBuckets", {"cf-max-keys": "2"})

    first = s3.list_buckets()
    headers = first["ResponseMetadata"]["HTTPHeaders"]
    second = s3.list_buckets(ContinuationToken=headers["cf-next-continuation-token"])

    assert (headers["cf-is-truncated"], names_of(first)) == ("true", ["aaa", "bbb"])
    assert names_of(second) == ["ccc"]


def test_jurisdictions_have_buckets_of_the_same_name(s3_client: S3Clients) -> None:
    anywhere, european = s3_client(), s3_client()
    with_headers(european, "*", {"cf-r2-jurisdiction": "eu"})
    for client, body in ((anywhere, b"anywhere"), (european, b"eu")):
        client.create_bucket(Bucket="records")
        client.put_object(Bucket="records", Key="key", Body=body)

    assert anywhere.get_object(Bucket="records", Key="key")["Body"].read() == b"anywhere"
    assert european.get_object(Bucket="records", Key="key")["Body"].read() == b"eu"


def test_a_jurisdiction_shows_its_own_buckets(s3_client: S3Clients) -> None:
    anywhere, european = s3_client(), s3_client()
    with_headers(european, "*", {"cf-r2-jurisdiction": "eu"})

    european.create_bucket(Bucket="records")

    assert names_of(european.list_buckets()) == ["records"]
    assert names_of(anywhere.list_buckets()) == []


def test_cloudflares_host_names_the_account(production_s3: S3Client, bucket: str) -> None:
    production_s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"body")

    assert production_s3.get_object(Bucket=bucket, Key="a b/ü")["Body"].read() == b"body"
    assert names_of(production_s3.list_buckets()) == [bucket]


def test_cloudflares_host_names_the_jurisdiction(
    s3_client: S3Clients, s3: S3Client, twin_server: TwinServer, twin_account: TwinAccount
) -> None:
    european = s3_client(endpoint_url=f"https://{twin_account.id}.eu.r2.cloudflarestorage.com")
    lead_to(european, twin_server.s3)

    european.create_bucket(Bucket="records")

    assert names_of(european.list_buckets()) == ["records"]
    assert names_of(s3.list_buckets()) == []


@pytest.mark.parametrize("config", [VIRTUAL, PATH])
@pytest.mark.parametrize("host", ["r2.localhost", "localhost"])
def test_a_bucket_may_stand_before_the_host(
    s3_client: S3Clients, twin_server: TwinServer, bucket: str, host: str, config: Config
) -> None:
    client = s3_client(endpoint_url=f"http://{host}:8789", config=config)
    lead_to(client, twin_server.s3)

    client.put_object(Bucket=bucket, Key="bucket/key", Body=b"body")

    assert keys_of(client.list_objects_v2(Bucket=bucket)) == ["bucket/key"]


def test_keys_open_no_other_accounts_host(s3_client: S3Clients, twin_server: TwinServer) -> None:
    other = twin_server.create_account()
    client = s3_client(endpoint_url=f"https://{other.id}.r2.cloudflarestorage.com")
    lead_to(client, twin_server.s3)

    with refused(401, "Unauthorized"):
        client.list_buckets()
    twin_server.delete_account(other.id)


def test_a_presigned_url_holds_for_the_host_it_names(
    s3_client: S3Clients, twin_server: TwinServer, bucket: str, anybody: httpx.Client
) -> None:
    s3_client().put_object(Bucket=bucket, Key="key", Body=b"body")
    client = s3_client(endpoint_url="http://r2.localhost:8789", config=VIRTUAL)
    signed = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    url = signed.replace("http://bucket.r2.localhost:8789", twin_server.s3)

    good = anybody.get(url, headers={"Host": "bucket.r2.localhost:8789"})
    other = anybody.get(url, headers={"Host": "other.r2.localhost:8789"})

    assert (good.status_code, good.content) == (200, b"body")
    assert (other.status_code, "SignatureDoesNotMatch" in other.text) == (403, True)
