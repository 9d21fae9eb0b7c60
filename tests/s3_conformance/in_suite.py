"""A plugin for the suite's own pytest: what it takes for granted and R2 does otherwise.

Each worker has a twin to itself. Waiting moves that twin's clock, and the client's with it,
so that days of a lifecycle pass at once. Buckets are emptied without ListObjectVersions.
"""

import json
import os
import time
from configparser import RawConfigParser
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest


def pytest_configure() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    directory = Path(os.environ["S3_CONFORMANCE_DIR"])
    os.environ["S3TEST_CONF"] = str(directory / f"{worker}.conf")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=waits_for_days)
    conf = RawConfigParser()
    conf.read(os.environ["S3TEST_CONF"])
    clock = TwinTime(conf["twin"]["control"])
    patch = pytest.MonkeyPatch()
    patch.setattr("s3tests.functional.nuke_bucket", BucketCleaner())
    patch.setattr("s3tests.functional.test_s3.time", clock)
    patch.setattr("botocore.auth.get_current_datetime", clock.client_now)


def waits_for_days(item: pytest.Item) -> bool:
    """Those come last: the other tests compare the twin's dates with this machine's."""
    days = item.get_closest_marker("lifecycle") and item.get_closest_marker("fails_on_aws")
    return days is not None


class TwinTime:
    """The module `time` as the suite sees it."""

    def __init__(self, control: str) -> None:
        self._control = control
        self._ahead = timedelta()
        self._botocore = import_module("botocore.compat")

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        body = json.dumps({"advance_seconds": seconds}).encode()
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(f"{self._control}/_twin/clock", body, headers)):
            self._ahead += timedelta(seconds=seconds)

    def client_now(self, remove_tzinfo: bool = True) -> datetime:
        """What requests are signed with; a twin that is ahead would refuse older ones."""
        now: datetime = self._botocore.get_current_datetime(remove_tzinfo)
        return now + self._ahead


class BucketCleaner:
    """Deletes a bucket and all in it, by operations that R2 has.

    A bucket that stays is the fault of the test that made it, so no later one tries again.
    """

    def __init__(self) -> None:
        self._tried = set[str]()

    def __call__(self, client: Any, bucket: str) -> None:
        if bucket in self._tried:
            return
        self._tried.add(bucket)
        delete_objects(client, bucket)
        abort_uploads(client, bucket)
        client.delete_bucket(Bucket=bucket)
        self._tried.discard(bucket)


def delete_objects(client: Any, bucket: str) -> None:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        if keys := [{"Key": found["Key"]} for found in page.get("Contents", [])]:
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys})


def abort_uploads(client: Any, bucket: str) -> None:
    for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
