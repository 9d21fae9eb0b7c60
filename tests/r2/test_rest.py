"""R2's buckets over the API: what goes over the wire, byte for byte."""

import httpx
import pytest

from emulator import Account
from emulator.r2.bucket import BucketStore
from emulator.r2.models import Attributes
from tests.assertions import assert_failure
from tests.r2.stores import put_part

BUCKETS = "/r2/buckets"
EU = {"cf-r2-jurisdiction": "eu"}
CREATED = "2026-01-01T00:00:00.000Z"


def bucket_json(name: str, **differences: str) -> dict[str, str]:
    """A bucket as it is shown, but for the differences."""
    shown = {
        "name": name,
        "creation_date": CREATED,
        "location": "WEUR",
        "storage_class": "Standard",
        "jurisdiction": "default",
    }
    return shown | differences


def names(response: httpx.Response) -> list[str]:
    return [row["name"] for row in response.json()["result"]["buckets"]]


async def test_a_bucket_is_created(rest: httpx.AsyncClient) -> None:
    body = {"name": "shop", "locationHint": "apac", "storageClass": "InfrequentAccess"}

    response = await rest.post(BUCKETS, json=body)

    assert response.status_code == 200
    assert response.json() == {
        "result": bucket_json("shop", location="APAC", storage_class="InfrequentAccess"),
        "success": True,
        "errors": [],
        "messages": [],
    }


async def test_json_that_says_it_is_text_is_read(rest: httpx.AsyncClient) -> None:
    headers = {"content-type": "text/plain;charset=UTF-8"}

    response = await rest.post(BUCKETS, content=b'{"name":"shop"}', headers=headers)

    assert response.json()["result"] == bucket_json("shop")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"name": 5}'])
async def test_a_bucket_needs_a_body_that_is_one(rest: httpx.AsyncClient, body: bytes) -> None:
    response = await rest.post(BUCKETS, content=body)

    message = "The JSON you provided was not well formed."
    assert_failure(response, status=400, code=10040, message=message)


async def test_a_name_must_be_one(rest: httpx.AsyncClient) -> None:
    response = await rest.post(BUCKETS, json={"name": "Not_a_bucket"})

    message = "The specified bucket name is not valid."
    assert_failure(response, status=400, code=10005, message=message)


@pytest.mark.parametrize("more", [{"locationHint": "moon"}, {"storageClass": "Glacier"}])
async def test_places_and_classes_are_cloudflares(
    rest: httpx.AsyncClient, more: dict[str, str]
) -> None:
    response = await rest.post(BUCKETS, json={"name": "shop", **more})

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 10029)


async def test_a_name_is_given_once(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    response = await rest.post(BUCKETS, json={"name": "shop"})

    message = "The bucket you tried to create already exists, and you own it."
    assert_failure(response, status=409, code=10004, message=message)


async def test_a_name_is_given_once_in_each_jurisdiction(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    created = await rest.post(BUCKETS, json={"name": "shop"}, headers=EU)
    found = await rest.get(f"{BUCKETS}/shop", headers=EU)

    assert created.json()["result"] == bucket_json("shop", jurisdiction="eu")
    assert found.json()["result"] == created.json()["result"]
    assert names(await rest.get(BUCKETS, headers=EU)) == ["shop"]
    assert (await rest.get(f"{BUCKETS}/shop")).json()["result"] == bucket_json("shop")


async def test_a_bucket_changes_its_storage_class(
    rest: httpx.AsyncClient, shop: BucketStore
) -> None:
    infrequent = {"cf-r2-storage-class": "InfrequentAccess"}

    response = await rest.patch(f"{BUCKETS}/shop", headers=infrequent)

    changed = bucket_json("shop", storage_class="InfrequentAccess")
    assert response.json()["result"] == changed
    assert (await rest.get(f"{BUCKETS}/shop")).json()["result"] == changed


@pytest.mark.parametrize("headers", [{}, {"cf-r2-storage-class": "Glacier"}])
async def test_a_change_needs_a_storage_class(
    rest: httpx.AsyncClient, shop: BucketStore, headers: dict[str, str]
) -> None:
    response = await rest.patch(f"{BUCKETS}/shop", headers=headers)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 10029)


async def test_an_empty_bucket_is_deleted(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    assert (await rest.delete(f"{BUCKETS}/shop")).json()["result"] == {}

    message = "The specified bucket does not exist."
    for gone in (await rest.get(f"{BUCKETS}/shop"), await rest.delete(f"{BUCKETS}/shop")):
        assert_failure(gone, status=404, code=10006, message=message)


async def test_a_bucket_with_objects_stays(rest: httpx.AsyncClient, shop: BucketStore) -> None:
    shop.write("key", b"value")

    response = await rest.delete(f"{BUCKETS}/shop")

    message = "The bucket you tried to delete is not empty"
    assert_failure(response, status=409, code=10008, message=message)


async def test_buckets_are_listed_by_name(rest: httpx.AsyncClient, account: Account) -> None:
    for name in ("two", "one", "six"):
        account.r2.create_bucket(name)

    response = await rest.get(BUCKETS)

    assert response.json() == {
        "result": {"buckets": [bucket_json("one"), bucket_json("six"), bucket_json("two")]},
        "success": True,
        "errors": [],
        "messages": [],
        "result_info": {"per_page": 20},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"name_contains": "o"}, ["one", "two"]),
        ({"start_after": "one"}, ["six", "two"]),
        ({"start_after": "p"}, ["six", "two"]),
        ({"order": "name", "direction": "desc"}, ["two", "six", "one"]),
        ({"direction": "desc", "start_after": "six"}, ["one"]),
    ],
)
async def test_a_list_is_narrowed_and_turned(
    rest: httpx.AsyncClient, account: Account, query: dict[str, str], expected: list[str]
) -> None:
    for name in ("two", "one", "six"):
        account.r2.create_bucket(name)

    assert names(await rest.get(BUCKETS, params=query)) == expected


