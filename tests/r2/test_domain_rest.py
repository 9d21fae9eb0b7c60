"""Domains, Sippy and event notifications over the API, byte for byte."""

import re
from typing import Any

import httpx
import pytest

from emulator import Account
from emulator.core.clock import ManualClock
from emulator.r2.bucket import BucketStore
from emulator.r2.limits import MAX_DOMAINS
from tests.assertions import assert_failure

BUCKET = "/r2/buckets/shop"
CUSTOM, MANAGED, SIPPY = f"{BUCKET}/domains/custom", f"{BUCKET}/domains/managed", f"{BUCKET}/sippy"
EVENTS = "/event_notifications/r2/shop/configuration"
QUEUE = f"{EVENTS}/queues/orders"
NO_BUCKET = "The specified bucket does not exist."
NO_DOMAIN = "The specified domain is not attached to this bucket."
NO_EVENTS = "No event notification configuration was found for this bucket."

DOMAIN = {"domain": "img.example", "zoneId": "zone", "enabled": True, "minTLS": "1.2"}
ACTIVE = {"status": {"ownership": "active", "ssl": "active"}}
RULE = {"actions": ["PutObject", "DeleteObject"], "prefix": "in/", "suffix": ".png"}


def success(result: object) -> dict[str, object]:
    return {"result": result, "success": True, "errors": [], "messages": []}


def is_refused(response: httpx.Response) -> bool:
    return (response.status_code, response.json()["errors"][0]["code"]) == (400, 10029)


