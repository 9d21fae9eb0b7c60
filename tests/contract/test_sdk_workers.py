"""The official Python SDK's Workers surface, on a real port."""

import json
from base64 import b64encode
from typing import Any

import cloudflare as sdk
import pytest
from cloudflare import AsyncCloudflare, Cloudflare

from emulator.testing import RemoteClock, TwinAccount

CODE = b'export default { fetch: () => new Response("hello") };'
FILE = ("worker.js", CODE, "application/javascript+module")
METADATA: dict[str, Any] = {
    "main_module": "worker.js",
    "compatibility_date": "2026-01-01",
    "bindings": [
        {"name": "WHO", "type": "plain_text", "text": "ada"},
        {"name": "TOKEN", "type": "secret_text", "text": "s3cret"},
    ],
}
# The SDK's methods take differently typed keywords, so their common ones are not typed.
Where = dict[str, Any]


@pytest.fixture
def account(twin_account: TwinAccount) -> Where:
    return {"account_id": twin_account.id}


@pytest.fixture
def scripts(cloudflare: Cloudflare, account: Where) -> Any:
    """The SDK's scripts; one named `shop` is uploaded."""
    scripts: Any = cloudflare.workers.scripts
    scripts.update("shop", **account, metadata=METADATA, files=[FILE])
    return scripts


def test_a_script_is_uploaded_listed_read_and_deleted(scripts: Any, account: Where) -> None:
    made = scripts.update("shop", **account, metadata=METADATA, files=[FILE])

    assert (made.id, made.has_modules, made.usage_model) == ("shop", True, "standard")
    assert [script.id for script in scripts.list(**account)] == ["shop"]
    assert [found.script_name for found in scripts.search(**account, name="sho")] == ["shop"]
    assert CODE.decode() in scripts.get("shop", **account)
    assert CODE in scripts.content.get("shop", **account).read()
    scripts.delete("shop", **account, force=True)

    with pytest.raises(sdk.NotFoundError) as refusal:
        scripts.get("shop", **account)
    assert [error.code for error in refusal.value.errors] == [10007]


def test_content_is_replaced(scripts: Any, account: Where) -> None:
    changed = (b"addEventListener('fetch', () => {})", "application/javascript")
    metadata = {"body_part": "old.js"}

    made = scripts.content.update(
        "shop", **account, metadata=metadata, files=[("old.js", *changed)]
    )

    assert (made.has_modules, made.compatibility_date) == (False, "2026-01-01")


def test_versions_are_uploaded_and_deployed(scripts: Any, account: Where) -> None:
    # The SDK 5.9 has no schema for a version's bindings and cannot read this answer by itself.
    raw = scripts.versions.with_raw_response
    made = raw.create("shop", **account, metadata=METADATA, files=[FILE])
    version = made.json()["result"]
    found = raw.get(version["id"], **account, script_name="shop").json()["result"]
    listed = list(scripts.versions.list("shop", **account, per_page=1))

    assert ([one.number for one in listed], found["number"]) == ([2, 1], 2)
    assert found == version


def test_traffic_is_shared_between_versions(scripts: Any, account: Where) -> None:
    scripts.update("shop", **account, metadata=METADATA, files=[FILE])
    versions = [one.id for one in scripts.versions.list("shop", **account)]
    shares = [
        {"version_id": version, "percentage": percentage}
        for version, percentage in zip(versions, (60, 40), strict=True)
    ]

    deployed = scripts.deployments.create("shop", **account, strategy="percentage", versions=shares)

    assert [share.percentage for share in deployed.versions] == [60, 40]
    where = {**account, "script_name": "shop"}
    # The SDK 5.9 looks for them under another name than they have.
    newest, old, _ = scripts.deployments.list("shop", **account).result.deployments
    assert newest["id"] == deployed.id
    assert scripts.deployments.get(old["id"], **where).id == old["id"]
    scripts.deployments.delete(old["id"], **where)
    assert len(scripts.deployments.list("shop", **account).result.deployments) == 2


def test_secrets_are_set_listed_and_removed(scripts: Any, account: Where) -> None:
    secrets = scripts.secrets
    where = {**account, "script_name": "shop"}

    set_one = secrets.update("shop", **account, name="a/b", text="x", type="secret_text")
    assert (set_one.name, set_one.type) == ("a/b", "secret_text")
    assert [one.name for one in secrets.list("shop", **account)] == ["TOKEN", "a/b"]
    assert secrets.get("TOKEN", **where).name == "TOKEN"
    changed = secrets.bulk_update(
        "shop",
        **account,
        secrets={"TOKEN": None, "K": {"name": "K", "type": "secret_text", "text": "y"}},
    )
    assert sorted(changed) == ["K", "a/b"]
    secrets.delete("K", **where)

    with pytest.raises(sdk.NotFoundError) as refusal:
        secrets.get("K", **where)
    assert [error.code for error in refusal.value.errors] == [10056]


