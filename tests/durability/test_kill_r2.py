"""`kill -9` during a load of PUTs and multipart uploads: what was acknowledged is whole, and
nothing else is to be seen.

Content follows from its key, so whoever finds an object can tell whether it is whole. All of
it twice, side by side.
"""

import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.durability import ROUNDS

WRITERS = 4
BUCKET = "ledger"
PART_BYTES = 5 * 1_048_576
PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")
# Inline, one blob, and two parts.
SIZES = (1_000, 60_000, PART_BYTES + 1_000)
CLIENT = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


@dataclass(slots=True)
class Ledger:
    """What was tried and what of it was acknowledged."""

    tried: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Running:
    process: subprocess.Popen[str]
    s3: Any


def content(key: str) -> bytes:
    """The bytes that belong to the key."""
    size = SIZES[int(key.partition("-")[0])]
    return hashlib.sha256(key.encode()).digest() * (size // 32 + 1)


def etag(key: str) -> str:
    data = content(key)
    if len(data) <= PART_BYTES:
        return hashlib.md5(data, usedforsecurity=False).hexdigest()
    parts = (data[:PART_BYTES], data[PART_BYTES:])
    md5s = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)
    return hashlib.md5(md5s, usedforsecurity=False).hexdigest() + "-2"


@contextmanager
def twin_on(state: Path) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "up", "--json", "--state", str(state), *PORTS],
        cwd=state.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    keys = ready["r2"]
    s3 = boto3.client(
        "s3",
        endpoint_url=ready["s3"],
        aws_access_key_id=keys["access_key_id"],
        aws_secret_access_key=keys["secret_access_key"],
        region_name="auto",
        config=CLIENT,
    )
    try:
        yield Running(process, s3)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        s3.close()


def write(s3: Any, key: str) -> None:
    data = content(key)
    if len(data) <= PART_BYTES:
        s3.put_object(Bucket=BUCKET, Key=key, Body=data)
        return
    named = {"Bucket": BUCKET, "Key": key}
    upload_id = s3.create_multipart_upload(**named)["UploadId"]
    parts = []
    for number, part in enumerate((data[:PART_BYTES], data[PART_BYTES:]), start=1):
        answer = s3.upload_part(**named, UploadId=upload_id, PartNumber=number, Body=part)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    s3.complete_multipart_upload(**named, UploadId=upload_id, MultipartUpload={"Parts": parts})


def write_until_killed(s3: Any, name: str, chance: random.Random, ledger: Ledger) -> None:
    number = 0
    while True:
        kind = chance.choices(range(len(SIZES)), weights=(6, 3, 1))[0]
        key = f"{kind}-{name}-{number}"
        number += 1
        ledger.tried.add(key)
        try:
            write(s3, key)
        except (BotoCoreError, ClientError):
            return
        ledger.acknowledged.add(key)


def listed(s3: Any) -> dict[str, str]:
    """Every visible key and its ETag."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return {
        row["Key"]: row["ETag"].strip('"') for page in pages for row in page.get("Contents", ())
    }


def check(s3: Any, ledger: Ledger, fresh: set[str]) -> None:
    """All that was acknowledged, and of the rest no more than was on its way."""
    found = listed(s3)
    assert ledger.acknowledged <= set(found) <= ledger.tried
    assert len(set(found) - ledger.acknowledged) <= WRITERS
    assert all(found[key] == etag(key) for key in found)
    for key in fresh & set(found):
        assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == content(key)
    # What was on its way and is there has happened: it must not be lost again.
    ledger.acknowledged |= set(found)


def unwanted_blobs(state: Path) -> set[str]:
    """Blobs on disk that no row refers to."""
    [r2] = (state / "accounts").glob("*/r2")
    on_disk = {path.name for path in (r2 / "blobs").rglob("*") if path.is_file()}
    with closing(sqlite3.connect(r2 / "r2.sqlite")) as catalogue:
        sql = "SELECT blob FROM pieces UNION SELECT blob FROM parts"
        return on_disk - {blob for (blob,) in catalogue.execute(sql)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_acknowledged_object_is_whole_after_kill_9(tmp_path: Path, seed: int) -> None:
    state, chance, ledger = tmp_path / "state", random.Random(seed), Ledger()
    with twin_on(state) as running:
        running.s3.create_bucket(Bucket=BUCKET)

    fresh: set[str] = set()
    for turn in range(ROUNDS):
        with twin_on(state) as running:
            check(running.s3, ledger, fresh)
            assert unwanted_blobs(state) == set()
            before = set(ledger.tried)
            writers = [
                Thread(
                    target=write_until_killed,
                    args=(
                        running.s3,
                        f"{turn}-{name}",
                        random.Random(f"{seed} {turn} {name}"),
                        ledger,
                    ),
                )
                for name in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            Event().wait(chance.uniform(0.05, 0.4))
            running.process.kill()
            for writer in writers:
                writer.join()
            fresh = ledger.tried - before

    with twin_on(state) as running:
        check(running.s3, ledger, fresh)
    kinds = {key.partition("-")[0] for key in ledger.acknowledged}
    assert kinds == {"0", "1", "2"}
