"""The two other views of scripts: services, and Workers by name or id."""

from typing import Any

import httpx
import pytest

from emulator import Account
from emulator.core.clock import ManualClock
from emulator.workers.models import StartUp
from tests.assertions import assert_failure
from tests.workers.answers import result
from tests.workers.forms import form
from tests.workers.runtimes import Watched

SERVICE = "/services/shop"

Json = Any


async def test_a_service_shows_its_script(api: httpx.AsyncClient, shop: Json) -> None:
    shown = result(await api.get(SERVICE))

    assert shown["default_environment"]["environment"] == "production"
    script = shown["default_environment"]["script"]
    assert (script["tag"], script["last_deployed_from"]) == (shop["tag"], "api")


async def test_a_service_that_is_not_there_has_a_code_of_its_own(api: httpx.AsyncClient) -> None:
    message = "workers.api.error.service_not_found"

    for response in (await api.get(SERVICE), await api.delete(SERVICE)):
        assert_failure(response, status=404, code=10090, message=message)


@pytest.mark.parametrize("path", [SERVICE, "/scripts/shop", "/workers/shop"])
async def test_a_script_in_use_is_deleted_by_force(
    api: httpx.AsyncClient, shop: Json, runtime: Watched, path: str
) -> None:
    binding = {"name": "SHOP", "type": "service", "service": "shop"}
    await api.put("/scripts/user", **form(bindings=[binding]))

    refused = await api.delete(path)
    assert refused.json()["errors"][0]["code"] == 10142
    assert result(await api.delete(f"{path}?force=true")) is None

    assert runtime.calls[-1] == ("deleted", "shop")
    assert [one["id"] for one in result(await api.get("/scripts"))] == ["user"]


async def test_references_name_who_would_miss_the_script(
    api: httpx.AsyncClient, shop: Json, runtime: Watched
) -> None:
    runtime.startup = StartUp(1, ("fetch",), {"Room": ()})
    migrations = {"new_tag": "v1", "new_sqlite_classes": ["Room"]}
    await api.put("/scripts/shop", **form(migrations=migrations))
    uses = [
        {"name": "SHOP", "type": "service", "service": "shop"},
        {
            "name": "ROOM",
            "type": "durable_object_namespace",
            "class_name": "Room",
            "script_name": "shop",
        },
    ]
    await api.put("/scripts/user", **form(bindings=uses, tail_consumers=[{"service": "shop"}]))

    references = result(await api.get("/scripts/shop/references"))
    [namespace] = result(await api.get("/durable_objects/namespaces"))
    user = {"service": "user", "environment": "production"}

    assert references["services"]["incoming"] == [{**user, "name": "SHOP"}]
    assert references["durable_objects"] == [
        {
            **user,
            "durable_object_namespace_id": namespace["id"],
            "durable_object_namespace_name": "shop_Room",
        }
    ]
    assert result(await api.get("/tails/by-consumer/shop")) == [{"producer": user}]
    worker = result(await api.get("/workers/shop"))
    assert [one["name"] for one in worker["references"]["workers"]] == ["user"]


async def test_a_worker_is_known_by_its_name_and_its_id(
    api: httpx.AsyncClient, account: Account, shop: Json
) -> None:
    by_name = result(await api.get("/workers/shop"))

    assert result(await api.get(f"/workers/{shop['tag']}")) == by_name
    assert by_name["subdomain"] == {
        "enabled": False,
        "previews_enabled": False,
        "url": f"http://shop.twin-{account.id[:8]}.workers.localhost",
    }


async def test_a_worker_is_made_without_a_version(api: httpx.AsyncClient) -> None:
    made = result(await api.post("/workers", json={"name": "new", "tags": ["x"]}))

    assert (made["name"], made["deployed_on"], made["tags"]) == ("new", None, ["x"])
    assert result(await api.get("/scripts/new/settings"))["bindings"] == []
    again = await api.post("/workers", json={"name": "new"})
    assert again.json()["errors"][0]["code"] == 10901
    response = await api.patch("/workers/new/versions/latest", json={"env": {}})
    assert_failure(response, status=404, code=10222, message="This Worker has no versions.")


async def test_workers_are_sorted_and_paged(api: httpx.AsyncClient, clock: ManualClock) -> None:
    for name in ("b", "a", "c"):
        await api.post("/workers", json={"name": name})
        clock.advance(1)

    async def names(query: str) -> list[str]:
        return [one["name"] for one in result(await api.get(f"/workers?{query}"))]

    assert await names("") == ["a", "b", "c"]
    assert await names("order_by=created_on&order=desc&per_page=2") == ["c", "a"]
    assert await names("page=2") == []


async def test_a_worker_is_edited(api: httpx.AsyncClient, shop: Json) -> None:
    given = {
        "subdomain": {"enabled": True},
        "tail_consumers": [{"name": "watcher"}],
        "logpush": True,
    }

    shown = result(await api.patch("/workers/shop", json=given))

    assert (shown["subdomain"]["enabled"], shown["logpush"]) == (True, True)
    assert shown["tail_consumers"] == given["tail_consumers"]
    settings = result(await api.get("/scripts/shop/script-settings"))
    assert (settings["tail_consumers"], settings["tags"]) == ([{"service": "watcher"}], ["a"])


async def test_the_latest_version_gets_other_secrets_and_is_not_deployed(
    api: httpx.AsyncClient, shop: Json, runtime: Watched
) -> None:
    env = {"TOKEN": None, "KEY": {"type": "secret_text", "text": "x"}}
    body = {"env": env, "annotations": {"workers/message": "m", "workers/tag": None}}

    made = result(await api.patch("/workers/shop/versions/latest", json=body))

    assert [one["name"] for one in made["resources"]["bindings"]] == ["WHO", "KEY"]
    assert made["annotations"] == {"workers/message": "m"}
    assert [call for call, _ in runtime.calls].count("deployed") == 1
