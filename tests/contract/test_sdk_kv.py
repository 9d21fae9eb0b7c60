"""The official Python SDK's whole KV surface, synchronous and asynchronous, on a real port."""

from typing import Any

import cloudflare as sdk
import pytest
from cloudflare import AsyncCloudflare, Cloudflare
from cloudflare.types.kv.namespace_bulk_get_response import (
    WorkersKVBulkGetResult,
    WorkersKVBulkGetResultWithMetadata,
)
from cloudflare.types.kv.namespace_bulk_update_params import Body

from emulator.testing import RemoteClock, TwinAccount

BYTES = bytes(range(256))
PAIRS: list[Body] = [
    {"key": "a", "value": "1", "metadata": {"n": 1}},
    {"key": "b", "value": "AP8=", "base64": True},
    {"key": "c", "value": "3", "expiration_ttl": 60},
]
# The SDK's methods take differently typed keywords, so their common ones are not typed.
Where = dict[str, Any]


@pytest.fixture
def account(twin_account: TwinAccount) -> Where:
    return {"account_id": twin_account.id}


@pytest.fixture
def namespace_id(cloudflare: Cloudflare, account: Where) -> str:
    made = cloudflare.kv.namespaces.create(**account, title="sessions")
    assert made is not None
    return made.id


@pytest.fixture
def where(account: Where, namespace_id: str) -> Where:
    """What every call below a namespace takes."""
    return {**account, "namespace_id": namespace_id}


def test_namespaces_are_created_read_renamed_and_deleted(
    cloudflare: Cloudflare, where: Where, namespace_id: str, account: Where
) -> None:
    kv = cloudflare.kv.namespaces

    assert kv.update(namespace_id, **account, title="tokens").title == "tokens"
    found = kv.get(namespace_id, **account)
    assert found is not None
    assert (found.title, found.supports_url_encoding) == ("tokens", True)
    kv.delete(namespace_id, **account)

    with pytest.raises(sdk.NotFoundError, match="namespace not found"):
        kv.get(namespace_id, **account)


def test_a_list_of_namespaces_ends(cloudflare: Cloudflare, account: Where) -> None:
    kv = cloudflare.kv.namespaces
    titles = [f"{number:02}" for number in range(11)]
    for title in titles:
        kv.create(**account, title=title, jurisdiction="eu")

    listed = kv.list(**account, order="title", direction="asc", per_page=5)

    assert [namespace.title for namespace in listed] == titles


def test_a_taken_title_is_a_bad_request(
    cloudflare: Cloudflare, account: Where, namespace_id: str
) -> None:
    with pytest.raises(sdk.BadRequestError) as refusal:
        cloudflare.kv.namespaces.create(**account, title="sessions")

    assert [error.code for error in refusal.value.errors] == [10014]


@pytest.mark.parametrize("key", ["plain", "a/b ü?#&%", "%2F", "\0", "!$:@"])
def test_a_value_is_written_read_and_deleted(
    cloudflare: Cloudflare, where: Where, key: str
) -> None:
    values = cloudflare.kv.namespaces.values

    values.update(key, value=BYTES, **where)
    assert values.get(key, **where).read() == BYTES
    values.delete(key, **where)

    with pytest.raises(sdk.NotFoundError) as refusal:
        values.get(key, **where)
    assert [error.code for error in refusal.value.errors] == [10009]


@pytest.mark.parametrize(
    ("metadata", "read"), [({"by": ["ada"]}, {"by": ["ada"]}), ('{"by": "ada"}', {"by": "ada"})]
)
def test_metadata_goes_along_with_a_value(
    cloudflare: Cloudflare, where: Where, metadata: object, read: object
) -> None:
    kv = cloudflare.kv.namespaces

    kv.values.update("key", value=("blob", BYTES), metadata=metadata, **where)

    assert kv.values.get("key", **where).read() == BYTES
    assert kv.metadata.get("key", **where) == read


def test_a_value_expires(cloudflare: Cloudflare, where: Where, twin_clock: RemoteClock) -> None:
    values = cloudflare.kv.namespaces.values
    values.update("key", value=b"value", expiration_ttl=60, **where)

    assert float(values.get("key", **where).headers["expiration"]) > twin_clock.now()
    twin_clock.advance(61)

    with pytest.raises(sdk.NotFoundError):
        values.get("key", **where)


