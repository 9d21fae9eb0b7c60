"""Temporary credentials through boto3, made as Cloudflare documents it, without asking anybody.

https://developers.cloudflare.com/r2/api/s3/temporary-credentials/
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import httpx
import jwt
import pytest

from emulator.testing import RemoteClock, TwinAccount
from tests.contract.boto import S3Client, S3Clients, keys_of, refused

Lend = Callable[..., S3Client]


@pytest.fixture
def lend(
    s3_client: S3Clients, twin_account: TwinAccount, twin_clock: RemoteClock, bucket: str
) -> Lend:
    """Makes clients with temporary credentials for `bucket`: good for an hour, to read."""

    def make(**claims: object) -> S3Client:
        now = int(twin_clock.now())
        defaults = {
            "bucket": bucket,
            "scope": "object-read-only",
            "sub": twin_account.id,
            "iss": twin_account.access_key_id,
            "iat": now,
            "exp": now + 3_600,
        }
        token = jwt.encode(defaults | claims, twin_account.secret_access_key, algorithm="HS256")
        return s3_client(
            aws_access_key_id=twin_account.access_key_id,
            aws_secret_access_key=sha256(token.encode()).hexdigest(),
            aws_session_token=b64encode(f"jwt/{token}".encode()).decode(),
        )

    return make


@pytest.fixture(autouse=True)
def objects(s3: S3Client, bucket: str) -> None:
    for key in ("mine/a", "theirs/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())


def test_who_may_read_does_not_write(lend: Lend, bucket: str) -> None:
    borrowed = lend()

    assert borrowed.get_object(Bucket=bucket, Key="mine/a")["Body"].read() == b"mine/a"
    assert keys_of(borrowed.list_objects_v2(Bucket=bucket)) == ["mine/a", "theirs/b"]
    with refused(403, "AccessDenied"):
        borrowed.put_object(Bucket=bucket, Key="mine/c", Body=b"")
    with refused(403, "AccessDenied"):
        borrowed.delete_object(Bucket=bucket, Key="mine/a")


def test_who_may_write_writes(lend: Lend, s3: S3Client, bucket: str) -> None:
    borrowed = lend(scope="object-read-write")

    borrowed.put_object(Bucket=bucket, Key="mine/c", Body=b"c")
    borrowed.delete_object(Bucket=bucket, Key="mine/a")

    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == ["mine/c", "theirs/b"]


@pytest.mark.parametrize("operation", ["delete_bucket", "get_bucket_cors", "create_bucket"])
def test_objects_are_all_that_is_lent(lend: Lend, bucket: str, operation: str) -> None:
    with refused(403, "AccessDenied"):
        getattr(lend(scope="object-read-write"), operation)(Bucket=bucket)


def test_an_admin_sees_the_configuration(lend: Lend, bucket: str) -> None:
    borrowed = lend(scope="admin-read-only")

    assert borrowed.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    with refused(403, "AccessDenied"):
        borrowed.delete_bucket_cors(Bucket=bucket)


def test_another_bucket_is_out_of_reach(lend: Lend, s3: S3Client) -> None:
    s3.create_bucket(Bucket="elsewhere")

    with refused(403, "AccessDenied"):
        lend().list_objects_v2(Bucket="elsewhere")
    with refused(403, "AccessDenied"):
        lend(scope="admin-read-write").list_buckets()


def test_a_prefix_is_all_that_is_reached(lend: Lend, bucket: str) -> None:
    borrowed = lend(scope="object-read-write", paths={"prefixPaths": ["mine/"]})

    assert keys_of(borrowed.list_objects_v2(Bucket=bucket, Prefix="mine/")) == ["mine/a"]
    borrowed.put_object(Bucket=bucket, Key="mine/c", Body=b"")
    with refused(403, "AccessDenied"):
        borrowed.put_object(Bucket=bucket, Key="theirs/c", Body=b"")
    with refused(403, "AccessDenied"):
        borrowed.list_objects_v2(Bucket=bucket)


def test_what_a_prefix_hides_is_not_copied_or_deleted(
    lend: Lend, s3: S3Client, bucket: str
) -> None:
    borrowed = lend(scope="object-read-write", paths={"prefixPaths": ["mine/"]})
    named = [{"Key": "mine/a"}, {"Key": "theirs/b"}]

    with refused(403, "AccessDenied"):
        borrowed.copy_object(Bucket=bucket, Key="mine/copy", CopySource=f"{bucket}/theirs/b")
    answer = borrowed.delete_objects(Bucket=bucket, Delete={"Objects": named})

    assert [(row["Key"], row["Code"]) for row in answer["Errors"]] == [("theirs/b", "AccessDenied")]
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == ["theirs/b"]


def test_single_objects_may_be_lent(lend: Lend, bucket: str) -> None:
    borrowed = lend(paths={"objectPaths": ["mine/a"]})

    assert borrowed.head_object(Bucket=bucket, Key="mine/a")["ContentLength"] == 6
    with refused(403, "403"):
        borrowed.head_object(Bucket=bucket, Key="theirs/b")


def test_credentials_run_out(lend: Lend, bucket: str, twin_clock: RemoteClock) -> None:
    borrowed = lend(exp=int(twin_clock.now()) + 20)
    assert borrowed.head_object(Bucket=bucket, Key="mine/a")

    twin_clock.advance(20)

    with refused(403, "ExpiredRequest"):
        borrowed.get_object(Bucket=bucket, Key="mine/a")


def test_a_url_signed_with_them_works_as_long_as_they_do(
    lend: Lend, bucket: str, anybody: httpx.Client
) -> None:
    params = {"Bucket": bucket, "Key": "mine/a"}

    good = anybody.get(lend().generate_presigned_url("get_object", Params=params))
    over = anybody.get(lend(exp=1).generate_presigned_url("get_object", Params=params))

    assert good.content == b"mine/a"
    assert (over.status_code, "ExpiredRequest" in over.text) == (403, True)


def test_a_token_that_was_altered_is_worth_nothing(
    s3_client: S3Clients, twin_account: TwinAccount, bucket: str
) -> None:
    forged = jwt.encode({"bucket": bucket, "exp": 9_999_999_999}, "0" * 64, algorithm="HS256")
    forger = s3_client(
        aws_secret_access_key=sha256(forged.encode()).hexdigest(),
        aws_session_token=b64encode(f"jwt/{forged}".encode()).decode(),
    )

    with refused(401, "Unauthorized"):
        forger.list_objects_v2(Bucket=bucket)
