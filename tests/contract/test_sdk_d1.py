"""The official Python SDK's whole D1 surface, synchronous and asynchronous, on a real port."""

from typing import Any

import cloudflare as sdk
import pytest
from cloudflare import AsyncCloudflare, Cloudflare
from cloudflare.types.d1 import QueryResult

from emulator.testing import TwinAccount

# The SDK's methods take differently typed keywords, so their common ones are not typed.
Where = dict[str, Any]

CREATE = "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a')"


@pytest.fixture
def account(twin_account: TwinAccount) -> Where:
    return {"account_id": twin_account.id}


@pytest.fixture
def database_id(cloudflare: Cloudflare, account: Where) -> str:
    made = cloudflare.d1.database.create(**account, name="shop", primary_location_hint="weur")
    assert made.uuid is not None
    cloudflare.d1.database.query(made.uuid, **account, sql=CREATE)
    return made.uuid


def rows(results: Any) -> list[Any]:
    """The rows of each result of a call."""
    return [QueryResult.model_validate(result).results for result in results]


def test_a_database_is_created_read_changed_and_deleted(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    d1 = cloudflare.d1.database
    mode: Any = {"read_replication": {"mode": "auto"}}

    found = d1.get(database_id, **account)
    assert (found.name, found.num_tables, found.version) == ("shop", 1, "production")
    for change in (d1.update, d1.edit):
        changed = change(database_id, **account, **mode)
        assert changed.read_replication is not None
        assert changed.read_replication.mode == "auto"
    d1.delete(database_id, **account)

    with pytest.raises(sdk.NotFoundError, match="could not be found"):
        d1.get(database_id, **account)


def test_only_the_fields_asked_for_are_answered(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    found = cloudflare.d1.database.get("shop", **account, fields=["uuid", "name"])

    assert found.model_dump(exclude_unset=True) == {"uuid": database_id, "name": "shop"}


def test_a_list_of_databases_ends(cloudflare: Cloudflare, account: Where) -> None:
    names = {f"db{number:02}" for number in range(21)}
    for name in names:
        cloudflare.d1.database.create(**account, name=name, jurisdiction="eu")

    listed = list(cloudflare.d1.database.list(**account, per_page=10))

    assert {database.name for database in listed} == names
    assert len(listed) == 21


def test_a_query_answers_with_objects(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    (result,) = cloudflare.d1.database.query(
        database_id, **account, sql="SELECT * FROM t WHERE id = ?", params=["1"]
    )

    assert (result.success, result.results) == (True, [{"id": 1, "name": "a"}])
    assert result.meta is not None
    assert (result.meta.rows_read, result.meta.served_by_region) == (1, "WEUR")


def test_several_statements_and_a_batch_answer_with_as_many_results(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    d1 = cloudflare.d1.database
    insert = {"sql": "INSERT INTO t(name) VALUES (?) RETURNING id", "params": ["b"]}

    text = d1.query(database_id, **account, sql="SELECT 1 AS n; SELECT 2 AS n")
    batch = d1.query(database_id, **account, batch=[insert, insert])  # type: ignore[list-item]

    assert rows(text) == [[{"n": 1}], [{"n": 2}]]
    assert rows(batch) == [[{"id": 2}], [{"id": 3}]]


def test_raw_answers_with_columns_and_rows(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    (result,) = cloudflare.d1.database.raw(
        database_id, **account, sql="SELECT id, name, x'00ff' AS id FROM t"
    )

    assert result.results is not None
    assert result.results.columns == ["id", "name", "id"]
    assert result.results.rows == [[1, "a", [0, 255]]]


def test_an_sql_error_is_a_bad_request_with_its_code(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    with pytest.raises(sdk.BadRequestError) as refusal:
        cloudflare.d1.database.query(database_id, **account, sql="SELECT nope")

    assert [(error.code, error.message) for error in refusal.value.errors] == [
        (7500, "no such column: nope at offset 7: SQLITE_ERROR")
    ]


def test_a_taken_name_is_a_bad_request(
    cloudflare: Cloudflare, account: Where, database_id: str
) -> None:
    with pytest.raises(sdk.BadRequestError) as refusal:
        cloudflare.d1.database.create(**account, name="shop")

    assert [error.code for error in refusal.value.errors] == [7502]


def test_a_wrong_account_is_not_permitted(cloudflare: Cloudflare, database_id: str) -> None:
    with pytest.raises(sdk.PermissionDeniedError) as refusal:
        cloudflare.d1.database.get(database_id, account_id="0" * 32)

    assert [error.code for error in refusal.value.errors] == [7403]


async def test_the_asynchronous_client_does_it_all(
    async_cloudflare: AsyncCloudflare, account: Where
) -> None:
    d1 = async_cloudflare.d1.database
    made = await d1.create(**account, name="shop")
    assert made.uuid is not None

    created = [result async for result in d1.query(made.uuid, **account, sql=CREATE)]
    read = [result async for result in d1.raw(made.uuid, **account, sql="SELECT name FROM t")]
    listed = [database.name async for database in d1.list(**account)]
    await d1.edit(made.uuid, **account, read_replication={"mode": "disabled"})
    await d1.update(made.uuid, **account, read_replication={"mode": "auto"})
    found = await d1.get(made.uuid, **account)
    await d1.delete(made.uuid, **account)

    assert len(created) == 2
    assert read[0].results is not None
    assert (read[0].results.rows, listed, found.num_tables) == ([["a"]], ["shop"], 1)
