"""S3 in small scenes: each plays something to a client and says what was to be seen.

They are played to moto and to the twin. Where moto is known to be wrong (it takes any
signature and any checksum, and answers `partNumber` with the whole) there is no scene.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from tests.contract.boto import S3Client

Play = Callable[[S3Client, str], object]
Json: TypeAlias = dict[str, Any]

MEBIBYTE = 1_048_576
# What is another each time, or another in each service.
UNLIKE = {
    "ResponseMetadata",
    "LastModified",
    "Owner",
    "Initiator",
    "Initiated",
    "UploadId",
    "UploadIdMarker",
    "NextUploadIdMarker",
    "NextContinuationToken",
    "ContinuationToken",
    "Location",
    "ServerSideEncryption",
    # moto shows the one without the other.
    "ChecksumType",
    "ChecksumAlgorithm",
}


@dataclass(frozen=True)
class Scene:
    """`twin` is what the twin shows where R2 documents something else, and `why`."""

    play: Play
    twin: object = None
    why: str = ""


def plain(shown: Any) -> Any:
    """Without what differs each time; bodies are read."""
    if isinstance(shown, Mapping):
        return {name: plain(value) for name, value in shown.items() if name not in UNLIKE}
    if isinstance(shown, list | tuple):
        return [plain(value) for value in shown]
    if isinstance(shown, StreamingBody):
        return shown.read()
    assert not isinstance(shown, datetime)
    return shown


def attempt(act: Callable[[], object]) -> object:
    """What is shown, or the refusal."""
    try:
        return plain(act())
    except ClientError as refusal:
        status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
        return status, refusal.response["Error"]["Code"]


def put_all(s3: S3Client, bucket: str, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
