"""Workers over Cloudflare's API v4: scripts, versions, deployments, secrets, settings."""

import json
from typing import Any

import httpx
import pytest

from emulator.core.clock import ManualClock, iso
from emulator.workers.limits import TAIL_SECONDS
from tests.assertions import assert_failure
from tests.workers.answers import assert_missing, result
from tests.workers.forms import HELLO, form, hello
from tests.workers.runtimes import Watched

Json = Any


async def test_an_upload_answers_with_the_whole_script(
    api: httpx.AsyncClient, shop: Json, clock: ManualClock
) -> None:
    now = iso(clock.now())
    version = (await api.get("/scripts/shop/versions")).json()["result"]["items"][0]["id"]

    assert shop == {
        "id": "shop",
        "tag": shop["tag"],
        "tags": ["a"],
        "etag": shop["etag"],
        "deployment_id": version.replace("-", ""),
        "handlers": ["fetch"],
        "named_handlers": [],
        "has_assets": False,
        "has_modules": True,
        "entry_point": "worker.js",
        "usage_model": "standard",
        "compatibility_date": "2026-01-01",
        "compatibility_flags": [],
        "migration_tag": None,
        "last_deployed_from": "api",
        "logpush": False,
        "observability": {"enabled": False},
        "tail_consumers": [],
        "startup_time_ms": 7,
        "created_on": now,
        "modified_on": now,
    }


async def test_scripts_are_listed_by_their_tags(api: httpx.AsyncClient, shop: Json) -> None:
    await api.put("/scripts/other", **form())

    async def names(**query: str) -> list[str]:
        return [one["id"] for one in result(await api.get("/scripts", params=query))]

    assert await names() == ["other", "shop"]
    assert await names(tags="a:yes") == ["shop"]
    assert await names(tags="a:no") == ["other"]


async def test_scripts_are_searched_by_name(api: httpx.AsyncClient, shop: Json) -> None:
    [found] = result(await api.get("/scripts-search", params={"name": "ho"}))

    assert (found["script_name"], found["id"]) == ("shop", shop["tag"])
    assert result(await api.get("/scripts-search", params={"name": "x"})) == []


@pytest.mark.parametrize("path", ["/scripts/shop", "/scripts/shop/content/v2"])
async def test_modules_are_read_back_as_a_form(api: httpx.AsyncClient, path: str) -> None:
    files = [
        hello(),
        ("./lib/né.wasm", "application/wasm", b"\0asm"),
        ("worker.js.map", "application/source-map", b"{}"),
    ]
    await api.put("/scripts/shop", **form(*files))

    response = await api.get(path)

    kind, _, boundary = response.headers["content-type"].partition("; boundary=")
    assert (kind, response.headers["cf-entrypoint"]) == ("multipart/form-data", "worker.js")
    parts = response.content.split(f"--{boundary}".encode())
    assert len(parts) == 4
    assert HELLO.encode() in parts[1]
    assert 'filename="./lib/né.wasm"'.encode() in parts[2]
    assert parts[2].endswith(b"\r\n\r\n\0asm\r\n")


async def test_a_script_in_the_old_syntax_is_read_back_as_it_is(api: httpx.AsyncClient) -> None:
    script = b"addEventListener('fetch', () => {})"
    await api.put(
        "/scripts/shop", content=script, headers={"content-type": "application/javascript"}
    )

    response = await api.get("/scripts/shop")

    assert (response.headers["content-type"], response.content) == (
        "application/javascript",
        script,
    )
    assert result(await api.get("/scripts"))[0]["has_modules"] is False


async def test_a_source_map_does_not_make_it_a_form(api: httpx.AsyncClient) -> None:
    script = ("old.js", "application/javascript", b"addEventListener('fetch', () => {})")
    source_map = ("old.js.map", "application/source-map", b"{}")
    await api.put("/scripts/shop", **form(script, source_map, main=None, body_part="old.js"))

    assert (await api.get("/scripts/shop")).content == script[2]


async def test_content_is_replaced_and_the_settings_stay(
    api: httpx.AsyncClient, shop: Json, runtime: Watched
) -> None:
    response = await api.put("/scripts/shop/content", **form(hello("new.js"), main="new.js"))

    assert result(response)["entry_point"] == "new.js"
    bindings = runtime.checked[-1].version.bindings
    assert [one["name"] for one in bindings] == ["WHO", "TOKEN"]
    assert runtime.calls[-1] == ("deployed", "shop")


