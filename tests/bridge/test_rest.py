"""The API's part of the bridge (`wrangler-wire` §10)."""

from pathlib import Path

import httpx
import pytest

from emulator import Account, Settings, Twin
from emulator.app import create_app
from emulator.bridge.sessions import Sessions
from tests.assertions import assert_failure
from tests.bridge.asking import api_client
from tests.running import NotRunning
from tests.workers.forms import form, raw_form


async def session_of(api: httpx.AsyncClient) -> dict[str, str]:
    token = (await api.get("/subdomain/edge-preview")).json()["result"]["token"]
    return {"cf-preview-upload-config-token": token}


async def test_an_upload_opens_its_bindings(
    api: httpx.AsyncClient, sessions: Sessions, namespace_id: str
) -> None:
    kv = {"name": "KV", "type": "kv_namespace", "namespace_id": namespace_id, "raw": True}

    uploaded = await api.post(
        "/scripts/shop/edge-preview", headers=await session_of(api), **form(bindings=[kv])
    )

    assert uploaded.json()["success"]
    preview = sessions.find(uploaded.json()["result"]["preview_token"])
    assert (preview.script, preview.bindings) == ("shop", {"KV": kv})


async def test_an_upload_without_a_session_is_10049(api: httpx.AsyncClient) -> None:
    refused = await api.post("/scripts/shop/edge-preview", **form(bindings=[]))

    message = "The preview session has expired. Open a new one and try again."
    assert_failure(refused, status=400, code=10049, message=message)


async def test_a_binding_that_names_nothing_is_refused_as_in_a_deployment(
    api: httpx.AsyncClient,
) -> None:
    kv = {"name": "KV", "type": "kv_namespace", "namespace_id": "0" * 32, "raw": True}

    refused = await api.post(
        "/scripts/shop/edge-preview", headers=await session_of(api), **form(bindings=[kv])
    )

    assert refused.json()["errors"][0]["code"] == 10041


@pytest.mark.parametrize("metadata", [b"", b"[]", b'{"bindings":[1]}', b'{"bindings":[{"raw":1}]}'])
async def test_an_upload_that_makes_no_sense_is_a_400(
    api: httpx.AsyncClient, metadata: bytes
) -> None:
    refused = await api.post(
        "/scripts/shop/edge-preview", headers=await session_of(api), **raw_form(metadata)
    )

    assert (refused.status_code, refused.json()["success"]) == (400, False)


async def test_a_users_own_code_is_refused(api: httpx.AsyncClient, namespace_id: str) -> None:
    kv = {"name": "KV", "type": "kv_namespace", "namespace_id": namespace_id}

    refused = await api.post(
        "/scripts/shop/edge-preview", headers=await session_of(api), **form(bindings=[kv])
    )

    message = "wrangler dev --remote is not implemented by Cloudflare Twin"
    assert_failure(refused, status=501, code=501, message=message)
    session = await api.get("/scripts/shop/subdomain/edge-preview")
    assert_failure(session, status=501, code=501, message=message)


async def test_wranglers_bridge_is_led_to_this_machine_and_nobody_else(
    api: httpx.AsyncClient, account: Account
) -> None:
    led = await api.get("/subdomain")
    told = await api.get("/subdomain", headers={"User-Agent": "wrangler/4.164.0"})

    assert led.json()["result"] == {"subdomain": "^"}
    assert told.json()["result"] == {"subdomain": account.workers.triggers.subdomain()}


async def test_with_names_in_the_hosts_file_the_subdomain_stays(tmp_path: Path) -> None:
    twin = Twin(Settings(state=tmp_path / "other", bridge_hosts=True))
    app = create_app(twin, runtime=NotRunning(), sessions=Sessions(twin.clock, twin.ids))
    account, credential = twin.create_account("Ada")

    async with api_client(app, account.id, credential.value) as api:
        told = await api.get("/subdomain")

    subdomain = twin.account(account.id).workers.triggers.subdomain()
    twin.close()
    assert told.json()["result"] == {"subdomain": subdomain}


async def test_a_bridge_that_is_off_says_how_it_is_switched_on(
    twin: Twin, account: Account, token: str
) -> None:
    app = create_app(twin, runtime=NotRunning())

    async with api_client(app, account.id, token) as api:
        session = await api.get("/subdomain/edge-preview")
        preview = await api.post("/scripts/shop/edge-preview", **form(bindings=[]))

    assert (session.status_code, preview.status_code) == (501, 501)
    assert "bridge_port = 443" in session.json()["errors"][0]["message"]


async def test_a_session_needs_permission_to_change_workers(
    api: httpx.AsyncClient, account: Account, twin: Twin
) -> None:
    scopes = {account.id: frozenset({"workers:read", "kv:write"})}
    twin.directory.put_credential("reader", "r" * 40, scopes)

    refused = await api.get(
        "/subdomain/edge-preview", headers={"Authorization": f"Bearer {'r' * 40}"}
    )

    assert refused.status_code == 403
