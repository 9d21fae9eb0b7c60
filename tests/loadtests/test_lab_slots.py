"""The order in which sides take turns."""

from hypothesis import given
from hypothesis import strategies as st

from loadtests.lab.sides import FAMILIES
from loadtests.lab.slots import WARM_UP, slots

SIDES = [side for family in FAMILIES for side in family]
some = st.lists(st.sampled_from(SIDES), min_size=1, unique=True)


@given(some, st.integers(1, 6), st.integers(10, 300))
def test_every_side_has_one_turn_in_each_round(sides: list[str], rounds: int, seconds: int) -> None:
    made = slots(sides, rounds, seconds)

    seen = {(one.round, one.side) for one in made if one.round}
    assert seen == {(number + 1, side) for number in range(rounds) for side in sides}
    assert len(made) == len(sides) * (rounds + WARM_UP)
    assert abs(sum(one.seconds for one in made) - seconds) < 1e-6


def test_the_order_turns_around_from_round_to_round() -> None:
    made = [one.side for one in slots(["d1", "supabase"], 3, 80)]

    assert made == ["d1", "supabase", "supabase", "d1", "d1", "supabase", "supabase", "d1"]


def test_the_first_round_counts_for_nothing() -> None:
    assert [one.round for one in slots(["kv", "postgres"], 2, 6)] == [0, 0, 1, 1, 2, 2]


def test_without_rounds_nobody_takes_turns() -> None:
    assert slots(["d1", "supabase"], 0, 60) == ()


@given(some, st.integers(1, 6))
def test_sides_of_a_family_have_turns_of_the_same_length(sides: list[str], rounds: int) -> None:
    made = slots(sides, rounds, 100)

    for family in FAMILIES:
        lengths = {one.seconds for one in made if one.side in family}
        assert len(lengths) <= 1
