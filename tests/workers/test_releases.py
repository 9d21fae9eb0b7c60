"""From an upload to a version that is served, and what happens when it is not to be."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from emulator import Account
from emulator.core.errors import CloudflareError
from emulator.vectorize.models import Metric
from emulator.workers.errors import (
    BucketMissing,
    ClassDropped,
    ClassNotConfigured,
    ClassNotExported,
    DatabaseMissing,
    EnvironmentMissing,
    IndexMissing,
    InheritInvalid,
    MigrationInVersion,
    NamespaceInvalid,
    NamespaceMissing,
    NoHandlers,
    ScriptInvalid,
    ScriptTooLarge,
    ServiceMissing,
)
from emulator.workers.models import Author, StartUp, Syntax
from emulator.workers.releases import Releases, Site
from emulator.workers.store import WorkersStore
from emulator.workers.upload import Code, File, Upload
from tests.workers.conftest import Publish
from tests.workers.forms import ES_MODULE
from tests.workers.runtimes import Watched

ROOM = {"name": "ROOM", "type": "durable_object_namespace", "class_name": "Room"}
NEW_ROOM = {"new_tag": "v1", "new_sqlite_classes": ["Room"]}
SECRET = {"name": "TOKEN", "type": "secret_text", "text": "s3cret"}


async def test_a_version_is_checked_then_deployed(
    publish: Publish, runtime: Watched, store: WorkersStore
) -> None:
    version = await publish()

    assert runtime.calls == [("check", "shop"), ("deployed", "shop")]
    assert store.active_versions("shop") == [version]
    assert (version.number, version.startup.milliseconds) == (1, 7)


async def test_what_is_checked_is_on_the_disk_under_the_id_it_will_have(
    publish: Publish, runtime: Watched
) -> None:
    version = await publish(code="export default {}")

    [runnable] = runtime.checked
    [module] = runnable.version.code
    assert runnable.path(module).read_text() == "export default {}"
    assert runnable.version.id == version.id


async def test_a_version_alone_is_not_deployed(
    publish: Publish, runtime: Watched, store: WorkersStore
) -> None:
    first = await publish()
    second = await publish(deploy=False)

    assert runtime.calls[2:] == [("check", "shop")]
    assert store.active_versions("shop") == [first]
    assert store.latest("shop") == second


async def test_a_broken_script_changes_nothing(
    publish: Publish,
    runtime: Watched,
    store: WorkersStore,
    modules_on_disk: Callable[[], set[str]],
) -> None:
    first = await publish()
    before = modules_on_disk()
    runtime.broken = "Uncaught ReferenceError: x is not defined\n  at worker.js:1:1"

    with pytest.raises(ScriptInvalid) as refused:
        await publish(code="x")

    assert (refused.value.code, str(refused.value)) == (10021, runtime.broken)
    assert (store.latest("shop"), modules_on_disk()) == (first, before)


async def test_a_script_without_handlers_is_refused(
    publish: Publish, runtime: Watched, store: WorkersStore
) -> None:
    runtime.startup = StartUp(1, (), {})

    with pytest.raises(NoHandlers):
        await publish()

    assert store.find_script("shop") is None


async def test_a_first_upload_that_fails_leaves_no_script(
    publish: Publish, runtime: Watched, store: WorkersStore
) -> None:
    runtime.broken = "Uncaught SyntaxError"

    with pytest.raises(ScriptInvalid):
        await publish()

    assert store.scripts() == []


async def test_modules_that_stay_the_same_are_written_once(
    publish: Publish, modules_on_disk: Callable[[], set[str]]
) -> None:
    versions = [await publish(), await publish(), await publish(code="export default { x }")]

    assert len(modules_on_disk()) == 2
    assert [version.number for version in versions] == [1, 2, 3]
    assert versions[0].etag == versions[1].etag != versions[2].etag


@pytest.mark.parametrize(
    ("binding", "refusal"),
    [
        ({"type": "d1", "id": "none"}, DatabaseMissing),
        ({"type": "kv_namespace", "namespace_id": "0" * 32}, NamespaceMissing),
        ({"type": "kv_namespace", "namespace_id": "placeholder"}, NamespaceInvalid),
        ({"type": "r2_bucket", "bucket_name": "none"}, BucketMissing),
        ({"type": "r2_bucket", "bucket_name": "files", "jurisdiction": "eu"}, BucketMissing),
        ({"type": "vectorize", "index_name": "none"}, IndexMissing),
        ({"type": "service", "service": "none"}, ServiceMissing),
        ({"type": "service", "service": "shop", "environment": "old"}, EnvironmentMissing),
        (ROOM, ClassNotConfigured),
        ({**ROOM, "script_name": "other"}, ClassNotExported),
    ],
)
async def test_what_a_binding_names_must_exist(
    publish: Publish,
    account: Account,
    binding: dict[str, Any],
    refusal: type[CloudflareError],
    modules_on_disk: Callable[[], set[str]],
) -> None:
    account.r2.create_bucket("files")

    with pytest.raises(refusal):
        await publish(bindings=[{"name": "B", **binding}])

    assert modules_on_disk() == set()


async def test_what_is_there_is_bound(publish: Publish, account: Account) -> None:
    account.r2.create_bucket("files", "eu")
    account.vectorize.create_index("jobs", 3, Metric.COSINE)
    await publish("other")

    version = await publish(
        bindings=[
            {"name": "DB", "type": "d1", "id": account.d1.create_database("goods").id},
            {
                "name": "KV",
                "type": "kv_namespace",
                "namespace_id": account.kv.create_namespace("c").id,
            },
            {"name": "R2", "type": "r2_bucket", "bucket_name": "files", "jurisdiction": "eu"},
            {"name": "V", "type": "vectorize", "index_name": "jobs"},
            {"name": "S", "type": "service", "service": "other"},
            {"name": "SELF", "type": "service", "service": "shop"},
            {"name": "Q", "type": "queue", "queue_name": "asked-of-nobody"},
        ]
    )

    assert [one["name"] for one in version.bindings] == "DB KV R2 V S SELF Q".split()


async def test_secrets_are_kept_and_inherited_across_uploads(publish: Publish) -> None:
    await publish(bindings=[SECRET])

    kept = await publish(keep_bindings=frozenset({"secret_text"}))
    inherited = await publish(bindings=[{"name": "TOKEN", "type": "inherit"}], strict=True)
    lost = await publish()

    assert kept.bindings == inherited.bindings == [SECRET]
    assert lost.bindings == []
    with pytest.raises(InheritInvalid):
        await publish(bindings=[{"name": "TOKEN", "type": "inherit"}], strict=True)


async def test_durable_objects_are_migrated_by_a_deployment_alone(
    publish: Publish, store: WorkersStore, runtime: Watched
) -> None:
    runtime.startup = StartUp(1, ("fetch",), {"Room": ()})
    with pytest.raises(MigrationInVersion):
        await publish(deploy=False, migrations=NEW_ROOM)

    version = await publish(bindings=[ROOM], migrations=NEW_ROOM)

    assert (version.migration_tag, store.get_script("shop").migration_tag) == ("v1", "v1")
    assert [one.class_name for one in store.namespaces()] == ["Room"]
    assert (await publish(bindings=[ROOM], deploy=False)).migration_tag == "v1"


async def test_a_class_with_objects_must_stay_exported(
    publish: Publish, store: WorkersStore, runtime: Watched
) -> None:
    runtime.startup = StartUp(1, ("fetch",), {"Room": ()})
    await publish(migrations=NEW_ROOM)
    runtime.startup = StartUp(1, ("fetch",), {})

    with pytest.raises(ClassDropped, match="does not export class 'Room'"):
        await publish()

    await publish(migrations={"old_tag": "v1", "new_tag": "v2", "deleted_classes": ["Room"]})
    assert store.namespaces() == []


async def test_a_transferred_class_leaves_its_script(
    publish: Publish, store: WorkersStore, runtime: Watched
) -> None:
    runtime.startup = StartUp(1, ("fetch",), {"Room": (), "Hall": ()})
    await publish("old", migrations=NEW_ROOM)
    [before] = store.namespaces("old")
    moved = [{"from": "Room", "from_script": "old", "to": "Hall"}]

    await publish(migrations={"new_tag": "v1", "transferred_classes": moved})

    [after] = store.namespaces()
    assert (after.id, after.script, after.class_name) == (before.id, "shop", "Hall")


def code_of(*sizes: int, compressible: bool) -> Code:
    from random import Random

    files = [
        File(f"{number}.bin", "application/octet-stream", b"x" * size)
        if compressible
        else File(f"{number}.bin", "application/octet-stream", Random(number).randbytes(size))
        for number, size in enumerate(sizes)
    ]
    main = File("worker.js", ES_MODULE, b"")
    return Code(Syntax.MODULES, "worker.js", [main, *files])


def test_a_script_is_measured_compressed_and_whole() -> None:
    mebibyte = 1_048_576
    code_of(63 * mebibyte, compressible=True).check()
    code_of(9 * mebibyte, compressible=False).check()

    with pytest.raises(ScriptTooLarge, match="10 MiB"):
        code_of(6 * mebibyte, 5 * mebibyte, compressible=False).check()
    with pytest.raises(ScriptTooLarge, match="64 MiB"):
        code_of(64 * mebibyte, 1, compressible=True).check()


def test_source_maps_are_not_measured() -> None:
    files = [
        File("worker.js", ES_MODULE, b""),
        File("worker.js.map", "application/source-map", b"x" * 65 * 1_048_576),
    ]

    Code(Syntax.MODULES, "worker.js", files).check()


async def test_uploads_of_one_script_come_one_after_another(
    releases: Releases, site: Site, runtime: Watched
) -> None:
    def upload(number: int) -> Any:
        files = [File("worker.js", ES_MODULE, b"")]
        binding = {"name": f"S{number}", "type": "secret_text", "text": "x"}
        given = Upload(
            code=Code(Syntax.MODULES, "worker.js", files),
            bindings=[binding],
            keep_bindings=frozenset({"secret_text"}),
        )
        return releases.release(
            site,
            "shop",
            Author(),
            lambda drafts: drafts.of_upload("shop", given, migrate=True),
            {},
        )

    await asyncio.gather(*map(upload, range(8)))

    # Each has built on the one before: nobody's secret was lost.
    latest = site.store.latest("shop")
    assert latest is not None
    assert {one["name"] for one in latest.bindings} == {f"S{number}" for number in range(8)}
    assert all(a != b for a, b in pairwise(runtime.calls))


async def test_a_deletion_is_told_to_the_runtime_and_takes_the_modules(
    publish: Publish,
    releases: Releases,
    site: Site,
    runtime: Watched,
    modules_on_disk: Callable[[], set[str]],
) -> None:
    await publish()
    await publish(code="export default { x }")

    await releases.delete(site, "shop", force=False)

    assert runtime.calls[-1] == ("deleted", "shop")
    assert modules_on_disk() == set()
