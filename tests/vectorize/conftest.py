"""A Vectorize store by itself, its time standing still; `index` is an empty index in it.

Vectors of the tests have two dimensions: `at(0)` to `at(90)` are directions in degrees, so
which of them are near is plain to see.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.vectorize.index import IndexStore
from emulator.vectorize.models import Metric
from emulator.vectorize.store import VectorizeStore

DELAY_SECONDS = 10.0


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[VectorizeStore]:
    store = VectorizeStore(tmp_path / "vectorize", Settings(), clock, Ids(seed=1))
    yield store
    store.close()


@pytest.fixture
def index(store: VectorizeStore) -> IndexStore:
    store.create_index("shop", 2, Metric.COSINE)
    return store.index("shop")


@pytest.fixture
def slow(tmp_path: Path, clock: ManualClock) -> Iterator[IndexStore]:
    """An index whose mutations become visible ten seconds later."""
    settings = Settings(vectorize_delay_seconds=DELAY_SECONDS)
    store = VectorizeStore(tmp_path / "slow", settings, clock, Ids(seed=1))
    store.create_index("shop", 2, Metric.COSINE)
    yield store.index("shop")
    store.close()
