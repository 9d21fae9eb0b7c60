"""An account with an empty bucket `shop`, and clients of the S3 door: `s3` signs, `anyone` not."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from emulator import Account, Twin
from emulator.app import create_app
from emulator.r2.bucket import BucketStore
from tests.r2.signing import Keys, keys_of, s3_client
from tests.running import NotRunning


@pytest.fixture
async def client(twin: Twin) -> AsyncIterator[httpx.AsyncClient]:
    """The API listener without credentials, and with the routes of all products."""
    transport = httpx.ASGITransport(create_app(twin, runtime=NotRunning()))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        yield client


@pytest.fixture
def keys(twin: Twin, token: str) -> Keys:
    return keys_of(twin, token)


@pytest.fixture
def shop(account: Account) -> BucketStore:
    account.r2.create_bucket("shop")
    return account.r2.bucket("shop")


@pytest.fixture
def directory(twin: Twin, account: Account) -> Path:
    return twin.account_path(account.id) / "r2"


@pytest.fixture
async def s3(twin: Twin, keys: Keys, shop: BucketStore) -> AsyncIterator[httpx.AsyncClient]:
    async with s3_client(twin, keys) as client:
        yield client


@pytest.fixture
async def anyone(twin: Twin, shop: BucketStore) -> AsyncIterator[httpx.AsyncClient]:
    async with s3_client(twin, None) as client:
        yield client
