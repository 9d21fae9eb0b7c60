"""What goes with an object through boto3: metadata of the user's own, keys of the customer's."""

from email.header import Header, decode_header, make_header
from typing import Any

import pytest

from emulator.testing import RemoteClock
from tests.contract.boto import S3Client, refused

KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
OTHER_KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"o" * 32}


def test_metadata_is_kept_under_names_in_lower_case(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Metadata={"Taken-By": "Ada", "e": ""})

    head = s3.head_object(Bucket=bucket, Key="key")

    assert head["Metadata"] == {"taken-by": "Ada", "e": ""}


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("text", ["Grüße, Åsa", "ü" * 200])
def test_words_of_rfc_2047_are_the_text_they_encode(
    s3: S3Client, bucket: str, text: str, charset: str
) -> None:
    word = Header(text, charset, maxlinelen=10_000).encode()
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Metadata={"by": word})

    shown = s3.head_object(Bucket=bucket, Key="key")["Metadata"]["by"]

    assert shown.isascii()
    assert str(make_header(decode_header(shown))) == text


def test_metadata_may_have_8192_bytes(s3: S3Client, bucket: str) -> None:
    largest = {f"n{number}": "x" * 2_046 for number in range(4)}
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Metadata=largest)

    assert s3.head_object(Bucket=bucket, Key="key")["Metadata"] == largest
    with refused(400, "MetadataTooLarge"):
        s3.put_object(Bucket=bucket, Key="other", Body=b"", Metadata={**largest, "n": ""})


def test_writing_again_replaces_metadata(
    s3: S3Client, bucket: str, twin_clock: RemoteClock
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Metadata={"a": "1"}, ContentType="text/css")
    twin_clock.advance(1)
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Metadata={"b": "2"})

    head = s3.head_object(Bucket=bucket, Key="key")

    assert (head["Metadata"], head["ContentType"]) == ({"b": "2"}, "application/octet-stream")


def test_encryption_as_r2_does_it_anyway_may_be_asked_for(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"body", ServerSideEncryption="AES256")

    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"body"
    with refused(501, "NotImplemented"):
        s3.put_object(Bucket=bucket, Key="other", Body=b"", ServerSideEncryption="aws:kms")


def test_a_customers_key_opens_its_object(s3: S3Client, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"secret", **KEY)
    got = s3.get_object(Bucket=bucket, Key="key", **KEY)

    assert got["Body"].read() == b"secret"
    assert got["SSECustomerKeyMD5"] == put["SSECustomerKeyMD5"]


@pytest.mark.parametrize("key", [{}, OTHER_KEY])
def test_an_object_with_a_customers_key_needs_that_key(
    s3: S3Client, bucket: str, key: dict[str, Any]
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"secret", **KEY)

    with refused(400, "InvalidRequest"):
        s3.get_object(Bucket=bucket, Key="key", **key)
    with refused(400, "400"):
        s3.head_object(Bucket=bucket, Key="key", **key)


def test_a_copy_may_have_a_key_of_its_own(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"secret", **KEY)
    of_source = {f"CopySource{name}": value for name, value in KEY.items()}

    source = {"Bucket": bucket, "Key": "key"}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, **of_source, **OTHER_KEY)

    got = s3.get_object(Bucket=bucket, Key="copy", **OTHER_KEY)
    assert got["Body"].read() == b"secret"
