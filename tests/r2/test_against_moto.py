"""moto as a referee: a second reading of S3, by other people.

A scene shows the same in both, or says what R2 documents instead.
"""

from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from emulator.testing import TwinServer
from tests.contract.boto import S3Client
from tests.r2.scene import Scene, plain
from tests.r2.scenes import SCENES

CONFIG = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})


@pytest.fixture(scope="module")
def referee() -> S3Client:
    return boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=CONFIG,
    )


@pytest.fixture(scope="module")
def ours(twin_server: TwinServer) -> Iterator[S3Client]:
    account = twin_server.create_account()
    yield boto3.client(
        "s3",
        region_name="auto",
        endpoint_url=twin_server.s3,
        aws_access_key_id=account.access_key_id,
        aws_secret_access_key=account.secret_access_key,
        config=CONFIG,
    )
    twin_server.delete_account(account.id)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.play.__name__)
def test_the_twin_shows_what_moto_shows(ours: S3Client, referee: S3Client, scene: Scene) -> None:
    bucket = scene.play.__name__.replace("_", "-")
    ours.create_bucket(Bucket=bucket)
    with mock_aws():
        referee.create_bucket(Bucket=bucket)
        expected = plain(scene.play(referee, bucket))

    shown = plain(scene.play(ours, bucket))

    if scene.why:
        assert shown == plain(scene.twin)
        assert shown != expected, f"no longer another: {scene.why}"
    else:
        assert shown == expected
