"""A KV store by itself, its time standing still; `namespace_id` is an empty namespace in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.kv.store import KVStore


@pytest.fixture
def kv(tmp_path: Path, clock: ManualClock) -> Iterator[KVStore]:
    store = KVStore(tmp_path / "kv", Settings(), clock, Ids(seed=1))
    yield store
    store.close()


@pytest.fixture
def namespace_id(kv: KVStore) -> str:
    return kv.create_namespace("sessions").id
