"""Every side can do every operation that it is asked for, and both sides of a pair the same."""

import pytest

from loadtests.lab.doors.all import DOORS, operation_of
from loadtests.lab.settings import settings_from
from loadtests.lab.sides import FAMILIES, OPERATIONS
from loadtests.report.sides import PAIRS, Pair

SETTINGS = settings_from({})


@pytest.mark.parametrize("side", OPERATIONS)
def test_a_side_can_do_all_its_operations(side: str) -> None:
    door = DOORS[side](SETTINGS, "run")

    assert all(callable(operation_of(door, name)) for name in OPERATIONS[side])


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_both_sides_of_a_pair_are_asked_the_same(pair: Pair) -> None:
    left, right = pair.left, pair.right

    assert OPERATIONS[left] == OPERATIONS[right]
    assert any(left in family and right in family for family in FAMILIES)