@pytest.mark.parametrize(("direction", "after"), [("asc", ""), ("desc", "z")])
async def test_a_long_list_comes_in_pages(
    rest: httpx.AsyncClient, account: Account, direction: str, after: str
) -> None:
    made = [f"b{number:02}" for number in range(5)]
    for name in made:
        account.r2.create_bucket(name)
    query = {"per_page": "2", "direction": direction, "start_after": after}

    pages = []
    while True:
        page = await rest.get(BUCKETS, params=query)
        pages.append(names(page))
        if "cursor" not in page.json()["result_info"]:
            break
        query["cursor"] = page.json()["result_info"]["cursor"]

    assert [len(page) for page in pages] == [2, 2, 1]
    listed = [name for page in pages for name in page]
    assert listed == sorted(made, reverse=direction == "desc")


async def test_a_full_page_may_be_the_last(rest: httpx.AsyncClient, account: Account) -> None:
    for name in ("one", "two"):
        account.r2.create_bucket(name)

    response = await rest.get(BUCKETS, params={"per_page": "2"})

    assert names(response) == ["one", "two"]
    assert response.json()["result_info"] == {"per_page": 2}


@pytest.mark.parametrize(
    "query", [{"order": "size"}, {"direction": "up"}, {"per_page": "many"}, {"per_page": "1" * 20}]
)
async def test_an_absurd_list_is_refused(rest: httpx.AsyncClient, query: dict[str, str]) -> None:
    response = await rest.get(BUCKETS, params=query)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 10029)


async def test_metrics_tell_what_all_buckets_hold(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    shop.write("key", b"value", custom={"by": "ada"})
    upload = shop.uploads.create("large", Attributes())
    await put_part(account.r2, shop, ("large", upload.id), 1, b"part")
    nothing = {"objects": 0, "payloadSize": 0, "metadataSize": 0}

    response = await rest.get("/r2/metrics")

    assert response.json()["result"] == {
        "standard": {
            "published": {"objects": 1, "payloadSize": 5, "metadataSize": 15},
            "uploaded": {"objects": 1, "payloadSize": 4, "metadataSize": 0},
        },
        "infrequentAccess": {"published": nothing, "uploaded": nothing},
    }


@pytest.mark.parametrize(
    "path", ["/r2/buckets/shop/local-uploads", "/slurper/jobs", "/r2-catalog", "/r2/sql"]
)
async def test_what_is_not_built_says_so(rest: httpx.AsyncClient, path: str) -> None:
    response = await rest.get(path)

    assert response.status_code == 501
    assert "is not implemented by Cloudflare Twin" in response.json()["errors"][0]["message"]
