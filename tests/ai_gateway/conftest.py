"""A gateway before providers of the tests' own; time stands still, and waiting moves it."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.ai_gateway.models import Configuration, GatewayRecord
from emulator.ai_gateway.proxy_rest import Gateway
from emulator.ai_gateway.store import GatewayStore
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from tests.ai_gateway.providers import Provider

Made = Callable[..., GatewayRecord]
CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[GatewayStore]:
    store = GatewayStore(tmp_path / "ai_gateway", Settings(), clock, Ids(seed=1))
    yield store
    store.close()


@pytest.fixture
def openai() -> Provider:
    return Provider("openai")


@pytest.fixture
def anthropic() -> Provider:
    return Provider("anthropic")


@pytest.fixture
def workers_ai() -> Provider:
    return Provider("workers-ai")


@pytest.fixture
def waits() -> list[float]:
    """The pauses between attempts, in seconds."""
    return []


@pytest.fixture
def gateway(
    twin: Twin,
    clock: ManualClock,
    waits: list[float],
    openai: Provider,
    anthropic: Provider,
    workers_ai: Provider,
) -> Gateway:
    async def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(seconds)

    upstreams = {"openai": openai, "anthropic": anthropic, "workers-ai": workers_ai}
    return Gateway(twin, lambda: upstreams, wait)


@pytest.fixture
def made(account: Account) -> Made:
    """Makes a gateway of the test's account, `shop` where it is given no other id."""

    def make(gateway_id: str = "shop", **settings: Any) -> GatewayRecord:
        return account.ai_gateway.create(gateway_id, Configuration(**settings))

    return make


@pytest.fixture
async def caller(gateway: Gateway, account: Account) -> AsyncIterator[httpx.AsyncClient]:
    """Paths start at a gateway's id; no credentials."""
    transport = httpx.ASGITransport(gateway)
    base_url = f"http://twin/gateway/v1/{account.id}"
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as caller:
        yield caller
