"""Many at once: searches beside writes, and indexes that go away under their users."""

import asyncio
import threading
from contextlib import suppress
from functools import partial
from struct import pack

import pytest

from emulator import Twin
from emulator.core.errors import CloudflareError
from emulator.core.lane import Lane
from emulator.vectorize.errors import IndexNotFound, TooManyRequests
from emulator.vectorize.index import IndexStore
from emulator.vectorize.inputs import batch_from
from emulator.vectorize.models import Kind, Metric
from emulator.vectorize.query import Query
from emulator.vectorize.store import VectorizeStore
from tests.vectorize.asking import found, matches, upsert, vector

EVERYTHING = Query(pack("2f", 1.0, 0.0), top_k=50)


async def test_a_query_never_loses_a_vector_that_is_being_replaced(index: IndexStore) -> None:
    vectors = [vector(str(number), number, {"n": number}) for number in range(20)]
    index.upsert_now(vectors)

    async def replace() -> None:
        for _ in range(40):
            await index.commit(lambda: index.upsert(batch_from(vectors, 2)))

    writing = asyncio.create_task(replace())
    while not writing.done():
        answer = await index.query(EVERYTHING)
        assert [match.id for match in answer] == [str(number) for number in range(20)]
    await writing


async def test_a_match_carries_the_metadata_of_the_vector_that_was_found(
    index: IndexStore,
) -> None:
    index.create_metadata_index("d", Kind.NUMBER)

    async def turn() -> None:
        for _ in range(30):
            for degrees in (0, 90):
                batch = batch_from([vector("a", degrees, {"d": degrees})], 2)
                await index.commit(partial(index.upsert, batch))

    upsert(index, vector("a", 0, {"d": 0}))
    writing = asyncio.create_task(turn())
    while not writing.done():
        for match in await matches(index, filter={"d": 0}):
            assert match.score == pytest.approx(1.0, abs=1e-6)
        for match in await matches(index, filter={"d": 90}):
            assert match.score == pytest.approx(0.0, abs=1e-6)
    await writing


async def test_concurrent_writes_all_count(index: IndexStore) -> None:
    batches = [batch_from([vector(str(number))], 2) for number in range(100)]

    mutations = await asyncio.gather(
        *(index.commit(partial(index.upsert, batch)) for batch in batches)
    )

    assert len(set(mutations)) == 100
    assert index.info().vectors == 100


def test_threads_may_write_at_once(index: IndexStore) -> None:
    def write(name: int) -> None:
        for number in range(20):
            upsert(index, vector(f"{name}-{number}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert index.info().vectors == 80


async def test_a_query_of_a_deleted_index_finds_it_gone(
    store: VectorizeStore, index: IndexStore
) -> None:
    index.upsert_now([vector(str(number), number) for number in range(90)])

    async def ask() -> int:
        answered = 0
        while True:
            answered += len(await index.query(EVERYTHING))

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    await index.query(EVERYTHING)
    await asyncio.to_thread(store.delete_index, "shop")

    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {IndexNotFound}


async def test_an_account_is_reset_while_it_is_used(twin: Twin) -> None:
    record, _ = twin.create_account("Busy")
    store = twin.account(record.id).vectorize
    store.create_index("shop", 2, Metric.COSINE)
    index = store.index("shop")

    batch = batch_from([vector("a")], 2)

    async def use() -> None:
        with suppress(CloudflareError):
            while True:
                await index.commit(lambda: index.upsert(batch))
                await index.query(EVERYTHING)

    using = [asyncio.create_task(use()) for _ in range(4)]
    await index.query(EVERYTHING)
    twin.reset(record.id)
    await asyncio.gather(*using)

    again = twin.account(record.id).vectorize
    assert again.indexes() == []
    again.create_index("shop", 2, Metric.COSINE)
    assert again.index("shop").info().vectors == 0


async def test_too_many_writes_are_refused_not_kept_waiting(
    index: IndexStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_lane", Lane("full", capacity=0))

    with pytest.raises(TooManyRequests):
        await index.commit(index.info)


async def test_an_index_that_is_at_work_is_not_closed_for_another(
    store: VectorizeStore, index: IndexStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.vectorize.store.MAX_OPEN", 1)
    upsert(index, vector("a"))
    store.create_index("other", 2, Metric.COSINE)
    begun, go_on = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        go_on.wait()
        return upsert(index, vector("b"))

    writing = asyncio.create_task(index.commit(work))
    await asyncio.to_thread(begun.wait)
    try:
        assert store.index("other").info().vectors == 0
    finally:
        go_on.set()

    await writing
    assert await found(index) == ["a", "b"]


async def test_two_indexes_keep_apart(store: VectorizeStore) -> None:
    for name in ("one", "two"):
        store.create_index(name, 2, Metric.COSINE)
        upsert(store.index(name), vector(name))

    assert await found(store.index("one")) == ["one"]
    assert await found(store.index("two")) == ["two"]
