"""CORS and lifecycle rules through boto3; what is past by them is gone by the twin's clock."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from boto3.session import Session

from emulator.testing import TwinServer, serving
from tests.contract.boto import S3Client, refused, upload_parts

DAY = 86_400

CORS = [
    {
        "ID": "site",
        "AllowedOrigins": ["https://example.com", "https://*.example.com"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["content-type", "x-amz-*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 600,
    },
    {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]},
]
LIFECYCLE: list[dict[str, Any]] = [
    {
        "ID": "logs",
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/ü&"},
        "Expiration": {"Days": 30},
        "Transitions": [{"Days": 7, "StorageClass": "STANDARD_IA"}],
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    },
    {"ID": "off", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}},
]
DEFAULT = {
    "ID": "Default Multipart Abort Rule",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


def rule(prefix: str = "", **actions: object) -> dict[str, Any]:
    return {"ID": "rule", "Status": "Enabled", "Filter": {"Prefix": prefix}, **actions}


def configure(s3: S3Client, bucket: str, *rules: dict[str, Any]) -> None:
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}
    )


def test_cors_rules_come_back_as_they_were_put(s3: S3Client, bucket: str) -> None:
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": CORS})

    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == CORS


def test_cors_rules_are_absent_until_put_and_once_deleted(s3: S3Client, bucket: str) -> None:
    with refused(404, "NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket=bucket)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": CORS})

    s3.delete_bucket_cors(Bucket=bucket)

    with refused(404, "NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket=bucket)


def test_a_method_browsers_never_send_is_refused(s3: S3Client, bucket: str) -> None:
    wrong = [{"AllowedOrigins": ["*"], "AllowedMethods": ["FETCH"]}]
    with refused(400, "InvalidRequest"):
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": wrong})


def test_a_new_bucket_gives_up_uploads_after_a_week(s3: S3Client, bucket: str) -> None:
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [DEFAULT]


def test_lifecycle_rules_come_back_as_they_were_put(s3: S3Client, bucket: str) -> None:
    configure(s3, bucket, *LIFECYCLE)

    listed = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert sorted(listed, key=lambda row: str(row["ID"])) == LIFECYCLE


def test_a_date_comes_back_as_it_was_put(s3: S3Client, bucket: str) -> None:
    configure(s3, bucket, rule(Expiration={"Date": "2040-01-02T00:00:00Z"}))

    [shown] = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]

    assert shown["Expiration"]["Date"].isoformat() == "2040-01-02T00:00:00+00:00"


def test_lifecycle_rules_are_absent_once_deleted(s3: S3Client, bucket: str) -> None:
    s3.delete_bucket_lifecycle(Bucket=bucket)

    with refused(404, "NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


@pytest.mark.parametrize(
    ("action", "status", "code"),
    [
        ({}, 400, "InvalidRequest"),
        ({"Expiration": {"Days": 0}}, 400, "InvalidArgument"),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}, 501, "NotImplemented"),
        ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, 501, "NotImplemented"),
    ],
)
def test_a_rule_r2_could_not_follow_is_refused(
    s3: S3Client, bucket: str, action: dict[str, Any], status: int, code: str
) -> None:
    with refused(status, code):
        configure(s3, bucket, rule(**action))


@pytest.fixture
def own_twin() -> Iterator[TwinServer]:
    """A twin of the test's own: its clock moves on by days, which no signature outlives."""
    with serving() as server:
        yield server


@pytest.fixture
def own_s3(own_twin: TwinServer, boto_session: Session) -> Iterator[S3Client]:
    """boto3 for a twin of the test's own, with a bucket `bucket`."""
    account = own_twin.create_account()
    client = boto_session.client(
        "s3",
        endpoint_url=own_twin.s3,
        region_name="auto",
        aws_access_key_id=account.access_key_id,
        aws_secret_access_key=account.secret_access_key,
    )
    client.create_bucket(Bucket="bucket")
    yield client
    client.close()


def signed(client: S3Client, method: str, **params: object) -> str:
    """A URL that is good for a week, whatever becomes of the clock till then."""
    url: str = client.generate_presigned_url(method, Params=params, ExpiresIn=7 * DAY)
    return url


def test_objects_expire_and_change_class_by_the_clock(
    own_twin: TwinServer, own_s3: S3Client, anybody: httpx.Client
) -> None:
    cold = [{"Days": 1, "StorageClass": "STANDARD_IA"}]
    configure(own_s3, "bucket", rule("logs/", Expiration={"Days": 2}, Transitions=cold))
    for key in ("logs/a", "kept"):
        own_s3.put_object(Bucket="bucket", Key=key, Body=b"")
    head = signed(own_s3, "head_object", Bucket="bucket", Key="logs/a")
    listing = signed(own_s3, "list_objects_v2", Bucket="bucket")
    assert "x-amz-storage-class" not in anybody.head(head).headers

    own_twin.clock.advance(DAY)
    assert anybody.head(head).headers["x-amz-storage-class"] == "STANDARD_IA"

    own_twin.clock.advance(DAY)
    assert anybody.head(head).status_code == 404
    assert "<KeyCount>1</KeyCount>" in anybody.get(listing).text


def test_uploads_are_given_up_by_the_clock(
    own_twin: TwinServer, own_s3: S3Client, anybody: httpx.Client
) -> None:
    given_up = {"DaysAfterInitiation": 3}
    configure(own_s3, "bucket", rule(AbortIncompleteMultipartUpload=given_up))
    upload_id, _ = upload_parts(own_s3, "bucket", "key", [b"part"])
    parts = signed(own_s3, "list_parts", Bucket="bucket", Key="key", UploadId=upload_id)
    assert anybody.get(parts).status_code == 200

    own_twin.clock.advance(3 * DAY)

    assert "<Code>NoSuchUpload</Code>" in anybody.get(parts).text
