"""Scripts, versions and deployments, without HTTP."""

import math
from pathlib import Path

import pytest

from emulator import Settings, Twin
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.workers.errors import (
    DeploymentActive,
    DeploymentInvalid,
    DeploymentNotFound,
    ScriptInUse,
    ScriptNotFound,
    SecretsChanged,
    TooManyScripts,
    VersionNotFound,
)
from emulator.workers.limits import MAX_DEPLOYABLE_VERSIONS, MAX_SCRIPTS
from emulator.workers.models import Author, Deployment, Share
from emulator.workers.store import WorkersStore
from tests.workers.conftest import Publish

ADA = Author("api", "ada@example.com")


def secret(text: str) -> list[dict[str, str]]:
    return [{"name": "TOKEN", "type": "secret_text", "text": text}]


def deploy(store: WorkersStore, *shares: tuple[str, float], force: bool = False) -> Deployment:
    return store.deploy("shop", [Share(*share) for share in shares], ADA, {}, force=force)


async def test_versions_are_newest_first_and_counted(publish: Publish, store: WorkersStore) -> None:
    first, second = await publish(), await publish()

    assert [version.id for version in store.versions("shop")] == [second.id, first.id]
    assert store.get_version("shop", first.id) == first


async def test_only_the_newest_are_deployable(publish: Publish, store: WorkersStore) -> None:
    for _ in range(MAX_DEPLOYABLE_VERSIONS + 1):
        await publish()

    assert len(store.versions("shop")) == MAX_DEPLOYABLE_VERSIONS + 1
    assert [one.number for one in store.versions("shop", deployable=True)][-1] == 2


async def test_a_version_of_another_script_is_unknown(
    publish: Publish, store: WorkersStore
) -> None:
    other = await publish("other")
    await publish()

    with pytest.raises(VersionNotFound):
        store.get_version("shop", other.id)
    with pytest.raises(ScriptNotFound):
        store.get_version("none", other.id)


async def test_traffic_is_shared(publish: Publish, store: WorkersStore) -> None:
    first, second = await publish(), await publish(deploy=False)

    deployment = deploy(store, (first.id, 10), (second.id, 90))

    assert store.active("shop") == deployment
    assert store.active_versions("shop") == [second, first]


@pytest.mark.parametrize(
    "shares",
    [
        [],
        [50],
        [50, 60],
        [100, 0.02],
        [-10, 110],
        [math.nan, 100],
        [math.inf],
        [30, 30, 40],
    ],
)
async def test_shares_must_add_up(
    publish: Publish, store: WorkersStore, shares: list[float]
) -> None:
    versions = [await publish() for _ in range(3)]
    before = store.deployments("shop")

    with pytest.raises(DeploymentInvalid):
        deploy(store, *zip([one.id for one in versions], shares, strict=False))

    assert store.deployments("shop") == before


async def test_a_version_has_one_share(publish: Publish, store: WorkersStore) -> None:
    version = await publish()

    with pytest.raises(DeploymentInvalid, match="each of them once"):
        deploy(store, (version.id, 50), (version.id, 50))


async def test_an_old_version_with_other_secrets_must_be_forced(
    publish: Publish, store: WorkersStore
) -> None:
    first = await publish(bindings=secret("old"))
    await publish(bindings=secret("new"))

    with pytest.raises(SecretsChanged, match="The following secrets have changed: TOKEN$"):
        deploy(store, (first.id, 100))

    deploy(store, (first.id, 100), force=True)
    assert store.active_versions("shop") == [first]


async def test_a_newer_version_may_have_other_secrets(
    publish: Publish, store: WorkersStore
) -> None:
    await publish(bindings=secret("old"))
    second = await publish(bindings=secret("new"), deploy=False)

    deploy(store, (second.id, 100))

    assert store.active_versions("shop") == [second]


async def test_the_active_deployment_is_not_deleted(publish: Publish, store: WorkersStore) -> None:
    await publish()
    await publish()
    active, old = store.deployments("shop")

    with pytest.raises(DeploymentActive):
        store.delete_deployment("shop", active.id)
    store.delete_deployment("shop", old.id)

    assert store.deployments("shop") == [active]
    with pytest.raises(DeploymentNotFound):
        store.get_deployment("shop", old.id)


@pytest.mark.parametrize(
    "use",
    [
        {"bindings": [{"name": "S", "type": "service", "service": "shop"}]},
        {"settings": {"tail_consumers": [{"service": "shop"}]}},
    ],
)
async def test_a_script_that_others_use_is_not_deleted_without_force(
    publish: Publish, store: WorkersStore, use: dict[str, object]
) -> None:
    await publish()
    await publish("user", **use)

    with pytest.raises(ScriptInUse, match="user"):
        store.delete_script("shop")
    store.delete_script("shop", force=True)

    assert [script.name for script in store.scripts()] == ["user"]


async def test_a_script_may_use_itself_and_be_deleted(
    publish: Publish, store: WorkersStore
) -> None:
    await publish()
    await publish(bindings=[{"name": "S", "type": "service", "service": "shop"}])

    store.delete_script("shop")

    assert store.scripts() == []


async def test_nothing_of_a_deleted_script_comes_back_with_its_name(
    publish: Publish, store: WorkersStore
) -> None:
    await publish(bindings=secret("old"))
    store.triggers.put_schedules("shop", ["* * * * *"])
    store.triggers.put_domain("shop.example.com", "shop", None, None)
    store.triggers.open_tail("shop", [])
    store.delete_script("shop")

    version = await publish(keep_bindings=frozenset({"secret_text"}))

    assert (version.number, version.bindings) == (1, [])
    assert len(store.deployments("shop")) == 1
    assert (store.triggers.schedules(), store.triggers.domains()) == ([], [])
    assert store.triggers.tails() == []


def test_an_account_has_at_most_500_scripts(store: WorkersStore) -> None:
    for number in range(MAX_SCRIPTS):
        store.create_script(f"s{number}")

    with pytest.raises(TooManyScripts):
        store.create_script("one-more")


async def test_all_is_there_after_a_restart(
    publish: Publish, twin: Twin, store: WorkersStore, tmp_path: Path
) -> None:
    settings = {"tags": ["a"], "observability": {"enabled": True}}
    version = await publish(bindings=secret("x"), settings=settings, options={"limits": {"n": 1}})
    script, deployments = store.get_script("shop"), store.deployments("shop")
    account_id = next(path.name for path in (twin.path / "accounts").iterdir())
    twin.close()

    again = Twin(Settings(state=tmp_path / "state"), clock=ManualClock(), ids=Ids(seed=2))
    store = again.account(account_id).workers

    # Pairs are lists after a journey through JSON.
    assert store.get_script("shop").tags == script.tags
    assert store.deployments("shop") == deployments
    found = store.get_version("shop", version.id)
    assert (found.bindings, found.options, found.code) == (
        version.bindings,
        version.options,
        version.code,
    )
    assert store.blobs.path(found.code[0].blob).read_bytes()
    again.close()


async def test_what_a_crash_has_left_is_swept(
    publish: Publish, twin: Twin, store: WorkersStore, tmp_path: Path
) -> None:
    version = await publish()
    writer = store.blobs.create()
    writer.write(b"of an upload that was never committed")
    writer.seal()
    account_id = next(path.name for path in (twin.path / "accounts").iterdir())
    twin.close()

    again = Twin(Settings(state=tmp_path / "state"), clock=ManualClock(), ids=Ids(seed=2))
    store = again.account(account_id).workers

    assert not store.blobs.path(writer.blob).exists()
    assert store.blobs.path(version.code[0].blob).exists()
    again.close()
