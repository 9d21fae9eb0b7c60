"""What the tests that drive boto3 share: its client's type, and what refusals look like to it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import pytest
from botocore.exceptions import ClientError

# boto3 builds its clients from descriptions of the service: there is no class to name.
S3Client: TypeAlias = Any
S3Clients = Callable[..., S3Client]

MEBIBYTE = 1_048_576


@contextmanager
def refused(status: int, code: str, message: str | None = None) -> Iterator[None]:
    """The twin refuses what happens within."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (status, code)
    assert message in (None, answer["Error"]["Message"])


def with_headers(client: S3Client, operation: str, headers: dict[str, str]) -> None:
    """Sign these headers, too, whenever `client` asks for `operation`: R2's own, mostly."""

    def add(params: dict[str, Any], **_: object) -> None:
        params["headers"].update(headers)

    client.meta.events.register(f"before-call.s3.{operation}", add)


def lead_to(client: S3Client, endpoint: str) -> None:
    """Whatever host `client` signs for, its requests go to the twin, in clear."""
    address = urlsplit(endpoint).netloc

    def redirect(request: Any, **_: object) -> None:
        named = urlsplit(request.url)
        request.headers["Host"] = named.netloc
        request.url = urlunsplit(("http", address, named.path, named.query, ""))

    client.meta.events.register("before-send.s3", redirect)


def keys_of(page: dict[str, Any]) -> list[str]:
    """The keys a page of a listing shows."""
    return [row["Key"] for row in page.get("Contents", ())]


def upload_parts(
    client: S3Client, bucket: str, key: str, bodies: Sequence[bytes], **options: str
) -> tuple[str, list[dict[str, Any]]]:
    """An upload with these parts, not yet completed: its id, and what completes it."""
    created = client.create_multipart_upload(Bucket=bucket, Key=key, **options)
    upload_id = str(created["UploadId"])
    upload = {"Bucket": bucket, "Key": key, "UploadId": upload_id}
    parts = []
    for number, body in enumerate(bodies, start=1):
        part = client.upload_part(**upload, PartNumber=number, Body=body, **options)
        checksums = {name: part[name] for name in part if name.startswith("Checksum")}
        parts.append({"PartNumber": number, "ETag": part["ETag"], **checksums})
    return upload_id, parts


def complete(
    client: S3Client, bucket: str, key: str, upload_id: str, parts: list[dict[str, Any]]
) -> dict[str, Any]:
    answer: dict[str, Any] = client.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
    )
    return answer