async def test_content_may_name_its_entry_point_in_a_header(
    api: httpx.AsyncClient, shop: Json
) -> None:
    response = await api.put(
        "/scripts/shop/content",
        headers={"CF-WORKER-MAIN-MODULE-PART": "worker.js"},
        **form(main=None),
    )

    assert result(response)["entry_point"] == "worker.js"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/scripts/shop"),
        ("DELETE", "/scripts/shop"),
        ("GET", "/scripts/shop/content/v2"),
        ("GET", "/scripts/shop/versions"),
        ("GET", "/scripts/shop/versions/x"),
        ("GET", "/scripts/shop/deployments"),
        ("GET", "/scripts/shop/deployments/x"),
        ("GET", "/scripts/shop/settings"),
        ("GET", "/scripts/shop/script-settings"),
        ("GET", "/scripts/shop/secrets"),
        ("GET", "/scripts/shop/secrets/A"),
        ("DELETE", "/scripts/shop/secrets/A"),
        ("GET", "/scripts/shop/subdomain"),
        ("GET", "/scripts/shop/schedules"),
        ("GET", "/scripts/shop/references"),
        ("GET", "/scripts/shop/routes"),
        ("GET", "/scripts/shop/tails"),
        ("POST", "/scripts/shop/tails"),
        ("GET", "/workers/shop"),
        ("GET", "/workers/0123456789abcdef0123456789abcdef"),
        ("DELETE", "/workers/shop"),
    ],
)
async def test_a_script_that_is_not_there(api: httpx.AsyncClient, method: str, path: str) -> None:
    assert_missing(await api.request(method, path))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/scripts/shop/secrets", {"name": "A", "text": "x", "type": "secret_text"}),
        ("PATCH", "/scripts/shop/secrets-bulk", {"secrets": {}}),
        ("PATCH", "/scripts/shop/settings", {}),
        ("PATCH", "/scripts/shop/script-settings", {}),
        ("PUT", "/scripts/shop/schedules", []),
        ("PUT", "/scripts/shop/routes", []),
        ("PUT", "/scripts/shop/domains/records", {"origins": []}),
        ("POST", "/scripts/shop/domains/changeset", []),
        ("PUT", "/domains", {"hostname": "a.example", "service": "shop"}),
        ("POST", "/scripts/shop/subdomain", {"enabled": True}),
        ("POST", "/scripts/shop/deployments", {"versions": []}),
        ("PATCH", "/workers/shop", {}),
        ("PATCH", "/workers/shop/versions/latest", {}),
    ],
)
async def test_a_script_that_is_not_there_is_not_changed(
    api: httpx.AsyncClient, method: str, path: str, body: object
) -> None:
    assert_missing(await api.request(method, path, json=body))


async def test_versions_of_a_script_that_is_not_there_are_not_made(
    api: httpx.AsyncClient,
) -> None:
    assert_missing(await api.post("/scripts/shop/versions", **form()))
    assert_missing(await api.put("/scripts/shop/content", **form()))


async def test_a_broken_script_is_told_in_the_runtimes_words(
    api: httpx.AsyncClient, shop: Json, runtime: Watched
) -> None:
    runtime.broken = "Uncaught SyntaxError: Unexpected token '{'\n  at worker.js:1"

    response = await api.put("/scripts/shop", **form(hello(code="{{{")))

    assert_failure(response, status=400, code=10021, message=runtime.broken)
    assert result(await api.get("/scripts"))[0]["etag"] == shop["etag"]


async def test_every_missing_inheritance_is_told(api: httpx.AsyncClient, shop: Json) -> None:
    bindings = [{"name": name, "type": "inherit"} for name in ("A", "B")]

    response = await api.put("/scripts/shop?bindings_inherit=strict", **form(bindings=bindings))

    assert [error["code"] for error in response.json()["errors"]] == [10057, 10057]
    assert (await api.put("/scripts/shop", **form(bindings=bindings))).status_code == 200


