"""How many requests a run may make, and how fast."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.lab.budget import Budget, BudgetSpent


class Hand:
    """A clock that is moved by waiting and by hand."""

    def __init__(self) -> None:
        self.moment = 0.0

    def now(self) -> float:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += seconds


def test_a_spent_budget_lets_nothing_pass() -> None:
    hand = Hand()
    budget = Budget(2, 0, hand.wait, hand.now)
    budget.take()
    budget.take()

    with pytest.raises(BudgetSpent, match="2 requests"):
        budget.take()
    assert budget.spent == 2


@given(st.integers(1, 50), st.sampled_from([0.5, 3.5, 20.0]))
def test_the_pace_is_never_exceeded(requests: int, pace: float) -> None:
    hand = Hand()
    budget = Budget(0, pace, hand.wait, hand.now)

    for _ in range(requests):
        budget.take()

    assert hand.moment == pytest.approx((requests - 1) / pace)


def test_what_was_not_used_is_not_saved_up() -> None:
    hand = Hand()
    budget = Budget(0, 1.0, hand.wait, hand.now)
    budget.take()
    hand.moment = 100.0

    budget.take()
    budget.take()

    assert hand.moment == 101.0


def test_without_limits_nobody_waits() -> None:
    hand = Hand()
    budget = Budget(0, 0, hand.wait, hand.now)

    for _ in range(1_000):
        budget.take()

    assert (hand.moment, budget.left) == (0.0, 0)
