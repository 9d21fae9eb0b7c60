"""Stand-ins as a Worker meets them, over `/_outside/`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import create_app

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def ask(twin: Twin, account: Account) -> AsyncIterator[Ask]:
    """Sends a request to a URL of the outside world as the test's account, or to the twin."""
    transport = httpx.ASGITransport(create_app(twin))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:

        async def ask(method: str, url: str, **options: Any) -> httpx.Response:
            headers = {"cftwin-account": account.id, **options.pop("headers", {})}
            path = url.replace("https://", "/_outside/", 1)
            return await client.request(method, path, headers=headers, **options)

        yield ask
