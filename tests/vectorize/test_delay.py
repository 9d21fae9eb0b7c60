"""Asynchronous mutations: durable at once, visible when their delay has passed, in order."""

from pathlib import Path

import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.vectorize.errors import MetadataIndexNotFound, TooManyMetadataIndexes
from emulator.vectorize.index import IndexStore
from emulator.vectorize.models import Kind, Metric
from emulator.vectorize.store import VectorizeStore
from tests.vectorize.asking import at, found, insert, upsert, vector
from tests.vectorize.conftest import DELAY_SECONDS


async def test_a_write_is_invisible_to_every_read_until_its_delay_has_passed(
    slow: IndexStore, clock: ManualClock
) -> None:
    upsert(slow, vector("a"))
    clock.advance(DELAY_SECONDS - 0.5)

    assert await found(slow) == []
    assert slow.get(["a"]) == []
    assert slow.list_ids(10).ids == []
    assert (slow.info().vectors, slow.info().mutation) == (0, None)

    clock.advance(0.5)
    assert await found(slow) == ["a"]


@pytest.mark.parametrize("read", ["get", "list", "info"])
def test_whoever_reads_first_sees_what_is_due(
    slow: IndexStore, clock: ManualClock, read: str
) -> None:
    upsert(slow, vector("a"))
    clock.advance(DELAY_SECONDS)

    seen = {
        "get": lambda: len(slow.get(["a"])),
        "list": lambda: len(slow.list_ids(10).ids),
        "info": lambda: slow.info().vectors,
    }[read]()
    assert seen == 1


def test_a_mutation_is_processed_at_its_time_whenever_it_is_noticed(
    slow: IndexStore, clock: ManualClock
) -> None:
    due = clock.now() + DELAY_SECONDS
    mutation = upsert(slow, vector("a"))
    clock.advance(3_600)

    assert (slow.info().mutation, slow.info().processed_at) == (mutation, due)


def test_mutations_are_processed_one_after_another(slow: IndexStore, clock: ManualClock) -> None:
    first = upsert(slow, vector("a"))
    clock.advance(4)
    second = slow.delete(["a"])
    clock.advance(6)

    assert (slow.info().mutation, slow.info().vectors) == (first, 1)
    clock.advance(4)
    assert (slow.info().mutation, slow.info().vectors) == (second, 0)


def test_a_backlog_is_processed_in_order(slow: IndexStore, clock: ManualClock) -> None:
    insert(slow, vector("a", 10), vector("b", 10))
    upsert(slow, vector("a", 20))
    slow.delete(["b"])
    insert(slow, vector("b", 30), vector("a", 40))
    clock.advance(DELAY_SECONDS)

    a, b = slow.get(["a", "b"])
    assert a.values == pytest.approx(at(20))
    assert b.values == pytest.approx(at(30))
    assert slow.info().vectors == 2


def test_an_insert_is_decided_when_it_is_processed(slow: IndexStore, clock: ManualClock) -> None:
    upsert(slow, vector("a", 10))
    clock.advance(DELAY_SECONDS)
    slow.delete(["a"])
    insert(slow, vector("a", 20))
    clock.advance(DELAY_SECONDS)

    assert slow.get(["a"])[0].values == pytest.approx(at(20))


def test_an_old_vector_is_seen_until_its_replacement_is_due(
    slow: IndexStore, clock: ManualClock
) -> None:
    upsert(slow, vector("a", 10, namespace="old"))
    clock.advance(DELAY_SECONDS)
    upsert(slow, vector("a", 20, namespace="new"))

    assert slow.get(["a"])[0].item.namespace == "old"
    assert slow.get(["a"])[0].values == pytest.approx(at(10))
    clock.advance(DELAY_SECONDS)
    assert slow.get(["a"])[0].item.namespace == "new"


async def test_a_metadata_index_is_a_mutation_like_others(
    slow: IndexStore, clock: ManualClock
) -> None:
    slow.create_metadata_index("n", Kind.NUMBER)
    assert slow.metadata_indexes() == []

    clock.advance(DELAY_SECONDS)
    assert [one.path for one in slow.metadata_indexes()] == ["n"]
    slow.delete_metadata_index("n")
    assert [one.path for one in slow.metadata_indexes()] == ["n"]

    clock.advance(DELAY_SECONDS)
    assert slow.metadata_indexes() == []


async def test_a_metadata_index_covers_what_was_written_behind_it(
    slow: IndexStore, clock: ManualClock
) -> None:
    upsert(slow, vector("before", 0, {"n": 1}))
    slow.create_metadata_index("n", Kind.NUMBER)
    upsert(slow, vector("behind", 0, {"n": 1}))
    clock.advance(DELAY_SECONDS)

    assert await found(slow, filter={"n": 1}) == ["behind"]


def test_metadata_indexes_that_wait_count(slow: IndexStore, clock: ManualClock) -> None:
    for number in range(10):
        slow.create_metadata_index(f"p{number}", Kind.NUMBER)

    with pytest.raises(TooManyMetadataIndexes):
        slow.create_metadata_index("one more", Kind.NUMBER)
    clock.advance(DELAY_SECONDS)
    slow.delete_metadata_index("p0")
    slow.create_metadata_index("one more", Kind.NUMBER)


def test_a_metadata_index_that_waits_is_not_there_yet(slow: IndexStore) -> None:
    slow.create_metadata_index("n", Kind.NUMBER)

    with pytest.raises(MetadataIndexNotFound):
        slow.delete_metadata_index("n")


def reopened(directory: Path, clock: ManualClock, delay_seconds: float) -> VectorizeStore:
    settings = Settings(vectorize_delay_seconds=delay_seconds)
    return VectorizeStore(directory, settings, clock, Ids(seed=2))


def test_what_waits_outlives_the_store(tmp_path: Path, clock: ManualClock) -> None:
    store = reopened(tmp_path / "v", clock, DELAY_SECONDS)
    store.create_index("shop", 2, Metric.COSINE)
    mutation = upsert(store.index("shop"), vector("a", 30, {"n": 1}, "space"))
    store.close()

    again = reopened(tmp_path / "v", clock, DELAY_SECONDS)
    assert again.index("shop").info().vectors == 0
    clock.advance(DELAY_SECONDS)

    assert again.index("shop").info().mutation == mutation
    [stored] = again.index("shop").get(["a"])
    assert stored.values == pytest.approx(at(30))
    assert (stored.item.metadata, stored.item.namespace) == (b'{"n":1}', "space")
    again.close()


def test_nothing_overtakes_what_waits_though_the_delay_is_gone(
    tmp_path: Path, clock: ManualClock
) -> None:
    store = reopened(tmp_path / "v", clock, DELAY_SECONDS)
    store.create_index("shop", 2, Metric.COSINE)
    upsert(store.index("shop"), vector("a", 10))
    store.close()

    again = reopened(tmp_path / "v", clock, 0)
    upsert(again.index("shop"), vector("a", 20))
    assert again.index("shop").info().vectors == 0
    clock.advance(DELAY_SECONDS)

    assert again.index("shop").get(["a"])[0].values == pytest.approx(at(20))
    again.close()


async def test_a_backlog_does_not_hold_up_the_event_loop(
    slow: IndexStore, clock: ManualClock
) -> None:
    mutations = [upsert(slow, vector(str(number))) for number in range(300)]
    clock.advance(DELAY_SECONDS)

    await slow.catch_up()

    # Whatever is left would be processed on the loop, by the next read.
    assert (slow.info().mutation, slow.info().vectors) == (mutations[-1], 300)
