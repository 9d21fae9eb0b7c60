"""What R2 has not got is refused by its name: https://developers.cloudflare.com/r2/api/s3/api/."""

from typing import Any

import httpx
import pytest

from tests.contract.boto import S3Client, refused

TAGS = {"TagSet": [{"Key": "a", "Value": "b"}]}


@pytest.mark.parametrize(
    ("operation", "options"),
    [
        ("GetBucketAcl", {}),
        ("PutBucketAcl", {"ACL": "private"}),
        ("GetBucketPolicy", {}),
        ("PutBucketPolicy", {"Policy": "{}"}),
        ("DeleteBucketPolicy", {}),
        ("PutBucketTagging", {"Tagging": TAGS}),
        ("PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("GetBucketWebsite", {}),
        ("PutBucketWebsite", {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "a"}}}),
        ("PutObjectLockConfiguration", {}),
        ("GetBucketLogging", {}),
        ("GetBucketNotificationConfiguration", {}),
        ("GetBucketRequestPayment", {}),
        ("GetBucketAccelerateConfiguration", {}),
        ("GetPublicAccessBlock", {}),
        ("DeleteBucketEncryption", {}),
        ("ListObjectVersions", {}),
    ],
)
def test_an_operation_on_buckets_is_refused(
    s3: S3Client, bucket: str, operation: str, options: dict[str, Any]
) -> None:
    methods = {api: method for method, api in s3.meta.method_to_api_mapping.items()}
    with refused(501, "NotImplemented", f"{operation} not implemented"):
        getattr(s3, methods[operation])(Bucket=bucket, **options)


@pytest.mark.parametrize(
    ("operation", "options"),
    [
        ("get_object_acl", {}),
        ("put_object_acl", {"ACL": "private"}),
        ("get_object_tagging", {}),
        ("put_object_tagging", {"Tagging": TAGS}),
        ("delete_object_tagging", {}),
        ("get_object_attributes", {"ObjectAttributes": ["ETag"]}),
        ("get_object_retention", {}),
        ("get_object_legal_hold", {}),
        ("get_object_torrent", {}),
        ("restore_object", {"RestoreRequest": {"Days": 1}}),
    ],
)
def test_an_operation_on_objects_is_refused(
    s3: S3Client, bucket: str, operation: str, options: dict[str, Any]
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"")

    named = "".join(word.capitalize() for word in operation.split("_"))
    with refused(501, "NotImplemented", f"{named} not implemented"):
        getattr(s3, operation)(Bucket=bucket, Key="key", **options)


@pytest.mark.parametrize(
    ("option", "header"),
    [
        ({"Tagging": "a=b"}, "'x-amz-tagging' with value 'a=b'"),
        ({"RequestPayer": "requester"}, "'x-amz-request-payer' with value 'requester'"),
        ({"GrantRead": "id=1"}, "'x-amz-grant-read' with value 'id=1'"),
        (
            {"WebsiteRedirectLocation": "/a"},
            "'x-amz-website-redirect-location' with value '/a'",
        ),
        (
            {"ObjectLockLegalHoldStatus": "ON"},
            "'x-amz-object-lock-legal-hold' with value 'ON'",
        ),
        (
            {"ExpectedBucketOwner": "0" * 12},
            "'x-amz-expected-bucket-owner' with value '000000000000'",
        ),
    ],
)
def test_an_option_of_put_object_is_refused(
    s3: S3Client, bucket: str, option: dict[str, Any], header: str
) -> None:
    with refused(501, "NotImplemented", f"Header {header} not implemented"):
        s3.put_object(Bucket=bucket, Key="key", Body=b"", **option)
    with refused(404, "404"):
        s3.head_object(Bucket=bucket, Key="key")


def test_a_canned_acl_is_taken_and_means_nothing(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"", ACL="public-read")

    assert s3.head_object(Bucket=bucket, Key="key")["ContentLength"] == 0


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
    ],
)
def test_what_was_never_configured_is_absent(
    s3: S3Client, bucket: str, operation: str, code: str
) -> None:
    with refused(404, code):
        getattr(s3, operation)(Bucket=bucket)


def test_a_version_of_an_object_is_refused(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"")

    with refused(501, "NotImplemented"):
        s3.get_object(Bucket=bucket, Key="key", VersionId="1")
    with refused(501, "NotImplemented"):
        s3.delete_object(Bucket=bucket, Key="key", VersionId="1")


def test_a_form_for_browsers_is_refused(s3: S3Client, bucket: str, anybody: httpx.Client) -> None:
    form = s3.generate_presigned_post(bucket, "key")

    answer = anybody.post(form["url"], data=form["fields"], files={"file": b"body"})

    assert answer.status_code == 501
    assert "Presigned post requests are not yet implemented" in answer.text