async def test_versions_are_shown(api: httpx.AsyncClient, shop: Json, clock: ManualClock) -> None:
    uploaded = form(annotations={"workers/message": "next", "workers/tag": "v2"}, logpush=True)
    made = result(await api.post("/scripts/shop/versions", **uploaded))
    shown = result(await api.get(f"/scripts/shop/versions/{made['id']}"))
    listed = result(await api.get("/scripts/shop/versions?deployable=true&per_page=1"))

    now = iso(clock.now())
    summary = {
        "id": made["id"],
        "number": 2,
        "annotations": {"workers/message": "next", "workers/tag": "v2"},
        "metadata": {
            "created_on": now,
            "modified_on": now,
            "source": "api",
            "author_email": shown["metadata"]["author_email"],
            "has_preview": False,
            "hasPreview": False,
        },
    }
    assert listed == {"items": [summary]}
    assert (
        made
        == shown
        == summary
        | {
            "startup_time_ms": 7,
            "resources": {
                "bindings": [],
                "script": {
                    "etag": shop["etag"],
                    "handlers": ["fetch"],
                    "named_handlers": [],
                    "last_deployed_from": "api",
                    "placement_mode": None,
                },
                "script_runtime": {
                    "compatibility_date": "2021-11-02",
                    "compatibility_flags": [],
                    "usage_model": "standard",
                    "limits": {},
                },
            },
        }
    )
    assert "author_email" in made["metadata"]


async def test_a_version_is_deployed(
    api: httpx.AsyncClient, shop: Json, runtime: Watched, clock: ManualClock
) -> None:
    made = result(await api.post("/scripts/shop/versions", **form()))
    share = {"version_id": made["id"], "percentage": 100}
    body = {"strategy": "percentage", "versions": [share], "annotations": {"workers/message": "m"}}

    refused = await api.post("/scripts/shop/deployments", json=body)
    deployed = result(await api.post("/scripts/shop/deployments?force=true", json=body))

    # The version before had a secret that this one has not, but it is not a step back.
    assert refused.status_code == 200
    assert deployed["versions"] == [share]
    assert deployed["annotations"] == {
        "workers/triggered_by": "deployment",
        "workers/message": "m",
    }
    assert deployed["created_on"] == iso(clock.now())
    assert runtime.calls[-1] == ("deployed", "shop")
    listed = result(await api.get("/scripts/shop/deployments"))["deployments"]
    assert (len(listed), listed[0]) == (3, deployed)
    assert result(await api.get(f"/scripts/shop/deployments/{deployed['id']}")) == deployed


async def test_a_deployment_that_is_over_is_deleted(api: httpx.AsyncClient, shop: Json) -> None:
    await api.put("/scripts/shop", **form())
    _, old = result(await api.get("/scripts/shop/deployments"))["deployments"]

    assert result(await api.delete(f"/scripts/shop/deployments/{old['id']}")) is None

    response = await api.get(f"/scripts/shop/deployments/{old['id']}")
    assert_failure(response, status=404, code=10336, message="Deployment not found.")


async def test_secrets_never_show_what_they_hold(api: httpx.AsyncClient, shop: Json) -> None:
    shown = {"name": "TOKEN", "type": "secret_text"}
    versions = result(await api.get("/scripts/shop/versions"))["items"]

    assert result(await api.get("/scripts/shop/secrets")) == [shown]
    assert result(await api.get("/scripts/shop/secrets/TOKEN")) == shown
    for path in ("/scripts/shop/settings", f"/scripts/shop/versions/{versions[0]['id']}"):
        assert "s3cret" not in (await api.get(path)).text


async def test_a_secret_is_a_new_version_that_is_deployed(
    api: httpx.AsyncClient, shop: Json, runtime: Watched
) -> None:
    body = {"name": "a/b", "text": "two", "type": "secret_text"}

    response = await api.put("/scripts/shop/secrets", json=body)

    assert result(response) == {"name": "a/b", "type": "secret_text"}
    assert runtime.checked[-1].version.secrets["a/b"]["text"] == "two"
    assert runtime.calls[-2:] == [("check", "shop"), ("deployed", "shop")]
    [latest, _] = result(await api.get("/scripts/shop/deployments"))["deployments"]
    assert latest["annotations"] == {"workers/triggered_by": "secret"}

    assert result(await api.delete("/scripts/shop/secrets/a%252Fb?url_encoded=true")) is None
    response = await api.delete("/scripts/shop/secrets/a%2Fb")
    assert_failure(response, status=404, code=10056, message="Binding 'a/b' not found")


async def test_secrets_are_changed_together(api: httpx.AsyncClient, shop: Json) -> None:
    key = {
        "name": "KEY",
        "type": "secret_key",
        "algorithm": {"name": "HMAC"},
        "format": "raw",
        "usages": ["sign"],
        "key_base64": "c2VjcmV0",
    }

    response = await api.patch(
        "/scripts/shop/secrets-bulk",
        content=json.dumps({"secrets": {"TOKEN": None, "NONE": None, "KEY": key}}),
        headers={"content-type": "application/merge-patch+json"},
    )

    shown = {name: value for name, value in key.items() if name != "key_base64"}
    assert result(response) == {"KEY": shown}
    assert result(await api.get("/scripts/shop/secrets")) == [shown]


