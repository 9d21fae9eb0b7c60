"""Distributions: what is drawn has the median and the 95th percentile that were asked for."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.latency.spread import Spread

DRAWS = 10_000


@pytest.mark.parametrize(("p50", "p95"), [(0.5, 1.0), (85.0, 110.0), (1_500.0, 4_000.0)])
def test_draws_have_the_percentiles_that_were_asked_for(p50: float, p95: float) -> None:
    random, spread = Random(1), Spread(p50, p95)
    drawn = sorted(spread.draw(random) for _ in range(DRAWS))

    assert drawn[DRAWS // 2] == pytest.approx(p50, rel=0.05)
    assert drawn[DRAWS * 95 // 100] == pytest.approx(p95, rel=0.05)
    assert drawn[0] > 0


@settings(max_examples=25)
@given(st.floats(min_value=0, max_value=10_000), st.integers())
def test_a_fixed_duration_is_itself_and_takes_no_draw(milliseconds: float, seed: int) -> None:
    random = Random(seed)

    assert Spread(milliseconds).draw(random) == milliseconds
    assert random.random() == Random(seed).random()


@settings(max_examples=25)
@given(st.integers())
def test_the_same_seed_draws_the_same(seed: int) -> None:
    first, second = Random(seed), Random(seed)
    spread = Spread(10, 30)

    assert [spread.draw(first) for _ in range(5)] == [spread.draw(second) for _ in range(5)]
