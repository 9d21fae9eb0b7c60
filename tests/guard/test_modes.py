"""off, observe, warn, enforce: what becomes of what is found."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from emulator import Account, Settings, Twin
from emulator.d1.database import D1Database
from emulator.guard.modes import Mode
from emulator.vectorize.models import Metric
from tests.bindings import Runtime

UNBOUND = "DELETE FROM notes WHERE id = 1"


@pytest.fixture
def database(account: Account) -> D1Database:
    database = account.d1.open(account.d1.create_database("shop").id)
    database.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id TEXT)")
    database.execute("INSERT INTO notes VALUES (1, 'anna')")
    return database


def notes(database: D1Database) -> object:
    return database.execute("SELECT count(*) FROM notes")[0].rows[0][0]


def test_it_is_off_and_then_not_even_loaded() -> None:
    code = (
        "import sys, emulator.app; from emulator import Settings, Twin; twin = Twin(Settings());"
        "loaded = [name in sys.modules for name in ('sqlglot', 'emulator.guard.watching')];"
        "print(twin.watch.guard, *loaded)"
    )

    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert told == "None False False\n"


def test_the_setting_turns_it_on_and_is_stronger_than_twin_toml(tmp_path: Path) -> None:
    twin = Twin(Settings(state=tmp_path, guard_mode="warn"))
    twin.watch.declare({"mode": "enforce", "shared": ["countries"]})

    assert twin.watch.mode is Mode.WARN
    twin.close()


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"kv": {"CACHE": "job:*"}}, r"\[guard\] kv: 'job:\*' needs {user} once"),
        ({"owners": {"notes": "a b"}}, r"\[guard\] owners.notes"),
        ({"doors": ["window"]}, "'window' is neither"),
        ({"mode": "loud"}, "off, observe, warn, enforce, not 'loud'"),
    ],
)
def test_what_cannot_be_read_is_told(twin: Twin, table: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        twin.watch.declare(table)


async def test_the_control_plane_tells_turns_and_forgets(
    client: httpx.AsyncClient, rest: httpx.AsyncClient, database: D1Database
) -> None:
    control = "http://twin/_twin/guard"
    sql = {"sql": UNBOUND}

    assert (await client.get(control)).json() == {"mode": "off", "findings": [], "dropped": 0}
    assert (await client.put(control, json={"mode": "observe"})).json() == {"mode": "observe"}
    await rest.post(f"/d1/database/{database.id}/query", json=sql)
    [found] = (await client.get(control)).json()["findings"]
    await client.put(control, json={"mode": "off"})
    await rest.post(f"/d1/database/{database.id}/query", json=sql)
    kept = (await client.get(control)).json()["findings"]
    await client.delete(control)

    assert (found["rule"], found["statement"]) == ("tenancy/unbound-change", UNBOUND)
    assert kept == [found]
    assert (await client.get(control)).json()["findings"] == []
    assert (await client.put(control, json={"mode": "loud"})).status_code == 400


async def test_enforced_a_statement_fails_as_sql_does_and_changes_nothing(
    twin: Twin, rest: httpx.AsyncClient, database: D1Database
) -> None:
    twin.watch.turn("enforce")
    insert = {"sql": "INSERT INTO notes VALUES (2, ?)", "params": ["anna"]}
    batch = {"batch": [insert, {"sql": UNBOUND}]}

    answer = await rest.post(f"/d1/database/{database.id}/query", json=batch)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (400, 7500)
    assert error["message"].startswith("tenancy audit: tenancy/unbound-change on notes: ")
    assert "user_id" in error["message"]
    assert notes(database) == 1


async def test_enforced_a_worker_reads_which_rule_it_was(
    twin: Twin, runtime: Runtime, database: D1Database
) -> None:
    twin.watch.turn("enforce")
    env = await runtime.bind("d1", database.id)

    answer = (await env.post("/execute", json={"sql": UNBOUND})).json()

    assert answer["success"] is False
    assert answer["error"].startswith("tenancy audit: tenancy/unbound-change on notes: ")
    assert notes(database) == 1


async def test_enforced_other_products_refuse_in_their_own_way(
    twin: Twin, account: Account, runtime: Runtime
) -> None:
    namespace = account.kv.create_namespace("cache").id
    account.vectorize.create_index("shop", 2, Metric.COSINE)
    table = {"kv": {namespace: "job:{user}:*"}, "vectorize": {"shop": ["userId"]}}
    twin.watch.declare({**table, "mode": "enforce"})
    kv, index = await runtime.bind("kv", namespace), await runtime.bind("vectorize", "shop")

    put = await kv.put("/job-7", content=b"x")
    asked = await index.post("/query", json={"vector": [1, 0]})

    assert (put.status_code, put.text[:46]) == (
        403,
        "tenancy audit: tenancy/key-without-user on " + namespace[:3],
    )
    assert asked.status_code == 403
    assert "tenancy/vector-query-without-owner on shop" in asked.json()["error"]


async def test_a_note_is_never_refused(
    twin: Twin, database: D1Database, rest: httpx.AsyncClient
) -> None:
    twin.watch.turn("enforce")

    answer = await rest.post(
        f"/d1/database/{database.id}/query",
        json={"sql": "SELECT * FROM notes WHERE user_id = ?", "params": ["anna"]},
    )

    assert answer.json()["success"] is True


async def test_an_account_that_is_emptied_has_no_findings(
    twin: Twin, account: Account, rest: httpx.AsyncClient, database: D1Database
) -> None:
    twin.watch.turn("observe")
    await rest.post(f"/d1/database/{database.id}/query", json={"sql": UNBOUND})
    assert twin.watch.findings.all()

    twin.reset(account.id)

    assert twin.watch.findings.all() == []
