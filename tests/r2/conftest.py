"""R2 by itself and behind its S3 door, time standing still and no pace kept.

`bucket` is an empty bucket in the store `r2`; `s3` signs as the test's account, which has an
empty bucket `shop`; `anyone` signs nothing.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from emulator import Account, Settings, Twin
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.r2.bucket import BucketStore
from emulator.r2.store import R2Store
from tests.bindings import Runtime
from tests.r2.signing import Keys, keys_of, s3_client
from tests.r2.worker import Env

FREE = Settings(r2_write_limit=False)


@pytest.fixture
def twin(tmp_path: Path, clock: ManualClock) -> Iterator[Twin]:
    settings = Settings(state=tmp_path / "state", r2_write_limit=False)
    twin = Twin(settings, clock=clock, ids=Ids(seed=1))
    yield twin
    twin.close()


@pytest.fixture
def r2(tmp_path: Path, clock: ManualClock) -> Iterator[R2Store]:
    store = R2Store(tmp_path / "r2", FREE, clock, Ids(seed=1))
    yield store
    store.close()


@pytest.fixture
def bucket(r2: R2Store) -> BucketStore:
    r2.create_bucket("shop")
    return r2.bucket("shop")


@pytest.fixture
def shop(account: Account) -> BucketStore:
    """The bucket that `s3` talks about, from behind."""
    account.r2.create_bucket("shop")
    return account.r2.bucket("shop")


@pytest.fixture
def keys(twin: Twin, token: str) -> Keys:
    """The S3 keys of the test's account."""
    return keys_of(twin, token)


@pytest.fixture
async def s3(twin: Twin, keys: Keys, shop: BucketStore) -> AsyncIterator[httpx.AsyncClient]:
    async with s3_client(twin, keys) as client:
        yield client


@pytest.fixture
async def anyone(twin: Twin, shop: BucketStore) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without keys."""
    async with s3_client(twin, None) as client:
        yield client


@pytest.fixture
def value(shop: BucketStore) -> None:
    """The object `key` in that bucket."""
    shop.write("key", b"value")


@pytest.fixture
async def env(runtime: Runtime, shop: BucketStore) -> Env:
    """That bucket's binding."""
    return Env(await runtime.bind("r2", "shop"))
