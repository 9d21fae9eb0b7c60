"""AWS's SDK for JavaScript against the twin; what it does is in `js/s3.mjs`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.testing import TwinAccount, TwinServer
from tests.contract.conftest import NODE_MODULES, node, runner

SCRIPT = Path(__file__).parent / "js" / "s3.mjs"

Run = Callable[[str], Any]


@pytest.fixture
def run(twin_server: TwinServer, twin_account: TwinAccount, bucket: str, tmp_path: Path) -> Run:
    """What the script found out in one of its scenarios, with the test's bucket."""
    binary = node()
    if binary is None or not (NODE_MODULES / "@aws-sdk" / "client-s3").is_dir():
        pytest.fail(f"AWS's SDK is not installed in {NODE_MODULES}: run 'make node'")
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "TWIN_NODE_MODULES": str(NODE_MODULES),
        "TWIN_S3": twin_server.s3,
        "AWS_ACCESS_KEY_ID": twin_account.access_key_id,
        "AWS_SECRET_ACCESS_KEY": twin_account.secret_access_key,
    }
    command = runner([binary, str(SCRIPT)], environment, tmp_path)
    return lambda scenario: command(scenario, bucket).json()


def test_checksums_follow_streams(run: Run) -> None:
    algorithms = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")

    trailers = [f"x-amz-checksum-{algorithm}" for algorithm in algorithms]
    assert run("streams") == dict.fromkeys(trailers, True)


def test_objects_are_written_read_and_copied(run: Run) -> None:
    assert run("objects") == {
        "head": [10, "text/plain", {"by": "ada"}],
        "range": ["234", "bytes 2-4/10"],
        "copy": "0123456789",
    }


def test_listings_are_read_page_by_page(run: Run) -> None:
    assert run("pages") == {"shown": ["b c", "a/", "d", "ü"], "v1": ["a/1", "a/2"]}


def test_a_stream_of_unknown_length_is_uploaded_in_parts(run: Run) -> None:
    assert run("upload") == {"etag": '-3"', "same": True}


def test_many_objects_are_deleted_at_once(run: Run) -> None:
    assert run("deletes") == {"deleted": ["a", "b", "absent"], "left": ["kept"]}


def test_presigned_urls_write_and_read(run: Run) -> None:
    assert run("urls") == [403, 200, "text/css", "body"]


def test_cors_and_lifecycle_rules_are_configured(run: Run) -> None:
    found = run("configuration")

    assert found["cors"] == [
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 60}
    ]
    assert found["lifecycle"] == [
        {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 1}}
    ]


def test_refusals_are_errors_of_their_name(run: Run) -> None:
    named = {what: error[:2] for what, error in run("refusals").items()}

    assert named == {
        "get": ["NoSuchKey", 404],
        "head": ["NotFound", 404],
        "match": ["PreconditionFailed", 412],
        "checksum": ["BadDigest", 400],
        "acl": ["NotImplemented", 501],
        "pace": ["TooManyRequests", 429],
    }