async def test_a_domain_is_added_and_listed(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    assert (await rest.get(CUSTOM)).json() == success({"domains": []})

    added = await rest.post(CUSTOM, json=DOMAIN)

    assert added.json() == success(DOMAIN)
    assert (await rest.get(CUSTOM)).json() == success({"domains": [DOMAIN | ACTIVE]})
    assert (await rest.get(f"{CUSTOM}/img.example")).json() == success(DOMAIN | ACTIVE)


async def test_a_domain_is_changed(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    await rest.post(CUSTOM, json=DOMAIN)

    changed = await rest.put(f"{CUSTOM}/img.example", json={"enabled": False, "ciphers": ["A"]})

    expected = {"domain": "img.example", "enabled": False, "minTLS": "1.2", "ciphers": ["A"]}
    assert changed.json() == success(expected)
    shown = (await rest.get(f"{CUSTOM}/img.example")).json()["result"]
    assert shown == expected | {"zoneId": "zone"} | ACTIVE


async def test_a_domain_is_removed(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    await rest.post(CUSTOM, json=DOMAIN)

    removed = await rest.delete(f"{CUSTOM}/img.example")

    assert removed.json() == success({"domain": "img.example"})
    assert (await rest.get(CUSTOM)).json() == success({"domains": []})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_domain_is_refused(
    rest: httpx.AsyncClient, shop: BucketStore, method: str
) -> None:
    response = await rest.request(method, f"{CUSTOM}/img.example", json={})

    assert_failure(response, status=404, code=10062, message=NO_DOMAIN)


@pytest.mark.parametrize("name", ["domain", "zoneId", "enabled"])
async def test_a_new_domain_says_all_of_itself(
    rest: httpx.AsyncClient, shop: BucketStore, name: str
) -> None:
    partial = {key: value for key, value in DOMAIN.items() if key != name}

    assert is_refused(await rest.post(CUSTOM, json=partial))


async def test_a_bucket_has_fifty_domains_at_most(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    for number in range(MAX_DOMAINS):
        added = await rest.post(CUSTOM, json=DOMAIN | {"domain": f"{number}.example"})
        assert added.status_code == 200

    again = await rest.post(CUSTOM, json=DOMAIN | {"domain": "0.example"})
    more = await rest.post(CUSTOM, json=DOMAIN)

    assert again.status_code == 200
    message = "A bucket can have at most 50 custom domains."
    assert_failure(more, status=400, code=10913, message=message)


async def test_the_development_address_is_opened_and_closed(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    public_id = shop.bucket.public_id
    shown = {"bucketId": public_id, "domain": f"pub-{public_id}.r2.localhost", "enabled": False}
    assert (await rest.get(MANAGED)).json() == success(shown)

    opened = await rest.put(MANAGED, json={"enabled": True})
    assert opened.json() == success(shown | {"enabled": True})
    assert (await rest.get(MANAGED)).json() == opened.json()
    assert account.r2.public_bucket(public_id) is not None

    assert (await rest.put(MANAGED, json={"enabled": False})).json() == success(shown)
    assert account.r2.public_bucket(public_id) is None


async def test_the_development_address_is_on_or_off(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    assert is_refused(await rest.put(MANAGED, json={}))


async def test_sippy_is_kept_without_its_secrets(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    source = {"provider": "aws", "bucket": "old", "region": "eu-north-1"}
    secrets = {"accessKeyId": "id", "secretAccessKey": "secret"}

    put = await rest.put(SIPPY, json={"source": source | secrets, "destination": secrets})

    destination = {
        "provider": "r2",
        "account": account.id,
        "bucket": "shop",
        "accessKeyId": "id",
    }
    assert put.json() == success({"enabled": True, "source": source, "destination": destination})
    assert (await rest.get(SIPPY)).json() == put.json()


async def test_sippy_is_off_until_it_is_put_and_after_it_is_deleted(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    assert (await rest.get(SIPPY)).json() == success({"enabled": False})
    await rest.put(SIPPY, json={"source": {"provider": "gcs", "bucket": "old"}})

    assert (await rest.delete(SIPPY)).json() == success({"enabled": False})

    assert (await rest.get(SIPPY)).json() == success({"enabled": False})


@pytest.mark.parametrize("source", [{"provider": "ftp"}, {}, {"provider": "aws", "region": 2**70}])
async def test_sippy_knows_four_sources(
    rest: httpx.AsyncClient, shop: BucketStore, source: dict[str, Any]
) -> None:
    assert is_refused(await rest.put(SIPPY, json={"source": source}))


async def test_event_rules_are_added_to_a_queue(
    rest: httpx.AsyncClient, shop: BucketStore, clock: ManualClock
) -> None:
    put = await rest.put(QUEUE, json={"rules": [RULE]})
    clock.advance(1)
    await rest.put(QUEUE, json={"rules": [{"actions": ["CopyObject"], "description": "all"}]})

    assert put.json() == success({})
    queue = (await rest.get(QUEUE)).json()["result"]
    ids = [rule["ruleId"] for rule in queue["rules"]]
    assert all(re.fullmatch(r"[0-9a-f-]{36}", rule_id) for rule_id in ids)
    first = {"ruleId": ids[0], "createdAt": "2026-01-01T00:00:00.000Z", **RULE}
    second = {
        "ruleId": ids[1],
        "createdAt": "2026-01-01T00:00:01.000Z",
        "actions": ["CopyObject"],
        "prefix": "",
        "suffix": "",
        "description": "all",
    }
    assert queue == {"queueId": "orders", "queueName": "orders", "rules": [first, second]}
    assert (await rest.get(EVENTS)).json() == success({"bucketName": "shop", "queues": [queue]})


async def test_event_rules_are_deleted_one_by_one_and_all_at_once(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    await rest.put(QUEUE, json={"rules": [RULE, RULE, RULE]})
    first, second, third = [
        rule["ruleId"] for rule in (await rest.get(QUEUE)).json()["result"]["rules"]
    ]

    one = await rest.request("DELETE", QUEUE, json={"ruleIds": [second]})
    kept = (await rest.get(QUEUE)).json()["result"]["rules"]
    rest_of_them = await rest.delete(QUEUE)

    assert one.json() == rest_of_them.json() == success({})
    assert [rule["ruleId"] for rule in kept] == [first, third]
    assert_failure(await rest.get(QUEUE), status=404, code=11015, message=NO_EVENTS)


async def test_a_queue_without_rules_is_gone(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    await rest.put(QUEUE, json={"rules": [RULE]})
    rule_id = (await rest.get(QUEUE)).json()["result"]["rules"][0]["ruleId"]

    await rest.request("DELETE", QUEUE, json={"ruleIds": [rule_id]})

    assert_failure(await rest.get(EVENTS), status=404, code=11015, message=NO_EVENTS)


@pytest.mark.parametrize(("method", "path"), [("GET", EVENTS), ("GET", QUEUE), ("DELETE", QUEUE)])
async def test_a_new_bucket_notifies_nobody(
    rest: httpx.AsyncClient, shop: BucketStore, method: str, path: str
) -> None:
    response = await rest.request(method, path)

    assert_failure(response, status=404, code=11015, message=NO_EVENTS)


@pytest.mark.parametrize(
    "rules", [[], [{"actions": []}], [{"actions": ["ReadObject"]}], [{"prefix": "a"}]]
)
async def test_a_rule_names_what_it_is_about(
    rest: httpx.AsyncClient, shop: BucketStore, rules: list[dict[str, object]]
) -> None:
    assert is_refused(await rest.put(QUEUE, json={"rules": rules}))


@pytest.mark.parametrize(
    ("path", "code"), [(CUSTOM, 10006), (MANAGED, 10006), (SIPPY, 10006), (EVENTS, 10085)]
)
async def test_a_bucket_that_is_absent_is_reached_nowhere(
    rest: httpx.AsyncClient, path: str, code: int
) -> None:
    assert_failure(await rest.get(path), status=404, code=code, message=NO_BUCKET)


async def test_a_jurisdiction_has_addresses_of_its_own(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    account.r2.create_bucket("shop", "eu")
    eu = {"cf-r2-jurisdiction": "eu"}

    await rest.put(QUEUE, json={"rules": [RULE]}, headers=eu)
    await rest.post(CUSTOM, json=DOMAIN, headers=eu)

    assert (await rest.get(EVENTS, headers=eu)).status_code == 200
    assert_failure(await rest.get(EVENTS), status=404, code=11015, message=NO_EVENTS)
    assert (await rest.get(CUSTOM)).json() == success({"domains": []})