def test_settings_of_all_kinds(cloudflare: Cloudflare, scripts: Any, account: Where) -> None:
    edited = scripts.settings.edit("shop", **account, logpush=True, tags=["a"])
    both = scripts.script_and_version_settings.edit(
        "shop", **account, settings={"compatibility_flags": ["nodejs_compat"]}
    )
    account_settings = cloudflare.workers.account_settings.update(**account, green_compute=True)

    assert edited.tags == scripts.settings.get("shop", **account).tags == ["a"]
    assert both.compatibility_flags == ["nodejs_compat"]
    assert [one.name for one in both.bindings] == ["WHO", "TOKEN"]
    assert account_settings is not None
    assert account_settings.green_compute is True


def test_triggers(
    cloudflare: Cloudflare, scripts: Any, account: Where, twin_clock: RemoteClock
) -> None:
    schedules = scripts.schedules.update("shop", **account, body=[{"cron": "*/5 * * * *"}])
    enabled = scripts.subdomain.create("shop", **account, enabled=True, previews_enabled=False)
    subdomain = cloudflare.workers.subdomains.get(**account)
    domain = cloudflare.workers.domains.update(
        **account, hostname="shop.example.com", service="shop", zone_id="z"
    )

    assert [one.cron for one in schedules.schedules] == ["*/5 * * * *"]
    assert (enabled.enabled, enabled.previews_enabled) == (True, False)
    assert subdomain is not None
    assert domain is not None
    assert subdomain.subdomain == f"twin-{account['account_id'][:8]}"
    assert domain.zone_id == "z"
    assert [one.id for one in cloudflare.workers.domains.list(**account)] == [domain.id]
    cloudflare.workers.domains.delete(domain.id, **account)


def test_a_tail_is_opened_and_closed(scripts: Any, account: Where) -> None:
    tail = scripts.tail.create("shop", **account)

    assert tail.url.startswith("ws://")
    assert scripts.tail.get("shop", **account).id == tail.id
    scripts.tail.delete(tail.id, **account, script_name="shop")


def test_assets_are_uploaded(cloudflare: Cloudflare, scripts: Any, account: Where) -> None:
    digest = "0123456789abcdef0123456789abcdef"
    session = scripts.assets.upload.create(
        "shop", **account, manifest={"/index.html": {"hash": digest, "size": 5}}
    )
    assert session.buckets == [[digest]]

    done = cloudflare.workers.assets.upload.create(
        **account,
        base64=True,
        body={digest: b64encode(b"hello").decode()},
        extra_headers={"Authorization": f"Bearer {session.jwt}"},
    )

    assert done is not None
    metadata = {"assets": {"jwt": done.jwt}, "main_module": "worker.js"}
    assert scripts.update("shop", **account, metadata=metadata, files=[FILE]).has_assets is True


def test_the_newer_view_of_workers(cloudflare: Cloudflare, account: Where) -> None:
    workers: Any = cloudflare.workers.beta.workers
    made = workers.create(**account, name="new", tags=["a"])

    assert workers.get(made.id, **account).name == "new"
    assert [one.name for one in workers.list(**account)] == ["new"]
    edited = workers.edit(
        made.id,
        **account,
        name="new",
        logpush=True,
        observability={"enabled": True},
        subdomain={"enabled": True},
        tags=["b"],
        tail_consumers=[{"name": "watcher"}],
    )
    assert (edited.logpush, edited.tags, edited.subdomain.enabled) == (True, ["b"], True)
    workers.delete("new", **account)
    assert list(workers.list(**account)) == []


def test_durable_object_namespaces_are_listed(
    cloudflare: Cloudflare, scripts: Any, account: Where
) -> None:
    metadata = {"main_module": "worker.js", "migrations": {"new_sqlite_classes": ["Room"]}}
    room = b"export class Room {}; export default { fetch: () => new Response() };"
    file = ("worker.js", room, "application/javascript+module")
    scripts.update("shop", **account, metadata=metadata, files=[file])

    [namespace] = cloudflare.durable_objects.namespaces.list(**account)

    assert (namespace.class_, namespace.script) == ("Room", "shop")


async def test_scripts_asynchronously(async_cloudflare: AsyncCloudflare, account: Where) -> None:
    scripts: Any = async_cloudflare.workers.scripts

    await scripts.update("shop", **account, metadata=METADATA, files=[FILE])
    await scripts.secrets.update("shop", **account, name="K", text="x", type="secret_text")

    assert [one.id async for one in scripts.list(**account)] == ["shop"]
    assert CODE.decode() in await scripts.get("shop", **account)


def test_what_a_binding_names_must_exist(scripts: Any, account: Where) -> None:
    binding = {"name": "KV", "type": "kv_namespace", "namespace_id": "0" * 32}
    metadata = json.loads(json.dumps(METADATA)) | {"bindings": [binding]}

    with pytest.raises(sdk.BadRequestError) as refusal:
        scripts.update("shop", **account, metadata=metadata, files=[FILE])

    assert [error.code for error in refusal.value.errors] == [10041]
