"""The bridge in this process: the API that opens previews, and a client that wrangler would be."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import Asgi, create_app, create_bridge, doors_of, gateway_of
from emulator.bridge.sessions import Sessions
from tests.bridge.asking import Bridged, api_client, shop
from tests.running import NotRunning
from tests.workers.forms import form

Preview = Callable[..., Awaitable[str]]


@pytest.fixture
def sessions(twin: Twin) -> Sessions:
    return Sessions(twin.clock, twin.ids)


@pytest.fixture
def app(twin: Twin, sessions: Sessions) -> Asgi:
    """The bridge; of all scripts, it knows one called `shop`."""
    doors = doors_of(twin, gateway_of(twin))
    scripts = {"shop": shop}
    return create_bridge(twin, sessions, doors, lambda _, script: scripts.get(script))


@pytest.fixture
async def api(
    twin: Twin, account: Account, token: str, sessions: Sessions
) -> AsyncIterator[httpx.AsyncClient]:
    """The API, below the account's Workers."""
    app = create_app(twin, runtime=NotRunning(), sessions=sessions)
    async with api_client(app, account.id, token) as client:
        yield client


@pytest.fixture
def preview(api: httpx.AsyncClient) -> Preview:
    """Does what wrangler does before it bridges; the token that opens the bindings."""

    async def open_preview(*bindings: dict[str, Any]) -> str:
        session = (await api.get("/subdomain/edge-preview")).json()["result"]["token"]
        raw = [binding | {"raw": True} for binding in bindings]
        uploaded = await api.post(
            "/scripts/shop/edge-preview",
            headers={"cf-preview-upload-config-token": session},
            **form(bindings=raw),
        )
        token: str = uploaded.json()["result"]["preview_token"]
        return token

    return open_preview


@pytest.fixture
def namespace_id(account: Account) -> str:
    return account.kv.create_namespace("sessions").id


@pytest.fixture
async def env(app: Asgi, preview: Preview, namespace_id: str) -> AsyncIterator[Bridged]:
    """A Worker in `wrangler dev` that has a namespace, bound as KV."""
    token = await preview({"name": "KV", "type": "kv_namespace", "namespace_id": namespace_id})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://bridge"
    ) as client:
        yield Bridged(client, token)
