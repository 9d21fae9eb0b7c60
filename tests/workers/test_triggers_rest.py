"""Subdomain, schedules, domains, routes and assets over Cloudflare's API v4."""

from base64 import b64encode
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock, iso
from tests.assertions import assert_failure
from tests.workers.forms import form

A, B = "a" * 32, "b" * 32


def result(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()["result"]


@pytest.fixture(autouse=True)
async def shop(api: httpx.AsyncClient) -> None:
    result(await api.put("/scripts/shop", **form()))


async def test_the_account_has_a_subdomain(api: httpx.AsyncClient, account: Account) -> None:
    subdomain = f"twin-{account.id[:8]}"
    assert result(await api.get("/subdomain")) == {"subdomain": subdomain}

    refused = await api.put("/subdomain", json={"subdomain": "other"})
    assert refused.json()["errors"][0]["code"] == 10036
    await api.delete("/subdomain")
    gone = await api.get("/subdomain")
    assert (gone.status_code, gone.json()["errors"][0]["code"]) == (404, 10007)
    enabled = await api.post("/scripts/shop/subdomain", json={"enabled": True})
    assert enabled.json()["errors"][0]["code"] == 10063

    assert result(await api.put("/subdomain", json={"subdomain": "other"})) == {
        "subdomain": "other"
    }


@pytest.mark.parametrize(("name", "code"), [("mine", 10031), ("free", 10032), ("no_t", 10034)])
async def test_a_subdomain_is_taken_or_free(api: httpx.AsyncClient, name: str, code: int) -> None:
    await api.delete("/subdomain")
    await api.put("/subdomain", json={"subdomain": "mine"})

    response = await api.get(f"/subdomains/{name}")

    assert response.json()["errors"][0]["code"] == code


async def test_a_script_is_put_on_the_subdomain(api: httpx.AsyncClient) -> None:
    path = "/scripts/shop/subdomain"
    assert result(await api.get(path)) == {"enabled": False, "previews_enabled": False}

    for body, shown in [
        ({"enabled": True}, {"enabled": True, "previews_enabled": True}),
        (
            {"enabled": True, "previews_enabled": False},
            {"enabled": True, "previews_enabled": False},
        ),
    ]:
        assert result(await api.post(path, json=body)) == shown == result(await api.get(path))

    assert result(await api.delete(path)) == {"enabled": False, "previews_enabled": False}


async def test_schedules_are_replaced(api: httpx.AsyncClient, clock: ManualClock) -> None:
    path, now = "/scripts/shop/schedules", iso(clock.now())
    shown = {"schedules": [{"cron": "0 0 * * *", "created_on": now, "modified_on": now}]}

    assert result(await api.put(path, json=[{"cron": "0 0 * * *"}])) == shown
    assert result(await api.get(path)) == shown
    refused = await api.put(path, json=[{"cron": "0 0 * * 0"}])
    assert_failure(refused, status=400, code=10100, message="invalid cron string")
    assert result(await api.put(path, json=[])) == {"schedules": []}


async def test_a_domain_is_attached_and_detached(api: httpx.AsyncClient) -> None:
    made = result(await api.put("/domains", json={"hostname": "a.example.com", "service": "shop"}))

    assert (made["service"], made["zone_name"]) == ("shop", "example.com")
    for path in ("/domains", "/domains?service=shop", "/domains/records?hostname=a.example.com"):
        assert result(await api.get(path)) == [made]
    assert result(await api.get("/domains?service=other")) == []
    assert result(await api.get(f"/domains/{made['id']}")) == made
    assert result(await api.get(f"/domains/records/{made['id']}")) == made
    assert result(await api.delete(f"/domains/{made['id']}")) is None
    assert (await api.get(f"/domains/{made['id']}")).json()["errors"][0]["code"] == 100114


async def test_a_scripts_domains_are_replaced(api: httpx.AsyncClient) -> None:
    records = "/scripts/shop/domains/records"
    await api.put(records, json={"origins": [{"hostname": "a.example"}]})
    origins = [{"hostname": "b.example"}]

    changes = result(
        await api.post("/scripts/shop/domains/changeset?replace_state=true", json=origins)
    )
    await api.put(records, json={"origins": origins, "override_scope": True})

    assert changes["added"] == [{"hostname": "b.example"}]
    assert [one["hostname"] for one in changes["removed"]] == ["a.example"]
    assert [one["hostname"] for one in result(await api.get("/domains"))] == ["b.example"]


async def test_routes_are_replaced(api: httpx.AsyncClient) -> None:
    path = "/scripts/shop/routes"

    made = result(await api.put(path, json=["a.example/*", {"pattern": "b.example/*"}]))

    assert made == result(await api.get(path))
    assert [(one["pattern"], one["script"]) for one in made] == [
        ("a.example/*", "shop"),
        ("b.example/*", "shop"),
    ]


async def begin(api: httpx.AsyncClient, **sizes: int) -> Any:
    manifest = {f"/{name}": {"hash": name * 32, "size": size} for name, size in sizes.items()}
    return result(
        await api.post("/scripts/shop/assets-upload-session", json={"manifest": manifest})
    )


async def upload(api: httpx.AsyncClient, token: str, **files: bytes) -> httpx.Response:
    parts = {name * 32: (name * 32, b64encode(data), "text/plain") for name, data in files.items()}
    return await api.post(
        "/assets/upload?base64=true", files=parts, headers={"Authorization": f"Bearer {token}"}
    )


async def test_assets_are_uploaded_and_belong_to_the_version(
    api: httpx.AsyncClient, twin: Twin
) -> None:
    session = await begin(api, a=3, b=0)
    assert session["buckets"] == [[A, B]]
    first = await upload(api, session["jwt"], a=b"one")
    assert (first.status_code, first.json()["result"]) == (200, {"jwt": None})
    last = await upload(api, session["jwt"], b=b"")
    assert last.status_code == 201

    assets = {"jwt": last.json()["result"]["jwt"], "config": {"html_handling": "none"}}
    made = result(await api.put("/scripts/shop", **form(assets=assets)))
    kept = result(await api.put("/scripts/shop", **form(keep_assets=True)))
    lost = result(await api.put("/scripts/shop", **form()))

    assert [one["has_assets"] for one in (made, kept, lost)] == [True, True, False]


async def test_one_file_is_uploaded_alone(api: httpx.AsyncClient) -> None:
    session = await begin(api, a=3)

    response = await api.post(
        f"/assets/upload/{A}",
        content=b"one",
        headers={"Authorization": f"Bearer {session['jwt']}", "content-type": "text/css"},
    )

    assert (response.status_code, bool(response.json()["result"]["jwt"])) == (201, True)


async def test_a_worker_may_be_assets_alone(api: httpx.AsyncClient) -> None:
    session = await begin(api, a=3)
    done = await upload(api, session["jwt"], a=b"one")
    assets = {"jwt": done.json()["result"]["jwt"]}

    response = await api.put("/scripts/shop", **form(main=None, assets=assets))

    # The form has a module as well, which nothing names.
    assert result(response)["has_modules"] is False


@pytest.mark.parametrize("path", ["/assets/upload", f"/assets/upload/{A}"])
@pytest.mark.parametrize("authorization", [None, "", "Bearer ", "Bearer x", "Basic eDp5"])
async def test_an_upload_needs_the_sessions_token(
    api: httpx.AsyncClient, path: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    del api.headers["Authorization"]

    response = await api.post(path, headers=headers)

    assert_failure(response, status=403, code=10000, message="Authentication error")


async def test_another_accounts_session_uploads_nothing_here(
    api: httpx.AsyncClient, twin: Twin
) -> None:
    record, _ = twin.create_account("Another tenant")
    theirs = twin.account(record.id).workers.assets.begin("shop", {})
    await begin(api, a=3)

    assert (await upload(api, theirs.token, a=b"one")).status_code == 403


async def test_a_file_that_is_not_in_the_manifest_is_refused(api: httpx.AsyncClient) -> None:
    session = await begin(api, a=3)

    response = await upload(api, session["jwt"], b=b"x")

    assert response.json()["errors"][0]["code"] == 10906
