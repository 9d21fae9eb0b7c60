"""Buckets through boto3: made, found, described, removed."""

import pytest

from emulator.testing import TwinServer
from tests.contract.boto import S3Client, S3Clients, refused


def names_of(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [row["Name"] for row in answer["Buckets"]]


def test_a_bucket_is_made_listed_and_removed(s3: S3Client) -> None:
    s3.create_bucket(Bucket="photos")
    assert names_of(s3.list_buckets()) == ["photos"]

    s3.delete_bucket(Bucket="photos")

    assert names_of(s3.list_buckets()) == []
    with refused(404, "404"):
        s3.head_bucket(Bucket="photos")


def test_buckets_are_listed_with_their_owner_and_date(s3: S3Client, bucket: str) -> None:
    listed = s3.list_buckets()

    assert listed["Owner"]["ID"]
    assert listed["Buckets"][0]["CreationDate"].tzinfo is not None


def test_buckets_are_listed_by_name_and_prefix(s3: S3Client) -> None:
    for name in ("beta", "alpha-2", "alpha-1"):
        s3.create_bucket(Bucket=name)

    assert names_of(s3.list_buckets()) == ["alpha-1", "alpha-2", "beta"]
    assert names_of(s3.list_buckets(Prefix="alpha-")) == ["alpha-1", "alpha-2"]


def test_a_bucket_is_made_once(s3: S3Client, bucket: str) -> None:
    message = "The bucket you tried to create already exists, and you own it."
    with refused(409, "BucketAlreadyOwnedByYou", message):
        s3.create_bucket(Bucket=bucket)


@pytest.mark.parametrize("name", ["No-Capitals", "a.dot", "ab", "-begins", "ends-", "under_score"])
def test_a_name_that_is_not_valid_is_refused(s3: S3Client, name: str) -> None:
    with refused(400, "InvalidBucketName", "The specified bucket name is not valid."):
        s3.create_bucket(Bucket=name)


def test_a_location_hint_is_the_location(s3: S3Client) -> None:
    hint = {"LocationConstraint": "apac"}
    s3.create_bucket(Bucket="far-away", CreateBucketConfiguration=hint)

    assert s3.get_bucket_location(Bucket="far-away")["LocationConstraint"] == "APAC"


def test_without_a_hint_the_twin_chooses_a_location(s3: S3Client, bucket: str) -> None:
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "WEUR"


def test_a_location_that_is_unknown_is_refused(s3: S3Client) -> None:
    hint = {"LocationConstraint": "eu-central-1"}
    with refused(400, "InvalidRegionName"):
        s3.create_bucket(Bucket="nowhere", CreateBucketConfiguration=hint)


@pytest.mark.parametrize("region", ["auto", "us-east-1", "weur"])
def test_regions_of_r2_and_its_alias_sign(s3_client: S3Clients, region: str) -> None:
    assert s3_client(region_name=region).list_buckets()["Buckets"] == []


def test_a_region_of_another_provider_is_refused(s3_client: S3Clients) -> None:
    with refused(400, "InvalidRegionName"):
        s3_client(region_name="eu-central-1").list_buckets()


def test_every_bucket_is_encrypted(s3: S3Client, bucket: str) -> None:
    answer = s3.get_bucket_encryption(Bucket=bucket)

    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert rule["BucketKeyEnabled"]


def test_versioning_was_never_configured(s3: S3Client, bucket: str) -> None:
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_a_bucket_that_holds_something_stays(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"")

    with refused(409, "BucketNotEmpty", "The bucket you tried to delete is not empty"):
        s3.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("operation", ["delete_bucket", "list_objects_v2", "get_bucket_location"])
def test_a_bucket_that_is_absent_is_refused(s3: S3Client, operation: str) -> None:
    with refused(404, "NoSuchBucket", "The specified bucket does not exist."):
        getattr(s3, operation)(Bucket="absent")


def test_accounts_do_not_see_each_others_buckets(
    s3_client: S3Clients, twin_server: TwinServer, bucket: str
) -> None:
    other = twin_server.create_account()
    theirs = s3_client(
        aws_access_key_id=other.access_key_id, aws_secret_access_key=other.secret_access_key
    )

    assert theirs.list_buckets()["Buckets"] == []
    with refused(404, "NoSuchBucket"):
        theirs.list_objects_v2(Bucket=bucket)
    twin_server.delete_account(other.id)


def test_a_secret_that_is_wrong_signs_nothing(s3_client: S3Clients) -> None:
    with refused(403, "SignatureDoesNotMatch"):
        s3_client(aws_secret_access_key="0" * 64).list_buckets()


def test_an_access_key_that_nobody_issued_is_unauthorized(s3_client: S3Clients) -> None:
    with refused(401, "Unauthorized", "Unauthorized"):
        s3_client(aws_access_key_id="f" * 32).list_buckets()
