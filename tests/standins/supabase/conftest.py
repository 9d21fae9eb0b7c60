"""A project in this process: its application, its mails, and clients with each of its keys."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from emulator import Settings
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.standins.supabase.app import App
from emulator.standins.supabase.mails import Mail
from emulator.standins.supabase.project import Project, open_project

ACCOUNT = "a5" * 16
EMAIL, PASSWORD = "ada@example.com", "correct horse"
URL = "https://project.supabase.co/auth/v1"
LISTENER = "http://127.0.0.1:8788/supabase"
VERSION = {"x-supabase-api-version": "2024-01-01"}

Json = dict[str, Any]


class Auth(httpx.AsyncClient):
    """Auth as somebody with an API key; `as_user` takes an access token."""

    async def sign_up(self, email: str = EMAIL, password: str = PASSWORD, **more: object) -> Json:
        response = await self.post("/signup", json={"email": email, "password": password, **more})
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
        return await self.post(
            "/token?grant_type=password", json={"email": email, "password": password}
        )

    async def refresh(self, token: str) -> httpx.Response:
        return await self.post("/token?grant_type=refresh_token", json={"refresh_token": token})

    async def user(self, access_token: str) -> httpx.Response:
        return await self.get("/user", headers=bearer(access_token))

    async def change(self, access_token: str, **changes: object) -> httpx.Response:
        return await self.put("/user", headers=bearer(access_token), json=changes)


async def followed(client: httpx.AsyncClient, link: str) -> httpx.Response:
    """What a browser gets that follows a link of a mail, by way of the API's listener."""
    return await client.get(link.replace(f"{LISTENER}/auth/v1", URL))


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def fragment_of(response: httpx.Response) -> dict[str, str]:
    """What the place that a link leads to is told behind its `#`."""
    assert response.status_code == 303, response.text
    return single(parse_qs(urlsplit(response.headers["location"]).fragment))


def query_of(response: httpx.Response) -> dict[str, str]:
    return single(parse_qs(urlsplit(response.headers["location"]).query))


def single(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: value for name, (value,) in values.items()}


def error_of(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, in the form of the newer API version."""
    assert response.headers["x-supabase-api-version"] == "2024-01-01"
    return response.status_code, response.json()["code"]


@pytest.fixture
def mails() -> list[Mail]:
    """What the project has mailed, the oldest first."""
    return []


@pytest.fixture
def options() -> dict[str, object]:
    """Settings of the project that a test's module overrides."""
    return {}


@pytest.fixture
def project(
    tmp_path: Path, clock: ManualClock, mails: list[Mail], options: dict[str, Any]
) -> Iterator[Project]:
    settings, ids = Settings(**options), Ids(seed=1)
    project = open_project(tmp_path, ACCOUNT, settings, clock, ids, LISTENER, mails.append)
    yield project
    project.close()


@pytest.fixture
async def clients(project: Project) -> AsyncIterator[Callable[[str | None], Auth]]:
    """Makes clients with an API key, as both the key and the bearer token."""
    async with AsyncExitStack() as stack:

        def make(key: str | None) -> Auth:
            headers = {**VERSION, **({"apikey": key, **bearer(key)} if key else {})}
            transport = httpx.ASGITransport(App(project))
            client = Auth(transport=transport, base_url=URL, headers=headers)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def anon(clients: Callable[[str | None], Auth], project: Project) -> Auth:
    """Auth for anybody who has the public key."""
    return clients(project.keys.anon)


@pytest.fixture
def admin(clients: Callable[[str | None], Auth], project: Project) -> Auth:
    """Auth for the service role."""
    return clients(project.keys.service_role)


@pytest.fixture
def nobody(clients: Callable[[str | None], Auth]) -> Auth:
    """Auth for somebody without any key."""
    return clients(None)
