"""Files move from Supabase Storage to R2, with their types and metadata."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from emulator.core.settings import Settings
from emulator.standins.supabase.keys import keys_of
from tests.migrating.conftest import Move


class Storage:
    """Supabase's Storage of the test's account, as the service role."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        headers = {"authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=f"{url}/storage/v1", headers=headers, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def create(self, bucket: str) -> None:
        self._http.post("/bucket", json={"name": bucket}).raise_for_status()

    def put(self, path: str, data: bytes, metadata: str = "", type: str = "text/plain") -> None:
        form = {"cacheControl": "60", **({"metadata": metadata} if metadata else {})}
        file = {"file": ("name", data, type)}
        headers = {"x-upsert": "true"}
        answer = self._http.post(f"/object/{path}", data=form, files=file, headers=headers)
        answer.raise_for_status()


@pytest.fixture
def storage(move: Move) -> Iterator[Storage]:
    storage = Storage(
        f"{move.server.url}/supabase", keys_of(Settings(), move.account.id).service_role
    )
    storage.create("files")
    move.source("CREATE TABLE t (id integer PRIMARY KEY)")
    move.api("POST", "/r2/buckets", json={"name": "r2-files"})
    yield storage
    storage.close()


@pytest.fixture
def moving(move: Move, storage: Storage) -> Move:
    more = {"SUPABASE_URL": storage.url, "SUPABASE_SERVICE_ROLE_KEY": storage.key}
    return Move(move.dsn, move.server, move.account, more=more)


BUCKET = ("--bucket", "files=r2-files")


def objects(move: Move) -> dict[str, Any]:
    return {one["key"]: one for one in move.api("GET", "/r2/buckets/r2-files/objects")}


def test_files_arrive_and_a_second_run_changes_nothing(moving: Move, storage: Storage) -> None:
    big = bytes(range(256)) * 4_000
    storage.put("files/a b/c.png", big, '{"By": "Zoë", "n": [1]}', "image/png")
    storage.put("files/empty.txt", b"")
    for number in range(5):
        storage.put(f"files/deep/er/{number}.txt", b"%d" % number)

    first, second = moving(*BUCKET), moving(*BUCKET)

    assert (first.code, first.report.get("refused")) == (0, []), first.err
    (bucket,) = first.report["buckets"]
    assert (bucket["objects"], bucket["written"], bucket["bytes"]) == (7, 7, len(big) + 5)
    found = objects(moving)["a b/c.png"]
    assert found["http_metadata"] == {"contentType": "image/png", "cacheControl": "max-age=60"}
    assert found["custom_metadata"] == {"by": "Zoë", "n": "[1]"}
    assert (second.code, second.report["changes"], second.report["alike"]) == (0, 0, True)


def test_a_file_that_has_changed_is_sent_again(moving: Move, storage: Storage) -> None:
    storage.put("files/a.txt", b"one")
    storage.put("files/b.txt", b"two")
    moving(*BUCKET)
    storage.put("files/a.txt", b"six")

    again = moving(*BUCKET)

    assert (again.code, again.report["changes"]) == (0, 1), again.report


def test_metadata_that_r2_cannot_keep_is_named(moving: Move, storage: Storage) -> None:
    storage.put("files/a.txt", b"one", '{"a b": "c"}')
    storage.put("files/b.txt", b"two")

    outcome = moving(*BUCKET)

    assert outcome.code == 1
    assert [one["key"] for one in outcome.report["refused"]] == ["a.txt"]
    assert set(objects(moving)) == {"b.txt"}


def test_without_s3_objects_go_by_the_api_and_metadata_is_not_lost_unsaid(
    moving: Move, storage: Storage
) -> None:
    storage.put("files/a.txt", b"one")
    storage.put("files/b.txt", b"two", '{"by": "Ada"}')
    moving.more["AWS_ENDPOINT_URL_S3"] = ""

    outcome = moving(*BUCKET)

    assert (outcome.code, set(objects(moving))) == (1, {"a.txt"})
    assert "--s3-endpoint" in outcome.report["refused"][0]["reason"]


@pytest.mark.parametrize(
    ("bucket", "said"),
    [("files=none", "specified bucket does not exist"), ("none=r2-files", "no bucket none")],
)
def test_a_bucket_that_is_not_there_is_said(moving: Move, bucket: str, said: str) -> None:
    outcome = moving("--bucket", bucket)

    assert outcome.code == 1
    assert said in outcome.err
