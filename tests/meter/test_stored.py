"""What is stored, which is asked of the stores when somebody reads the meter."""

import httpx

from emulator import Account, Twin


async def test_what_lies_in_the_stores_is_told(client: httpx.AsyncClient, account: Account) -> None:
    database = account.d1.create_database("shop")
    account.d1.open(database.id).execute("CREATE TABLE t (a)")
    namespace = account.kv.create_namespace("carts")
    account.kv.put(namespace.id, "key", b"value", metadata="{}")

    told = (await client.get("/_twin/meter", params={"account_id": account.id})).json()

    assert told["stored"] == {
        "d1_bytes": account.d1.open(database.id).size().bytes,
        "kv_bytes": len("key" + "value" + "{}"),
        "r2_bytes": 0,
        "stored_dimensions": 0,
    }


async def test_reading_the_meter_makes_nothing(
    client: httpx.AsyncClient, twin: Twin, account: Account
) -> None:
    before = sorted(twin.account_path(account.id).rglob("*.sqlite"))

    (await client.get("/_twin/meter")).raise_for_status()

    assert sorted(twin.account_path(account.id).rglob("*.sqlite")) == before
