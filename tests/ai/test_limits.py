"""What an account may ask for: requests a minute, neurons a day. Time moves by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import Settings
from emulator.ai.errors import FreeAllocationUsed, TooManyRequests
from emulator.ai.store import AIStore
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids

DAY = 86_400


def store_in(path: Path, clock: ManualClock, **settings: Any) -> AIStore:
    return AIStore(path, Settings(**settings), clock, Ids(seed=1))


@pytest.fixture
def free(tmp_path: Path, clock: ManualClock) -> Iterator[AIStore]:
    store = store_in(tmp_path, clock, ai_free_allocation=True)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("model", "task", "limit"),
    [
        ("@cf/baai/bge-base-en-v1.5", "Text Embeddings", 3_000),
        ("@cf/baai/bge-large-en-v1.5", "Text Embeddings", 1_500),
        ("@cf/meta/llama-3.1-8b-instruct", "Text Generation", 300),
    ],
)
def test_a_minute_has_so_many_requests(
    tmp_path: Path, clock: ManualClock, model: str, task: str, limit: int
) -> None:
    store = store_in(tmp_path, clock, rate_limit=True)
    for _ in range(limit):
        store.admit(model, task)

    with pytest.raises(TooManyRequests, match=str(limit)):
        store.admit(model, task)
    clock.advance(60)

    store.admit(model, task)


def test_models_of_one_task_share_its_limit(tmp_path: Path, clock: ManualClock) -> None:
    store = store_in(tmp_path, clock, rate_limit=True)
    for number in range(300):
        store.admit(f"@cf/meta/llama-{number}", "Text Generation")

    with pytest.raises(TooManyRequests):
        store.admit("@cf/meta/llama", "Text Generation")
    store.admit("@cf/baai/bge-m3", "Text Embeddings")


def test_there_are_no_limits_unless_asked_for(tmp_path: Path, clock: ManualClock) -> None:
    store = store_in(tmp_path, clock)

    for _ in range(301):
        store.admit("@cf/meta/llama", "Text Generation")

    assert not (tmp_path / "ai.sqlite").exists()


def test_the_free_allocation_ends_and_returns_at_midnight(
    free: AIStore, clock: ManualClock
) -> None:
    free.spend("@cf/meta/llama", 9_999.0, 1, 1)
    free.admit("@cf/meta/llama", "Text Generation")
    free.spend("@cf/meta/llama", 1.0, 1, 1)

    with pytest.raises(FreeAllocationUsed, match="10,000 neurons"):
        free.admit("@cf/meta/llama", "Text Generation")
    clock.advance(DAY - clock.now() % DAY)

    free.admit("@cf/meta/llama", "Text Generation")


def test_neurons_outlive_the_twin(tmp_path: Path, clock: ManualClock) -> None:
    first = store_in(tmp_path, clock)
    first.spend("a", 1.5, 10, 5)
    first.spend("a", 1.0, 1, 1)
    first.close()

    second = store_in(tmp_path, clock)

    assert second.neurons_today() == 2.5
    assert [(row["model"], row["requests"]) for row in second.usage()] == [("a", 2)]
    second.close()


def test_what_ends_after_a_reset_is_not_charged(tmp_path: Path, clock: ManualClock) -> None:
    store = store_in(tmp_path, clock)
    store.close()

    store.spend("a", 1.0, 1, 1)

    assert list(tmp_path.iterdir()) == []


def test_the_history_keeps_the_newest(tmp_path: Path, clock: ManualClock) -> None:
    store = store_in(tmp_path, clock, ai_calls=2)

    for number in range(3):
        store.calls.add(record_of(f"m{number}"))

    assert [record.model for record in store.calls.recent(10)] == ["m2", "m1"]
    assert [record.model for record in store.calls.recent(10, model="*1")] == ["m1"]


def record_of(model: str) -> Any:
    from emulator.ai.models import Record

    return Record("", 0.0, "workers-ai", model, "", "generated", None, {}, {}, 0, 0, 0.0)
