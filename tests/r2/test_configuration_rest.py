"""CORS, lifecycle and lock rules over the API, byte for byte."""

from typing import Any

import httpx
import pytest

from emulator import Account
from emulator.core.clock import ManualClock
from emulator.r2.bucket import BucketStore
from emulator.r2.limits import MAX_RULES
from tests.assertions import assert_failure

BUCKET = "/r2/buckets/shop"
DAY = 86_400
NO_BUCKET = "The specified bucket does not exist."

CORS_RULE = {
    "id": "web",
    "allowed": {
        "origins": ["https://shop.example", "https://*.example", "*"],
        "methods": ["GET", "PUT", "POST", "DELETE", "HEAD"],
        "headers": ["x-amz-*"],
    },
    "exposeHeaders": ["ETag"],
    "maxAgeSeconds": 60,
}
LIFECYCLE_RULE = {
    "id": "old",
    "enabled": True,
    "conditions": {"prefix": "logs/"},
    "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 30 * DAY}},
    "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": DAY}},
    "storageClassTransitions": [
        {
            "condition": {"type": "Date", "date": "2026-02-01T00:00:00Z"},
            "storageClass": "InfrequentAccess",
        }
    ],
}
LOCK_RULE = {
    "id": "kept",
    "enabled": True,
    "prefix": "logs/",
    "condition": {"type": "Age", "maxAgeSeconds": DAY},
}
RULES: dict[str, dict[str, Any]] = {
    "cors": CORS_RULE,
    "lifecycle": LIFECYCLE_RULE,
    "lock": LOCK_RULE,
}


def success(result: object) -> dict[str, object]:
    return {"result": result, "success": True, "errors": [], "messages": []}


@pytest.mark.parametrize("kind", RULES)
async def test_rules_are_kept_as_they_came(
    rest: httpx.AsyncClient, shop: BucketStore, kind: str
) -> None:
    rules = {"rules": [RULES[kind]]}

    put = await rest.put(f"{BUCKET}/{kind}", json=rules)

    assert put.json() == success({})
    assert (await rest.get(f"{BUCKET}/{kind}")).json() == success(rules)


async def test_a_new_bucket_gives_up_uploads_after_a_week(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    response = await rest.get(f"{BUCKET}/lifecycle")

    rule = {
        "id": "Default Multipart Abort Rule",
        "enabled": True,
        "conditions": {"prefix": ""},
        "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 7 * DAY}},
    }
    assert response.json() == success({"rules": [rule]})


async def test_a_new_bucket_has_no_locks_and_no_cors(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    lock, cors = await rest.get(f"{BUCKET}/lock"), await rest.get(f"{BUCKET}/cors")

    assert lock.json() == success({"rules": []})
    message = "The CORS configuration does not exist."
    assert_failure(cors, status=404, code=10059, message=message)


async def test_cors_rules_are_deleted(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    await rest.put(f"{BUCKET}/cors", json={"rules": [CORS_RULE]})

    assert (await rest.delete(f"{BUCKET}/cors")).json() == success({})

    assert (await rest.get(f"{BUCKET}/cors")).status_code == 404


@pytest.mark.parametrize("kind", ["lifecycle", "lock"])
async def test_all_rules_may_be_taken_away(
    rest: httpx.AsyncClient, shop: BucketStore, kind: str
) -> None:
    await rest.put(f"{BUCKET}/{kind}", json={"rules": [RULES[kind]]})

    await rest.put(f"{BUCKET}/{kind}", json={})

    assert (await rest.get(f"{BUCKET}/{kind}")).json() == success({"rules": []})


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_bucket_that_is_absent_has_no_rules(
    rest: httpx.AsyncClient, kind: str, method: str
) -> None:
    response = await rest.request(method, f"{BUCKET}/{kind}", json={"rules": []})

    assert_failure(response, status=404, code=10006, message=NO_BUCKET)


@pytest.mark.parametrize("kind", RULES)
async def test_what_is_no_json_is_refused(
    rest: httpx.AsyncClient, shop: BucketStore, kind: str
) -> None:
    response = await rest.put(f"{BUCKET}/{kind}", content=b"{")

    message = "The JSON you provided was not well formed."
    assert_failure(response, status=400, code=10040, message=message)


@pytest.mark.parametrize(
    ("kind", "differences"),
    [
        ("cors", {"allowed": {"origins": ["*"], "methods": ["TRACE"]}}),
        ("cors", {"allowed": {"origins": ["shop.example/path"], "methods": ["GET"]}}),
        ("cors", {"maxAgeSeconds": -1}),
        ("cors", {"maxAge": 60}),
        ("lifecycle", {"enabled": "perhaps"}),
        ("lifecycle", {"deleteObjectsTransition": {"condition": {"type": "Age"}}}),
        ("lifecycle", {"deleteObjectsTransition": {"condition": {"type": "Date", "date": "soon"}}}),
        ("lifecycle", {"deleteObjectsTransition": {"condition": {"type": "Never"}}}),
        ("lifecycle", {"id": None}),
        ("lock", {"condition": {"type": "Age", "maxAge": DAY}}),
        ("lock", {"condition": {"type": "Age", "maxAgeSeconds": 10**30}}),
        ("lock", {"condition": None}),
    ],
)
async def test_a_rule_must_be_one(
    rest: httpx.AsyncClient, shop: BucketStore, kind: str, differences: dict[str, object]
) -> None:
    response = await rest.put(f"{BUCKET}/{kind}", json={"rules": [RULES[kind] | differences]})

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 10029)


async def test_a_refusal_names_what_is_wrong(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    rule = {"id": "kept", "enabled": True}

    response = await rest.put(f"{BUCKET}/lock", json={"rules": [rule]})

    message = "Invalid property: rules.0.condition => Required"
    assert_failure(response, status=400, code=10029, message=message)


async def test_rules_are_a_thousand_at_most(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    many = [LOCK_RULE | {"id": str(number)} for number in range(MAX_RULES + 1)]

    fits = await rest.put(f"{BUCKET}/lock", json={"rules": many[1:]})
    more = await rest.put(f"{BUCKET}/lock", json={"rules": many})

    assert fits.status_code == 200
    assert_failure(more, status=400, code=10029, message="at most 1000 rules are allowed")


async def test_rules_take_effect(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore, clock: ManualClock
) -> None:
    shop.write("logs/1", b"")
    await rest.put(f"{BUCKET}/lifecycle", json={"rules": [LIFECYCLE_RULE]})
    await rest.put(f"{BUCKET}/lock", json={"rules": [LOCK_RULE]})
    path = f"{BUCKET}/objects/logs/1"

    assert (await rest.delete(path)).status_code == 403
    clock.advance(DAY)
    assert (await rest.put(path, content=b"again")).status_code == 200
    clock.advance(30 * DAY)

    assert (await rest.get(path)).status_code == 404


async def test_a_jurisdiction_has_rules_of_its_own(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    account.r2.create_bucket("shop", "eu")
    eu, rules = {"cf-r2-jurisdiction": "eu"}, {"rules": [LOCK_RULE]}

    await rest.put(f"{BUCKET}/lock", json=rules, headers=eu)

    assert (await rest.get(f"{BUCKET}/lock", headers=eu)).json() == success(rules)
    assert (await rest.get(f"{BUCKET}/lock")).json() == success({"rules": []})
