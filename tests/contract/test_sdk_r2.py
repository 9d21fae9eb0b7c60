"""The official Python SDK's whole R2 surface, synchronous and asynchronous, on a real port."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import cloudflare as sdk
import pytest
from cloudflare import AsyncCloudflare, Cloudflare
from cloudflare.types.r2.buckets.lock_get_response import RuleConditionR2LockRuleAgeCondition

from emulator.testing import TwinAccount
from tests.contract.boto import S3Clients, refused

BYTES = bytes(range(256)) * 1_000
KEYS = ["plain", "a/b ü?#&%", "%2F", "!$:@", "a//b", "/a", "a/../b"]
# The SDK's methods take differently typed keywords, so their common ones are not typed.
Where = dict[str, Any]
Rules = list[Any]

CORS: Rules = [{"allowed": {"origins": ["https://a.example"], "methods": ["GET", "PUT"]}}]
LIFECYCLE: Rules = [
    {
        "id": "old",
        "enabled": True,
        "conditions": {"prefix": "logs/"},
        "delete_objects_transition": {"condition": {"type": "Age", "max_age": 86_400}},
        "storage_class_transitions": [
            {
                "condition": {"type": "Date", "date": datetime(2027, 1, 1)},
                "storage_class": "InfrequentAccess",
            }
        ],
    }
]
LOCKS: Rules = [
    {"id": "a", "enabled": True, "condition": {"type": "Age", "max_age_seconds": 60}},
    {"id": "b", "enabled": False, "condition": {"type": "Indefinite"}, "prefix": "logs/"},
]
EVENTS: Rules = [{"actions": ["PutObject"], "prefix": "in/", "suffix": ".png"}]


@pytest.fixture
def account(twin_account: TwinAccount) -> Where:
    return {"account_id": twin_account.id}


@pytest.fixture
def where(cloudflare: Cloudflare, account: Where) -> Where:
    """What every call below a bucket takes."""
    cloudflare.r2.buckets.create(**account, name="shop")
    return {**account, "bucket_name": "shop"}


def test_a_bucket_is_created_read_changed_and_deleted(
    cloudflare: Cloudflare, account: Where
) -> None:
    buckets = cloudflare.r2.buckets

    made = buckets.create(**account, name="shop", location_hint="apac")
    found = buckets.get("shop", **account)
    changed = buckets.edit("shop", **account, storage_class="InfrequentAccess")
    buckets.delete("shop", **account)

    assert (made.name, made.jurisdiction, made.storage_class) == ("shop", "default", "Standard")
    assert found == made
    assert changed.storage_class == "InfrequentAccess"
    with pytest.raises(sdk.NotFoundError) as refusal:
        buckets.get("shop", **account)
    assert [error.code for error in refusal.value.errors] == [10006]


def test_a_jurisdiction_has_buckets_of_its_own(cloudflare: Cloudflare, where: Where) -> None:
    account: Where = {"account_id": where["account_id"], "cf_r2_jurisdiction": "eu"}
    buckets = cloudflare.r2.buckets

    buckets.create(**account, name="archive")
    listed = buckets.list(**account, per_page=10, direction="asc", order="name")

    assert [bucket.name for bucket in listed.buckets or []] == ["archive"]
    assert buckets.get("archive", **account).jurisdiction == "eu"


def test_a_taken_name_is_a_conflict(cloudflare: Cloudflare, where: Where, account: Where) -> None:
    with pytest.raises(sdk.ConflictError) as refusal:
        cloudflare.r2.buckets.create(**account, name="shop")

    assert [error.code for error in refusal.value.errors] == [10004]


@pytest.mark.parametrize("key", KEYS)
def test_an_object_is_written_read_and_deleted(
    cloudflare: Cloudflare, where: Where, key: str
) -> None:
    objects = cloudflare.r2.buckets.objects

    put = objects.upload(key, BYTES, **where, cf_r2_storage_class="InfrequentAccess")
    read = objects.get(key, **where)
    deleted = objects.delete(key, **where)

    assert (put.key, put.size, put.storage_class) == (key, "256000", "InfrequentAccess")
    assert (read.read(), read.headers["etag"]) == (BYTES, f'"{put.etag}"')
    assert deleted.key == key
    with pytest.raises(sdk.NotFoundError) as refusal:
        objects.get(key, **where)
    assert [error.code for error in refusal.value.errors] == [10007]


def test_an_object_is_known_by_its_headers(cloudflare: Cloudflare, where: Where) -> None:
    objects = cloudflare.r2.buckets.objects
    headers = {"Content-Type": "text/html", "Cache-Control": "no-cache"}

    put = objects.upload("key", b"<p>", **where, extra_headers=headers)

    (listed,) = objects.list(**where)
    assert listed.http_metadata is not None
    assert (listed.http_metadata.content_type, listed.http_metadata.cache_control) == (
        "text/html",
        "no-cache",
    )
    assert (listed.key, listed.size, listed.etag, listed.ssec) == ("key", 3, put.etag, False)
    assert objects.get("key", **where).headers["cache-control"] == "no-cache"


def test_what_the_client_has_is_not_sent_again(cloudflare: Cloudflare, where: Where) -> None:
    objects = cloudflare.r2.buckets.objects
    put = objects.upload("key", b"value", **where)

    with pytest.raises(sdk.APIStatusError) as same:
        objects.get("key", **where, if_none_match=f'"{put.etag}"')

    assert same.value.status_code == 304


def test_objects_are_listed_over_all_pages(cloudflare: Cloudflare, where: Where) -> None:
    objects = cloudflare.r2.buckets.objects
    keys = [f"a{number:02}" for number in range(7)]
    for key in [*keys, "b/1"]:
        objects.upload(key, b"", **where)

    page = objects.list(**where, delimiter="/", per_page=10)

    assert [found.key for found in objects.list(**where, prefix="a", per_page=3)] == keys
    assert [found.key for found in page.result] == keys


def test_cors_rules(cloudflare: Cloudflare, account: Where, where: Where) -> None:
    cors = cloudflare.r2.buckets.cors

    cors.update("shop", **account, rules=CORS)
    found = cors.get("shop", **account)
    cors.delete("shop", **account)

    assert found.rules is not None
    assert found.rules[0].allowed is not None
    assert found.rules[0].allowed.origins == ["https://a.example"]
    with pytest.raises(sdk.NotFoundError):
        cors.get("shop", **account)


def test_lifecycle_rules(cloudflare: Cloudflare, account: Where, where: Where) -> None:
    lifecycle = cloudflare.r2.buckets.lifecycle
    assert [rule.id for rule in lifecycle.get("shop", **account).rules or []] == [
        "Default Multipart Abort Rule"
    ]

    lifecycle.update("shop", **account, rules=LIFECYCLE)

    (rule,) = lifecycle.get("shop", **account).rules or []
    assert (rule.id, rule.enabled, rule.conditions.prefix) == ("old", True, "logs/")
    assert rule.storage_class_transitions is not None


def test_lock_rules(cloudflare: Cloudflare, account: Where, where: Where) -> None:
    locks = cloudflare.r2.buckets.locks
    assert locks.get("shop", **account).rules == []

    locks.update("shop", **account, rules=LOCKS)

    first, second = locks.get("shop", **account).rules or []
    assert isinstance(first.condition, RuleConditionR2LockRuleAgeCondition)
    assert first.condition.max_age_seconds == 60
    assert (second.prefix, second.enabled, second.condition.type) == ("logs/", False, "Indefinite")


def test_custom_domains(cloudflare: Cloudflare, account: Where, where: Where) -> None:
    domains = cloudflare.r2.buckets.domains.custom
    name = "img.example"

    made = domains.create("shop", **account, domain=name, enabled=True, zone_id="zone")
    changed = domains.update(name, **where, enabled=False, min_tls="1.2")
    found = domains.get(name, **where)
    listed = domains.list("shop", **account).domains
    gone = domains.delete(name, **where)

    assert (made.domain, made.enabled, made.zone_id) == (name, True, "zone")
    assert (changed.enabled, changed.min_tls) == (False, "1.2")
    assert (found.status.ownership, found.status.ssl) == ("active", "active")
    assert [domain.domain for domain in listed] == [gone.domain] == [name]
    with pytest.raises(sdk.NotFoundError) as refusal:
        domains.get(name, **where)
    assert [error.code for error in refusal.value.errors] == [10062]


def test_the_managed_domain(cloudflare: Cloudflare, account: Where, where: Where) -> None:
    managed = cloudflare.r2.buckets.domains.managed
    before = managed.list("shop", **account)

    opened = managed.update("shop", **account, enabled=True)

    assert (before.enabled, opened.enabled) == (False, True)
    assert opened.domain == f"pub-{before.bucket_id}.r2.localhost"


def test_sippy(cloudflare: Cloudflare, account: Where, where: Where) -> None:
    sippy = cloudflare.r2.buckets.sippy

    put = sippy.update(
        "shop",
        **account,
        source={"provider": "aws", "bucket": "old", "region": "eu", "secret_access_key": "s"},
        destination={"provider": "r2", "access_key_id": "id", "secret_access_key": "s"},
    )
    found = sippy.get("shop", **account)
    gone = sippy.delete("shop", **account)

    assert found == put
    assert put.source is not None
    assert (put.enabled, put.source.provider, put.source.bucket) == (True, "aws", "old")
    assert gone.enabled is False
    assert sippy.get("shop", **account).enabled is False


def test_event_notifications(cloudflare: Cloudflare, account: Where, where: Where) -> None:
    events = cloudflare.r2.buckets.event_notifications

    events.update("orders", **where, rules=EVENTS)
    found = events.get("orders", **where)
    listed = events.list("shop", **account)
    events.delete("orders", **where)

    assert (found.queue_id, [rule.actions for rule in found.rules or []]) == (
        "orders",
        [["PutObject"]],
    )
    assert (listed.bucket_name, len(listed.queues or [])) == ("shop", 1)
    with pytest.raises(sdk.NotFoundError) as refusal:
        events.get("orders", **where)
    assert [error.code for error in refusal.value.errors] == [11015]


def test_metrics(cloudflare: Cloudflare, account: Where, where: Where) -> None:
    cloudflare.r2.buckets.objects.upload("key", b"value", **where)

    metrics = cloudflare.r2.buckets.metrics.list(**account)

    assert metrics.standard is not None
    assert metrics.standard.published is not None
    assert (metrics.standard.published.objects, metrics.standard.published.payload_size) == (1, 5)
    assert metrics.infrequent_access is not None


def test_temporary_credentials(
    cloudflare: Cloudflare,
    account: Where,
    where: Where,
    twin_account: TwinAccount,
    s3_client: S3Clients,
) -> None:
    cloudflare.r2.buckets.objects.upload("a/1", b"value", **where)
    made = cloudflare.r2.temporary_credentials.create(
        **account,
        bucket="shop",
        parent_access_key_id=twin_account.access_key_id,
        permission="object-read-only",
        ttl_seconds=60,
        prefixes=["a/"],
    )

    borrowed = s3_client(
        aws_access_key_id=made.access_key_id,
        aws_secret_access_key=made.secret_access_key,
        aws_session_token=made.session_token,
    )
    assert borrowed.get_object(Bucket="shop", Key="a/1")["Body"].read() == b"value"
    with refused(403, "AccessDenied"):
        borrowed.put_object(Bucket="shop", Key="a/1", Body=b"")
    with refused(403, "AccessDenied"):
        borrowed.get_object(Bucket="shop", Key="b")


REFUSED: dict[str, Callable[[Cloudflare, Where], object]] = {
    "super slurper": lambda client, account: client.r2.super_slurper.jobs.list(**account),
    "data catalog": lambda client, account: client.basin_catalog.list(**account),
    "data catalog by its older name": lambda client, account: client.r2_data_catalog.list(
        **account
    ),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_built_says_so(cloudflare: Cloudflare, account: Where, name: str) -> None:
    with pytest.raises(
        sdk.InternalServerError, match="is not implemented by Cloudflare Twin"
    ) as no:
        REFUSED[name](cloudflare, account)

    assert no.value.status_code == 501


async def test_buckets_asynchronously(async_cloudflare: AsyncCloudflare, account: Where) -> None:
    buckets = async_cloudflare.r2.buckets

    made = await buckets.create(**account, name="shop")
    assert await buckets.get("shop", **account) == made
    await buckets.edit("shop", **account, storage_class="InfrequentAccess")
    listed = (await buckets.list(**account)).buckets or []
    await buckets.delete("shop", **account)

    assert [bucket.storage_class for bucket in listed] == ["InfrequentAccess"]
    assert (await buckets.list(**account)).buckets == []


async def test_objects_asynchronously(async_cloudflare: AsyncCloudflare, where: Where) -> None:
    objects = async_cloudflare.r2.buckets.objects

    await objects.upload("a/b", BYTES, **where)
    assert await (await objects.get("a/b", **where)).read() == BYTES
    assert [found.key async for found in objects.list(**where)] == ["a/b"]
    await objects.delete("a/b", **where)

    assert [found async for found in objects.list(**where)] == []


async def test_rules_asynchronously(
    async_cloudflare: AsyncCloudflare, account: Where, where: Where
) -> None:
    buckets = async_cloudflare.r2.buckets

    await buckets.cors.update("shop", **account, rules=CORS)
    await buckets.lifecycle.update("shop", **account, rules=LIFECYCLE)
    await buckets.locks.update("shop", **account, rules=LOCKS)

    assert len((await buckets.cors.get("shop", **account)).rules or []) == 1
    assert len((await buckets.lifecycle.get("shop", **account)).rules or []) == 1
    assert len((await buckets.locks.get("shop", **account)).rules or []) == 2
    await buckets.cors.delete("shop", **account)


async def test_addresses_asynchronously(
    async_cloudflare: AsyncCloudflare, account: Where, where: Where
) -> None:
    custom = async_cloudflare.r2.buckets.domains.custom
    managed = async_cloudflare.r2.buckets.domains.managed
    name = "img.example"

    await custom.create("shop", **account, domain=name, enabled=True, zone_id="zone")
    await custom.update(name, **where, enabled=False)
    assert (await custom.get(name, **where)).enabled is False
    assert len((await custom.list("shop", **account)).domains) == 1
    assert (await custom.delete(name, **where)).domain == name
    await managed.update("shop", **account, enabled=True)

    assert (await managed.list("shop", **account)).enabled is True


async def test_the_rest_asynchronously(
    async_cloudflare: AsyncCloudflare, account: Where, where: Where, twin_account: TwinAccount
) -> None:
    r2 = async_cloudflare.r2
    events, sippy = r2.buckets.event_notifications, r2.buckets.sippy

    await events.update("orders", **where, rules=EVENTS)
    assert (await events.get("orders", **where)).queue_id == "orders"
    assert (await events.list("shop", **account)).bucket_name == "shop"
    await events.delete("orders", **where)
    await sippy.update("shop", **account, source={"provider": "gcs", "bucket": "old"})
    assert (await sippy.get("shop", **account)).enabled is True
    assert (await sippy.delete("shop", **account)).enabled is False
    assert (await r2.buckets.metrics.list(**account)).standard is not None
    made = await r2.temporary_credentials.create(
        **account,
        bucket="shop",
        parent_access_key_id=twin_account.access_key_id,
        permission="admin-read-write",
        ttl_seconds=60,
    )

    assert made.session_token
