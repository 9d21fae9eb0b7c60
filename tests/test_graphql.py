"""The analytics queries wrangler sends, and what they are answered with."""

from collections.abc import Mapping

import httpx
import pytest

from emulator import Account, Twin
from tests.assertions import assert_failure

PATH = "/client/v4/graphql"
# As wrangler sends them, the fields aside.
D1_QUERY = "query getD1MetricsOverviewQuery { viewer { d1AnalyticsAdaptiveGroups } }"
R2_QUERY = "query getR2StorageMetrics { viewer { r2StorageAdaptiveGroups } }"
TIMES = {"datetime_geq": "2025-12-31T00:00:00Z", "datetime_leq": "2026-01-01T00:00:00Z"}


@pytest.fixture
def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def body(query: str, account_id: str, wanted: Mapping[str, object]) -> dict[str, object]:
    return {"query": query, "variables": {"accountTag": account_id, "filter": wanted}}


def answer(dataset: str, *groups: object) -> dict[str, object]:
    return {"data": {"viewer": {"accounts": [{dataset: list(groups)}]}}, "errors": None}


async def test_a_database_tells_how_it_was_used(
    client: httpx.AsyncClient, account: Account, headers: dict[str, str]
) -> None:
    database = account.d1.create_database("shop")
    wanted = {"AND": [TIMES, {"databaseId": database.id}]}

    response = await client.post(PATH, json=body(D1_QUERY, account.id, wanted), headers=headers)

    counters = {"readQueries": 0, "writeQueries": 0, "rowsRead": 0, "rowsWritten": 0}
    assert response.json() == answer("d1AnalyticsAdaptiveGroups", {"sum": counters})


@pytest.mark.parametrize(("jurisdiction", "name"), [("default", "shop"), ("eu", "eu_shop")])
async def test_a_bucket_tells_what_it_holds(
    client: httpx.AsyncClient,
    account: Account,
    headers: dict[str, str],
    jurisdiction: str,
    name: str,
) -> None:
    account.r2.create_bucket("shop", jurisdiction)
    account.r2.bucket("shop", jurisdiction).write("key", b"value")
    wanted = {**TIMES, "bucketName": name}

    response = await client.post(PATH, json=body(R2_QUERY, account.id, wanted), headers=headers)

    held = {"objectCount": 1, "payloadSize": 5, "metadataSize": 3}
    assert response.json() == answer("r2StorageAdaptiveGroups", {"max": held})


async def test_a_query_for_nothing_in_particular_is_empty(
    client: httpx.AsyncClient, account: Account, headers: dict[str, str]
) -> None:
    response = await client.post(PATH, json=body(R2_QUERY, account.id, TIMES), headers=headers)

    assert response.json() == answer("r2StorageAdaptiveGroups")


async def test_another_accounts_bucket_is_not_told_of(
    client: httpx.AsyncClient, twin: Twin, account: Account, headers: dict[str, str]
) -> None:
    other = twin.create_account("Another tenant")[0].id
    twin.account(other).r2.create_bucket("shop")
    wanted = {"bucketName": "shop"}

    response = await client.post(PATH, json=body(R2_QUERY, other, wanted), headers=headers)

    assert_failure(response, status=403, code=10000, message="Authentication error")


async def test_another_dataset_is_refused(
    client: httpx.AsyncClient, account: Account, headers: dict[str, str]
) -> None:
    query = body("query { viewer { httpRequestsAdaptive } }", account.id, {})

    response = await client.post(PATH, json=query, headers=headers)

    message = "graphql: this dataset is not implemented by Cloudflare Twin"
    assert_failure(response, status=501, code=501, message=message)
