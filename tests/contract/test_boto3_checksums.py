"""Checksums through boto3: its default ones, all five algorithms, and values that are wrong."""

from base64 import b64encode
from hashlib import md5, sha1, sha256
from typing import Any

import pytest
from botocore.config import Config

from tests.contract.boto import (
    MEBIBYTE,
    S3Client,
    S3Clients,
    complete,
    refused,
    upload_parts,
    with_headers,
)

ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]
BODY = b"123456789"
# The check values of the algorithms' definitions.
CHECKSUMS = {
    "CRC32": b64encode(0xCBF43926.to_bytes(4, "big")).decode(),
    "CRC32C": b64encode(0xE3069283.to_bytes(4, "big")).decode(),
    "CRC64NVME": b64encode(0xAE8B14860A799888.to_bytes(8, "big")).decode(),
    "SHA1": b64encode(sha1(BODY).digest()).decode(),
    "SHA256": b64encode(sha256(BODY).digest()).decode(),
}
PART = b"p" * (5 * MEBIBYTE)


def test_boto3_sends_a_crc32_unasked(s3: S3Client, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="key", Body=BODY)

    assert (put["ChecksumCRC32"], put["ChecksumType"]) == (CHECKSUMS["CRC32"], "FULL_OBJECT")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_is_worked_out_kept_and_shown(s3: S3Client, bucket: str, algorithm: str) -> None:
    name = f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="key", Body=BODY, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")

    assert got["Body"].read() == BODY
    assert put[name] == got[name] == CHECKSUMS[algorithm]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_that_is_given_is_compared(s3: S3Client, bucket: str, algorithm: str) -> None:
    given = {f"Checksum{algorithm}": CHECKSUMS[algorithm]}
    s3.put_object(Bucket=bucket, Key="right", Body=BODY, **given)

    with refused(400, "BadDigest"):
        s3.put_object(Bucket=bucket, Key="wrong", Body=BODY + b"!", **given)
    with refused(404, "404"):
        s3.head_object(Bucket=bucket, Key="wrong")


def test_a_checksum_that_is_none_is_refused(s3: S3Client, bucket: str) -> None:
    with refused(400, "InvalidDigest"):
        s3.put_object(Bucket=bucket, Key="key", Body=BODY, ChecksumSHA256="bm90IG9uZQ==")


def test_content_md5_is_compared(s3: S3Client, bucket: str) -> None:
    right = b64encode(md5(BODY).digest()).decode()
    s3.put_object(Bucket=bucket, Key="key", Body=BODY, ContentMD5=right)

    with refused(400, "BadDigest"):
        s3.put_object(Bucket=bucket, Key="other", Body=b"other", ContentMD5=right)
    with refused(400, "InvalidDigest", "The Content-MD5 you specified is not valid."):
        s3.put_object(Bucket=bucket, Key="other", Body=BODY, ContentMD5="bm90IG9uZQ==")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_may_follow_its_body(
    production_s3: S3Client, bucket: str, algorithm: str
) -> None:
    body = BODY * 100_000
    put = production_s3.put_object(Bucket=bucket, Key="key", Body=body, ChecksumAlgorithm=algorithm)
    got = production_s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")

    assert got["Body"].read() == body
    assert put[f"Checksum{algorithm}"] == got[f"Checksum{algorithm}"]
    assert "ContentEncoding" not in got


def test_a_checksum_that_follows_is_compared(production_s3: S3Client, bucket: str) -> None:
    def falsify(request: Any, **_: object) -> None:
        request.body = request.body.read().replace(BODY, BODY[::-1])

    production_s3.meta.events.register("before-send.s3.PutObject", falsify)

    with refused(400, "BadDigest"):
        production_s3.put_object(Bucket=bucket, Key="key", Body=BODY)


def test_a_body_that_is_signed_is_compared(s3_client: S3Clients, bucket: str) -> None:
    client = s3_client(
        config=Config(
            s3={"payload_signing_enabled": True}, request_checksum_calculation="when_required"
        )
    )
    client.put_object(Bucket=bucket, Key="key", Body=BODY)

    def falsify(request: Any, **_: object) -> None:
        request.body = b"987654321"

    client.meta.events.register("before-send.s3.PutObject", falsify)
    with refused(400, "XAmzContentSHA256Mismatch"):
        client.put_object(Bucket=bucket, Key="other", Body=BODY)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_parts_have_checksums_and_so_has_the_whole(
    s3: S3Client, bucket: str, algorithm: str
) -> None:
    name = f"Checksum{algorithm}"
    upload_id, parts = upload_parts(s3, bucket, "key", [PART, b"end"], ChecksumAlgorithm=algorithm)

    done = complete(s3, bucket, "key", upload_id, parts)
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")

    # R2 combines CRC64NVME alone: https://developers.cloudflare.com/r2/api/s3/api/
    kind = "FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE"
    assert done[name] == head[name]
    assert (head["ChecksumType"], head[name].endswith("-2")) == (kind, kind == "COMPOSITE")


def test_the_checksum_of_a_whole_is_the_one_of_its_bytes(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(
        s3, bucket, "parts", [PART, b"end"], ChecksumAlgorithm="CRC64NVME"
    )
    done = complete(s3, bucket, "parts", upload_id, parts)

    put = s3.put_object(
        Bucket=bucket, Key="whole", Body=PART + b"end", ChecksumAlgorithm="CRC64NVME"
    )

    assert put["ChecksumCRC64NVME"] == done["ChecksumCRC64NVME"]


def test_a_part_with_a_wrong_checksum_is_refused(s3: S3Client, bucket: str) -> None:
    created = s3.create_multipart_upload(Bucket=bucket, Key="key", ChecksumAlgorithm="SHA256")
    upload = {"Bucket": bucket, "Key": "key", "UploadId": created["UploadId"]}

    with refused(400, "BadDigest"):
        s3.upload_part(**upload, PartNumber=1, Body=b"x", ChecksumSHA256=CHECKSUMS["SHA256"])
    assert "Parts" not in s3.list_parts(**upload)


def test_a_checksum_of_a_whole_that_is_wrong_is_refused(s3: S3Client, bucket: str) -> None:
    upload_id, parts = upload_parts(s3, bucket, "key", [BODY], ChecksumAlgorithm="CRC64NVME")
    with_headers(s3, "CompleteMultipartUpload", {"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="})

    with refused(400, "BadDigest"):
        complete(s3, bucket, "key", upload_id, parts)


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("SHA256", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")]
)
def test_a_type_of_checksum_r2_has_not_got_is_refused(
    s3: S3Client, bucket: str, algorithm: str, kind: str
) -> None:
    with refused(400, "InvalidRequest"):
        s3.create_multipart_upload(
            Bucket=bucket, Key="key", ChecksumAlgorithm=algorithm, ChecksumType=kind
        )
