"""The meter's rows are the sums of what D1's answers say, on every committed case."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from emulator.testing import TwinAccount, TwinServer
from tests.meter.conftest import Metered

RECORDED = Path(__file__).parents[2] / "fixtures" / "recorded" / "d1" / "row_counts.json"
SUITES = {suite["name"]: suite for suite in json.loads(RECORDED.read_text())["suites"]}
# In the schema the twin's own tables are rows, too.
SCHEMA = re.compile(r"\b(sqlite_\w+|DROP|ALTER|CREATE|PRAGMA)\b", re.IGNORECASE)
Rows = tuple[int, int]


def rows_in(results: Any) -> Rows:
    metas = [result["meta"] for result in results]
    return sum(m["rows_read"] for m in metas), sum(m["rows_written"] for m in metas)


def added(*rows: Rows) -> Rows:
    return sum(read for read, _ in rows), sum(written for _, written in rows)


class Database:
    """A database of the test's account, asked over REST; what its answers have said."""

    def __init__(self, server: TwinServer, account: TwinAccount) -> None:
        base = f"{server.api}/accounts/{account.id}/d1/database"
        self._client = httpx.Client(base_url=base, headers=account.headers, trust_env=False)
        self._control, self._account_id = server.control, account.id
        made = self._client.post("", json={"name": "cases"}).json()
        self._path = f"/{made['result']['uuid']}/query"
        self.rows: Rows = (0, 0)

    def exactness(self, newest: int) -> list[bool]:
        """Of the last answers, whether the engine calls their rows counted."""
        query: dict[str, Any] = {"account_id": self._account_id, "limit": newest}
        events = self._control.get("/_twin/events", params=query).json()["events"]
        return [(one["detail"] or {}).get("row_counts") == "exact" for one in reversed(events)]

    def close(self) -> None:
        self._client.close()

    def query(self, sql: str, params: list[Any] | None = None) -> Rows:
        reply = self._client.post(self._path, json={"sql": sql, "params": params or []})
        rows = rows_in(reply.json()["result"])
        self.rows = added(self.rows, rows)
        return rows


@pytest.fixture
def database(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Database]:
    database = Database(twin_server, twin_account)
    yield database
    database.close()


@pytest.mark.parametrize("name", SUITES)
def test_the_meter_has_what_the_answers_said_of_every_committed_case(
    database: Database, metered: Metered, name: str
) -> None:
    for sql in SUITES[name]["setup"]:
        database.query(sql)

    cases = [
        (case, database.query(case["sql"], case["params"])) for case in SUITES[name]["statements"]
    ]

    units = metered()
    assert (units["rows_read"], units["rows_written"]) == database.rows
    told = zip(cases, database.exactness(len(cases)), strict=True)
    exact = [
        (recorded(case), rows)
        for (case, rows), is_exact in told
        if is_exact and not SCHEMA.search(case["sql"])
    ]
    assert [(theirs, ours) for theirs, ours in exact if theirs != ours] == []
    assert exact


def recorded(case: dict[str, Any]) -> Rows:
    return case["rows_read"], case["rows_written"]


def test_the_official_sdk_is_told_what_is_metered(
    cloudflare: Cloudflare, twin_account: TwinAccount, metered: Metered
) -> None:
    place: dict[str, Any] = {"account_id": twin_account.id}
    made = cloudflare.d1.database.create(**place, name="shop")
    assert made.uuid is not None
    setup = "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'a'), (2, 'b')"

    pages = [
        cloudflare.d1.database.query(made.uuid, **place, sql=sql)
        for sql in (setup, "SELECT * FROM t", "SELECT a FROM t WHERE id = 1")
    ]

    metas = [one.meta for page in pages for one in page.result if one.meta is not None]
    units = metered()
    assert units["rows_read"] == sum(meta.rows_read or 0 for meta in metas)
    assert units["rows_written"] == sum(meta.rows_written or 0 for meta in metas)
    assert metas[-1].rows_read == 1