def test_a_second_write_at_once_is_a_rate_limit(cloudflare: Cloudflare, where: Where) -> None:
    values = cloudflare.kv.namespaces.values
    values.update("key", value=b"first", **where)

    with pytest.raises(sdk.RateLimitError):
        values.update("key", value=b"second", **where)


def test_keys_are_listed_over_all_pages(cloudflare: Cloudflare, where: Where) -> None:
    kv = cloudflare.kv.namespaces
    names = [f"a{number:02}" for number in range(25)]
    body: list[Body] = [{"key": name, "value": ""} for name in [*names, "b"]]
    kv.bulk_update(**where, body=body)

    listed = kv.keys.list(**where, prefix="a", limit=10)

    assert [key.name for key in listed] == names


def test_bulks_are_written_read_and_deleted(
    cloudflare: Cloudflare, namespace_id: str, account: Where
) -> None:
    kv = cloudflare.kv.namespaces

    written = kv.bulk_update(namespace_id, **account, body=PAIRS)
    read = kv.bulk_get(namespace_id, **account, keys=["a", "c", "x"], type="json")
    deleted = kv.bulk_delete(namespace_id, **account, body=["a", "b", "c"])

    assert (written and written.successful_key_count) == 3
    assert isinstance(read, WorkersKVBulkGetResult)
    assert read.values == {"a": 1, "c": 3, "x": None}
    assert (deleted and deleted.unsuccessful_keys) == []


def test_bulks_are_read_with_metadata(
    cloudflare: Cloudflare, namespace_id: str, account: Where
) -> None:
    kv = cloudflare.kv.namespaces
    kv.bulk_update(namespace_id, **account, body=PAIRS)

    read = kv.bulk_get(namespace_id, **account, keys=["a", "c"], with_metadata=True)

    assert isinstance(read, WorkersKVBulkGetResultWithMetadata)
    assert read.values is not None
    assert read.values["a"] is not None
    assert (read.values["a"].value, read.values["a"].metadata) == ("1", {"n": 1})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_older_names_of_bulks_work(
    cloudflare: Cloudflare, namespace_id: str, account: Where
) -> None:
    keys = cloudflare.kv.namespaces.keys

    written = keys.bulk_update(namespace_id, **account, body=PAIRS)
    read = keys.bulk_get(namespace_id, **account, keys=["a"])
    deleted = keys.bulk_delete(namespace_id, **account, body=["a"])

    assert (written and written.successful_key_count) == 3
    assert read is not None
    assert read.values == {"a": "1"}
    assert (deleted and deleted.successful_key_count) == 1


async def test_namespaces_asynchronously(async_cloudflare: AsyncCloudflare, account: Where) -> None:
    kv = async_cloudflare.kv.namespaces

    made = await kv.create(**account, title="one")
    assert made is not None
    assert (await kv.update(made.id, **account, title="two")).id == made.id
    assert [namespace.title async for namespace in kv.list(**account)] == ["two"]
    assert await kv.get(made.id, **account) is not None
    await kv.delete(made.id, **account)

    assert [namespace async for namespace in kv.list(**account)] == []


async def test_values_asynchronously(async_cloudflare: AsyncCloudflare, where: Where) -> None:
    kv = async_cloudflare.kv.namespaces

    await kv.values.update("key", value=BYTES, metadata={"n": 1}, **where)
    assert await (await kv.values.get("key", **where)).read() == BYTES
    assert await kv.metadata.get("key", **where) == {"n": 1}
    assert [key.name async for key in kv.keys.list(**where)] == ["key"]
    await kv.values.delete("key", **where)

    with pytest.raises(sdk.NotFoundError):
        await kv.values.get("key", **where)


async def test_bulks_asynchronously(
    async_cloudflare: AsyncCloudflare, namespace_id: str, account: Where
) -> None:
    kv = async_cloudflare.kv.namespaces

    written = await kv.bulk_update(namespace_id, **account, body=PAIRS)
    read = await kv.bulk_get(namespace_id, **account, keys=["a", "c"])
    deleted = await kv.bulk_delete(namespace_id, **account, body=["a"])

    assert (written and written.successful_key_count) == 3
    assert read is not None
    assert read.values == {"a": "1", "c": "3"}
    assert (deleted and deleted.successful_key_count) == 1
