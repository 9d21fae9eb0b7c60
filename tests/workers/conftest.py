"""Uploads by way of `releases`, watched by a runtime that runs nothing; and the same by REST."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import create_app
from emulator.resources import AccountResources
from emulator.workers.models import Author, Syntax, Version
from emulator.workers.releases import Releases, Site
from emulator.workers.store import WorkersStore
from emulator.workers.upload import Code, File, Upload
from tests.workers.answers import result
from tests.workers.forms import ES_MODULE, HELLO, form
from tests.workers.runtimes import Watched

Publish = Callable[..., Awaitable[Version]]


@pytest.fixture
def runtime() -> Watched:
    return Watched()


@pytest.fixture
def store(account: Account) -> WorkersStore:
    return account.workers


@pytest.fixture
def site(account: Account) -> Site:
    return Site(account.id, account.workers, AccountResources(account))


@pytest.fixture
def releases(twin: Twin, runtime: Watched) -> Releases:
    return Releases(runtime, twin.clock, twin.ids)


@pytest.fixture
def publish(releases: Releases, site: Site) -> Publish:
    """Uploads a Worker of one module and deploys it, unless `deploy=False`."""

    async def upload(
        name: str = "shop", code: str = HELLO, *, deploy: bool = True, **fields: Any
    ) -> Version:
        files = [File("worker.js", ES_MODULE, code.encode())]
        upload = Upload(code=Code(Syntax.MODULES, "worker.js", files), **fields)
        return await releases.release(
            site,
            name,
            Author("api", "ada@example.com"),
            lambda drafts: drafts.of_upload(name, upload, migrate=deploy),
            {"workers/triggered_by": "upload"} if deploy else None,
        )

    return upload


@pytest.fixture
async def api(
    twin: Twin, account: Account, token: str, runtime: Watched
) -> AsyncIterator[httpx.AsyncClient]:
    """The API with the watched runtime, below the account's Workers."""
    transport = httpx.ASGITransport(create_app(twin, runtime=runtime))
    async with httpx.AsyncClient(
        transport=transport,
        base_url=f"http://twin/client/v4/accounts/{account.id}/workers",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client


@pytest.fixture
def modules_on_disk(twin: Twin, account: Account) -> Callable[[], set[str]]:
    """The blobs of modules there are."""
    directory: Path = twin.account_path(account.id) / "workers" / "modules"
    return lambda: {path.name for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
async def shop(api: httpx.AsyncClient) -> Any:
    """The answer to a first upload, of a Worker with a variable and a secret."""
    bindings = [
        {"name": "WHO", "type": "plain_text", "text": "ada"},
        {"name": "TOKEN", "type": "secret_text", "text": "s3cret"},
    ]
    uploaded = form(bindings=bindings, compatibility_date="2026-01-01", tags=["a"])
    return result(await api.put("/scripts/shop", **uploaded))
