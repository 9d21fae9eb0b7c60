"""The engine's exact search against numpy's."""

import asyncio
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.vectorize.models import Metric
from emulator.vectorize.tuning import Tuning
from tests.vectorize.engine_model import NEVER, Rows, clustered, same

METRICS = list(Metric)
# Small whole numbers: scores are often equal, and then the slot decides.
WHOLE = st.integers(-2, 2)


def scores(hits: list[tuple[int, float]]) -> list[float]:
    return [score for _, score in hits]


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


@settings(deadline=None, max_examples=60)
@given(data=st.data(), metric=st.sampled_from(METRICS), dimensions=st.integers(1, 5))
async def test_any_writes_are_searched_as_numpy_would(
    data: st.DataObject, metric: Metric, dimensions: int
) -> None:
    vectors = st.lists(WHOLE, min_size=dimensions, max_size=dimensions)
    with TemporaryDirectory() as path, closing(Rows(Path(path), dimensions, metric)) as rows:
        for _ in range(data.draw(st.integers(0, 6))):
            removed = data.draw(st.sets(st.sampled_from(sorted(rows.living) or [0])))
            rows.put(data.draw(st.lists(vectors, max_size=12)), removed & set(rows.living))
            query, limit = data.draw(vectors), data.draw(st.integers(1, 30))
            allowed = data.draw(st.none() | st.lists(st.integers(0, 60), unique=True))
            found = await rows.search(query, limit, allowed)
            assert same(found, rows.expected(query, limit, allowed))
            if data.draw(st.booleans()):
                rows.reopen()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dimensions", [1, 2, 31, 384, 1_536])
async def test_dimensions_from_one_to_1536(
    tmp_path: Path, random: np.random.Generator, dimensions: int, metric: Metric
) -> None:
    rows = Rows(tmp_path, dimensions, metric)
    rows.put(random.standard_normal((40, dimensions)))
    query = random.standard_normal(dimensions)

    assert same(await rows.search(query, 10), rows.expected(query, 10))


async def test_empty_index_finds_nothing(tmp_path: Path) -> None:
    assert await Rows(tmp_path, 3).search([1, 2, 3], 10) == []


async def test_limit_may_exceed_what_is_there(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2)
    slots = rows.put([[1, 0], [0, 1]])

    assert [slot for slot, _ in await rows.search([1, 0], 100)] == slots


async def test_nothing_allowed_finds_nothing(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2)
    rows.put([[1, 0]])

    assert await rows.search([1, 0], 10, allowed=[]) == []
    assert await rows.search([1, 0], 0) == []


async def test_allowed_may_name_what_is_gone_or_never_was(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2)
    first, second = rows.put([[1, 0], [0, 1]])
    rows.remove([first])

    assert await rows.search([1, 0], 10, allowed=[999, second, first]) == [(second, 0.0)]


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
@pytest.mark.parametrize("metric", METRICS)
async def test_filters_of_any_width_are_exact(
    tmp_path: Path, random: np.random.Generator, metric: Metric, share: float
) -> None:
    rows = Rows(tmp_path, 8, metric, Tuning(segment_rows=300, partition_floats=NEVER))
    slots = rows.put(random.standard_normal((1_000, 8)))
    rows.remove(slots[::7])
    allowed = [slot for slot in slots if random.random() < share]
    query = random.standard_normal(8)

    assert same(await rows.search(query, 20, allowed), rows.expected(query, 20, allowed))


async def test_same_direction_has_the_cosine_one(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 768)
    vector = clustered(1, 768)[0]
    rows.put([vector, vector * 3, -vector])

    assert await rows.search(vector, 3) == [(0, 1.0), (1, 1.0), (2, -1.0)]


async def test_vector_of_zeros_is_as_like_as_a_right_angle(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2)
    rows.put([[-1, 0], [0, 0], [0, -1], [1, 0]])

    assert await rows.search([1, 0], 4) == [(3, 1.0), (1, 0.0), (2, 0.0), (0, -1.0)]
    assert await rows.search([0, 0], 2) == [(0, 0.0), (1, 0.0)]


async def test_euclidean_is_the_distance_and_nearest_first(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2, Metric.EUCLIDEAN)
    rows.put([[3, 4], [0, 1]])

    assert await rows.search([0, 0], 2) == [(1, 1.0), (0, 5.0)]


async def test_dot_product_is_negative_and_largest_first(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2, Metric.DOT_PRODUCT)
    rows.put([[1, 1], [2, 3]])

    assert await rows.search([1, 1], 2) == [(1, -5.0), (0, -2.0)]


@pytest.mark.parametrize("metric", METRICS)
async def test_equal_vectors_come_in_the_order_of_their_slots(
    tmp_path: Path, metric: Metric
) -> None:
    rows = Rows(tmp_path, 48, metric, Tuning(segment_rows=3_000, partition_floats=NEVER))
    vector = clustered(1, 48)[0]
    slots = rows.put(np.tile(vector, (7_000, 1)))
    rows.remove(slots[:5])

    assert [slot for slot, _ in await rows.search(vector, 10)] == slots[5:15]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("size", [1e-38, 1e-25, 1e15, 1e38])
async def test_values_of_any_size_keep_their_order(
    tmp_path: Path, metric: Metric, size: float
) -> None:
    rows = Rows(tmp_path, 2, metric)
    rows.put(np.array([[1, -1], [1, 0], [1, 0.25]]) * size)

    found = await rows.search(np.array([1, 0.2]) * size, 3)

    assert [slot for slot, _ in found] == [2, 1, 0]
    assert np.isfinite(scores(found)).all()


async def test_distances_between_far_away_neighbours_are_exact(tmp_path: Path) -> None:
    # The squares of these are a million times their distances, which float32 alone loses
    # where many queries are compared at once.
    rows = Rows(tmp_path, 4, Metric.EUCLIDEAN, Tuning(segment_rows=100, partition_floats=NEVER))
    rows.put(1_000 + np.random.default_rng(1).random((500, 4)) / 4)
    queries = 1_000 + np.random.default_rng(2).random((8, 4)) / 4

    together = await asyncio.gather(*[rows.search(query, 10) for query in queries])

    assert all(
        same(found, rows.expected(query, 10))
        for found, query in zip(together, queries, strict=True)
    )


@pytest.mark.parametrize("limit", [1, 10, 100])
@pytest.mark.parametrize("metric", METRICS)
async def test_removed_rows_are_never_found(
    tmp_path: Path, random: np.random.Generator, metric: Metric, limit: int
) -> None:
    rows = Rows(
        tmp_path, 16, metric, Tuning(segment_rows=200, partition_floats=NEVER, dead_share=2)
    )
    slots = rows.put(random.standard_normal((500, 16)))
    query = rows.living[slots[0]]
    rows.remove([slot for slot, _ in rows.expected(query, 400)])

    assert same(await rows.search(query, limit), rows.expected(query, limit))


async def test_row_is_found_from_its_reveal_on(tmp_path: Path) -> None:
    rows = Rows(tmp_path, 2)
    rows.put([[0, 1]])
    assert await rows.search([1, 0], 5) == [(0, 0.0)]
    first = rows.engine.append(np.array([[1, 0]], np.float32))
    assert await rows.search([1, 0], 5) == [(0, 0.0)]

    rows.engine.reveal(np.array([first]), np.array([0]))

    assert await rows.search([1, 0], 5) == [(first, 1.0)]
