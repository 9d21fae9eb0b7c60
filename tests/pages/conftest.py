"""Pages by REST, over a runtime that runs nothing."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import create_app
from tests.running import NotRunning

Json = dict[str, Any]
Deploy = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def root(twin: Twin) -> AsyncIterator[httpx.AsyncClient]:
    """The API without credentials."""
    transport = httpx.ASGITransport(create_app(twin, runtime=NotRunning()))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin/client/v4") as client:
        yield client


@pytest.fixture
async def api(twin: Twin, account: Account, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API below the account's projects."""
    transport = httpx.ASGITransport(create_app(twin, runtime=NotRunning()))
    async with httpx.AsyncClient(
        transport=transport,
        base_url=f"http://twin/client/v4/accounts/{account.id}/pages/projects",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client


@pytest.fixture
async def project(api: httpx.AsyncClient) -> Json:
    made = await api.post("", json={"name": "shop", "production_branch": "main"})
    result: Json = made.json()["result"]
    return result


@pytest.fixture
def deploy(api: httpx.AsyncClient, root: httpx.AsyncClient, project: Json) -> Deploy:
    """Uploads files, by path their text, and makes a deployment of them."""

    async def upload(files: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        files = {"/index.html": "home"} if files is None else files
        token = (await api.get("/shop/upload-token")).json()["result"]["jwt"]
        hashes = {path: f"{abs(hash((path, text))):032x}" for path, text in files.items()}
        body = [
            {"key": hashes[path], "value": b64encode(text.encode()).decode(), "base64": True}
            for path, text in files.items()
        ]
        headers = {"Authorization": f"Bearer {token}"}
        await root.post("/pages/assets/upload", json=body, headers=headers)
        parts = {"manifest": json.dumps(hashes), **fields}
        form = [(name, (None, value)) for name, value in parts.items()]
        return await api.post("/shop/deployments", files=form)

    return upload
