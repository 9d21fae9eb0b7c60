"""The official Python SDK moves databases in, out and back in time."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import cloudflare as sdk
import httpx
import pytest
from cloudflare import AsyncCloudflare, Cloudflare

from emulator.testing import RemoteClock, TwinAccount

Where = dict[str, Any]

CREATE = "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a')"
FILE = b"INSERT INTO t VALUES (2, 'b; c');\nINSERT INTO t VALUES (3, 'd');\n"
ETAG = hashlib.md5(FILE, usedforsecurity=False).hexdigest()


@pytest.fixture
def account(twin_account: TwinAccount) -> Where:
    return {"account_id": twin_account.id}


@pytest.fixture
def database_id(cloudflare: Cloudflare, account: Where) -> str:
    made = cloudflare.d1.database.create(**account, name="shop")
    assert made.uuid is not None
    cloudflare.d1.database.query(made.uuid, **account, sql=CREATE)
    return made.uuid


def names(cloudflare: Cloudflare, account: Where, database_id: str) -> list[object]:
    (result,) = cloudflare.d1.database.raw(
        database_id, **account, sql="SELECT name FROM t ORDER BY id"
    )
    assert result.results is not None
    return [row[0] for row in result.results.rows or []]


def test_a_file_is_uploaded_and_imported(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    d1 = cloudflare.d1.database
    begun = d1.import_(database_id, **account, action="init", etag=ETAG)
    assert begun.upload_url is not None
    assert begun.filename is not None
    uploaded = httpx.put(begun.upload_url, content=FILE, trust_env=False)
    assert (uploaded.status_code, uploaded.headers["etag"].strip('"')) == (200, ETAG)

    done = d1.import_(database_id, **account, action="ingest", etag=ETAG, filename=begun.filename)

    assert (done.status, done.result and done.result.num_queries) == ("complete", 2)
    assert names(cloudflare, account, database_id) == ["a", "b; c", "d"]


def test_polling_an_import_that_is_over_says_so(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    state = cloudflare.d1.database.import_(
        database_id, **account, action="poll", current_bookmark="0" * 8
    )

    assert (state.success, state.error) == (False, "Not currently importing anything.")


def test_an_export_is_a_file_of_sql(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    state = cloudflare.d1.database.export(database_id, **account, output_format="polling")

    assert state.status == "complete"
    assert state.result is not None
    assert state.result.signed_url is not None
    dump = httpx.get(state.result.signed_url, trust_env=False).text
    assert dump.startswith("PRAGMA defer_foreign_keys=TRUE;")
    assert "INSERT INTO" in dump


def test_a_restore_goes_back_and_its_own_bookmark_forth(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    travel = cloudflare.d1.database.time_travel
    before = travel.get_bookmark(database_id, **account).bookmark
    assert before is not None
    cloudflare.d1.database.query(database_id, **account, sql="DELETE FROM t")

    restored = travel.restore(database_id, **account, bookmark=before)
    assert names(cloudflare, account, database_id) == ["a"]

    assert restored.previous_bookmark is not None
    travel.restore(database_id, **account, bookmark=restored.previous_bookmark)
    assert names(cloudflare, account, database_id) == []


def test_a_restore_to_a_time(
    cloudflare: Cloudflare, account: Where, database_id: str, twin_clock: RemoteClock
) -> None:
    moment = datetime.fromtimestamp(twin_clock.now(), UTC)
    twin_clock.advance(60)
    cloudflare.d1.database.query(database_id, **account, sql="DELETE FROM t")

    cloudflare.d1.database.time_travel.restore(database_id, **account, timestamp=moment)

    assert names(cloudflare, account, database_id) == ["a"]


def test_a_bookmark_that_is_none_is_refused(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    with pytest.raises(sdk.BadRequestError) as refusal:
        cloudflare.d1.database.time_travel.restore(database_id, **account, bookmark="yesterday")

    assert [error.code for error in refusal.value.errors] == [7400]


async def test_the_asynchronous_client_does_it_all(
    async_cloudflare: AsyncCloudflare, account: Where, database_id: str
) -> None:
    d1 = async_cloudflare.d1.database
    exported = await d1.export(database_id, **account, output_format="polling")
    begun = await d1.import_(database_id, **account, action="init", etag=ETAG)
    marked = await d1.time_travel.get_bookmark(database_id, **account)
    assert marked.bookmark is not None
    restored = await d1.time_travel.restore(database_id, **account, bookmark=marked.bookmark)

    assert (exported.status, bool(begun.upload_url)) == ("complete", True)
    assert restored.previous_bookmark == marked.bookmark
