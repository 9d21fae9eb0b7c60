"""An account's indexes: made, found, deleted, and opened only when they are used."""

from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.vectorize import store as store_module
from emulator.vectorize.errors import (
    IndexExists,
    IndexNotFound,
    InvalidConfig,
    InvalidIndexName,
    TooManyIndexes,
)
from emulator.vectorize.models import Index, Metric
from emulator.vectorize.store import VectorizeStore
from tests.vectorize.asking import upsert, vector


def test_an_index_is_what_it_was_made_as(store: VectorizeStore, clock: ManualClock) -> None:
    made = store.create_index("shop", 768, Metric.EUCLIDEAN, "Goods")

    assert made == Index("shop", "Goods", 768, Metric.EUCLIDEAN, clock.now())
    assert store.get_index("shop") == made
    assert store.indexes() == [made]


def test_indexes_are_listed_oldest_first(store: VectorizeStore) -> None:
    for name in ("b", "c", "a"):
        store.create_index(name, 2, Metric.COSINE)

    assert [index.name for index in store.indexes()] == ["b", "c", "a"]


def test_a_name_is_given_once(store: VectorizeStore) -> None:
    store.create_index("shop", 2, Metric.COSINE)

    with pytest.raises(IndexExists, match='Index name "shop"'):
        store.create_index("shop", 3, Metric.COSINE)
    assert store.get_index("shop").dimensions == 2


@pytest.mark.parametrize("name", ["a", "a-b_9", "z" * 64])
def test_a_good_name_is_taken(store: VectorizeStore, name: str) -> None:
    assert store.create_index(name, 2, Metric.COSINE).name == name


@pytest.mark.parametrize(
    "name", ["", "A", "9a", "-a", "_a", "a b", "a.b", "a/b", "é", "a\n", "z" * 65, "\ud800"]
)
def test_a_bad_name_is_refused(store: VectorizeStore, name: str) -> None:
    with pytest.raises(InvalidIndexName):
        store.create_index(name, 2, Metric.COSINE)


@pytest.mark.parametrize("dimensions", [1, 1_536])
def test_dimensions_may_be_up_to_1536(store: VectorizeStore, dimensions: int) -> None:
    assert store.create_index("shop", dimensions, Metric.COSINE).dimensions == dimensions


@pytest.mark.parametrize("dimensions", [-1, 0, 1_537])
def test_other_dimensions_are_refused(store: VectorizeStore, dimensions: int) -> None:
    with pytest.raises(InvalidConfig, match="from 1 to 1536"):
        store.create_index("shop", dimensions, Metric.COSINE)


def test_a_description_has_a_limit(store: VectorizeStore) -> None:
    with pytest.raises(InvalidConfig, match="longer than 1024"):
        store.create_index("shop", 2, Metric.COSINE, "x" * 1_025)


def test_an_account_has_a_limit_of_indexes(
    store: VectorizeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_INDEXES", 2)
    store.create_index("a", 2, Metric.COSINE)
    store.create_index("b", 2, Metric.COSINE)

    with pytest.raises(TooManyIndexes, match="max is 2"):
        store.create_index("c", 2, Metric.COSINE)


@pytest.mark.parametrize("make_another", [False, True])
def test_an_unknown_name_is_not_found(store: VectorizeStore, make_another: bool) -> None:
    if make_another:
        store.create_index("other", 2, Metric.COSINE)

    for ask in (store.get_index, store.index, store.delete_index):
        with pytest.raises(IndexNotFound, match='Index name "shop"'):
            ask("shop")


def test_an_account_without_indexes_has_no_file(store: VectorizeStore, tmp_path: Path) -> None:
    assert store.indexes() == []
    assert not (tmp_path / "vectorize").exists()


def test_an_index_has_no_file_before_it_is_used(store: VectorizeStore, tmp_path: Path) -> None:
    for number in range(20):
        store.create_index(f"index-{number}", 2, Metric.COSINE)

    assert not any(path.is_dir() for path in (tmp_path / "vectorize").iterdir())
    assert len(store.indexes()) == 20


def test_a_deleted_index_is_gone_with_its_files(store: VectorizeStore, tmp_path: Path) -> None:
    store.create_index("shop", 2, Metric.COSINE)
    upsert(store.index("shop"), vector("a"))

    store.delete_index("shop")

    assert store.indexes() == []
    assert not any(path.is_dir() for path in (tmp_path / "vectorize").iterdir())


def test_a_name_that_is_free_again_names_an_empty_index(store: VectorizeStore) -> None:
    store.create_index("shop", 2, Metric.COSINE)
    upsert(store.index("shop"), vector("a"))
    store.delete_index("shop")

    store.create_index("shop", 3, Metric.DOT_PRODUCT)

    info = store.index("shop").info()
    assert (info.dimensions, info.vectors, info.mutation) == (3, 0, None)


def test_what_held_a_deleted_index_finds_it_gone(store: VectorizeStore) -> None:
    store.create_index("shop", 2, Metric.COSINE)
    index = store.index("shop")

    store.delete_index("shop")

    with pytest.raises(IndexNotFound):
        index.info()
    with pytest.raises(IndexNotFound):
        upsert(index, vector("a"))


def reopened(directory: Path, clock: ManualClock) -> VectorizeStore:
    return VectorizeStore(directory, Settings(), clock, Ids(seed=2))


def test_indexes_and_vectors_outlive_the_store(
    store: VectorizeStore, tmp_path: Path, clock: ManualClock
) -> None:
    store.create_index("shop", 2, Metric.COSINE)
    upsert(store.index("shop"), vector("a", 30, {"n": 1}, "space"))
    before = (store.indexes(), store.index("shop").info(), store.index("shop").get(["a"]))
    store.close()

    again = reopened(tmp_path / "vectorize", clock)

    assert (again.indexes(), again.index("shop").info(), again.index("shop").get(["a"])) == before
    again.close()


def test_what_a_deletion_that_was_cut_short_left_is_removed(
    store: VectorizeStore, tmp_path: Path, clock: ManualClock
) -> None:
    store.create_index("shop", 2, Metric.COSINE)
    upsert(store.index("shop"), vector("a"))
    store.close()
    orphan = tmp_path / "vectorize" / ("0" * 32)
    orphan.mkdir(parents=True)

    again = reopened(tmp_path / "vectorize", clock)

    assert len(again.indexes()) == 1
    assert not orphan.exists()
    assert again.index("shop").info().vectors == 1
    again.close()


def test_the_index_longest_unused_is_closed_and_opens_again(
    store: VectorizeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_OPEN", 2)
    for name in ("a", "b", "c"):
        store.create_index(name, 2, Metric.COSINE)
    first = store.index("a")
    upsert(first, vector("x"))
    kept = store.index("b")
    store.index("a")

    store.index("c")

    assert store.index("a") is first
    assert store.index("b") is not kept
    assert store.index("a").info().vectors == 1