async def test_a_secret_takes_no_variables_name(api: httpx.AsyncClient, shop: Json) -> None:
    response = await api.put("/scripts/shop/secrets", json={"name": "WHO", "text": "x"})

    assert response.json()["errors"][0]["code"] == 10053


async def test_secrets_and_settings_wait_for_the_latest_version_to_be_deployed(
    api: httpx.AsyncClient, shop: Json
) -> None:
    await api.post("/scripts/shop/versions", **form())

    secret = await api.put("/scripts/shop/secrets", json={"name": "A", "text": "x"})
    settings = await api.patch("/scripts/shop/settings", json={"usage_model": "standard"})

    codes = [one.json()["errors"][0]["code"] for one in (secret, settings)]
    assert codes == [10215, 10214]


async def test_settings_are_changed_by_a_new_version(
    api: httpx.AsyncClient, shop: Json, runtime: Watched
) -> None:
    given = {
        "bindings": [{"name": "NEW", "type": "plain_text", "text": "x"}],
        "compatibility_date": "2026-02-03",
        "compatibility_flags": ["nodejs_compat"],
        "limits": {"cpu_ms": 50},
        "logpush": True,
    }

    response = await api.patch(
        "/scripts/shop/settings", files={"settings": (None, json.dumps(given))}
    )

    shown = result(response)
    assert shown == result(await api.get("/scripts/shop/settings"))
    assert {name: shown[name] for name in given if name != "bindings"} == {
        name: value for name, value in given.items() if name != "bindings"
    }
    # Secrets stay: nobody can send what they hold.
    assert [one["name"] for one in shown["bindings"]] == ["NEW", "TOKEN"]
    assert shown["tags"] == ["a"]
    assert runtime.calls[-1] == ("deployed", "shop")


async def test_settings_that_are_not_named_stay(api: httpx.AsyncClient, shop: Json) -> None:
    await api.patch("/scripts/shop/settings", json={"limits": {"cpu_ms": 50}})

    shown = result(await api.patch("/scripts/shop/settings", json={"placement": {"mode": "smart"}}))

    assert (shown["limits"], shown["placement"]) == ({"cpu_ms": 50}, {"mode": "smart"})
    assert shown["compatibility_date"] == "2026-01-01"


async def test_script_settings_are_not_versioned(api: httpx.AsyncClient, shop: Json) -> None:
    given = {
        "logpush": True,
        "observability": {"enabled": True, "head_sampling_rate": 0.5},
        "tags": ["b"],
        "tail_consumers": [{"service": "watcher"}],
    }

    response = await api.patch("/scripts/shop/script-settings", json=given)

    assert result(response) == result(await api.get("/scripts/shop/script-settings")) == given
    cleared = await api.patch(
        "/scripts/shop/script-settings", json={"tags": None, "observability": None}
    )
    assert result(cleared) == given | {"tags": [], "observability": {"enabled": False}}
    assert len(result(await api.get("/scripts/shop/versions"))["items"]) == 1


async def test_account_settings_are_kept(api: httpx.AsyncClient) -> None:
    default = {"default_usage_model": "standard", "green_compute": False}
    assert result(await api.get("/account-settings")) == default

    response = await api.put("/account-settings", json={"green_compute": True})

    assert result(response) == default | {"green_compute": True}
    assert result(await api.get("/account-settings")) == default | {"green_compute": True}


async def test_a_tail_is_opened_and_closed(
    api: httpx.AsyncClient, shop: Json, clock: ManualClock
) -> None:
    body = json.dumps({"filters": [{"outcome": ["exception"]}]})
    made = result(await api.post("/scripts/shop/tails", content=body))

    assert made["url"].startswith("ws://twin/_twin/tails/")
    assert made["url"].endswith(made["id"])
    assert made["expires_at"] == iso(clock.now() + TAIL_SECONDS)
    assert result(await api.get("/scripts/shop/tails")) == made
    assert result(await api.delete(f"/scripts/shop/tails/{made['id']}")) is None
    assert result(await api.get("/scripts/shop/tails")) is None
    assert (await api.delete(f"/scripts/shop/tails/{made['id']}")).status_code == 404


async def test_without_a_runtime_a_script_is_refused(rest: httpx.AsyncClient) -> None:
    response = await rest.put("/workers/scripts/shop", **form())

    assert response.status_code == 501
    assert "is not implemented by Cloudflare Twin" in response.json()["errors"][0]["message"]
