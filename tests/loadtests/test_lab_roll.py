"""Users of a load: who they are, and that all sides are asked for the same."""

import pytest

from loadtests.lab.people import Lab, Person
from loadtests.lab.picks import Picks
from loadtests.lab.roll import Roll


def lab(run: str, seed: int = 1) -> Lab:
    """Of five people with thirty jobs each."""
    people = tuple(
        Person(number, f"{run}-{number}", f"{number}@example.com", "", jobs(run, number))
        for number in range(5)
    )
    return Lab(run, seed, people)


def jobs(run: str, number: int) -> tuple[str, ...]:
    return tuple(f"{run} {number} {job}" for job in range(30))


def drawn(picks: Picks) -> list[object]:
    """A few of everything, without what says which run and side it is of."""
    places = [picks.person.jobs.index(picks.job()) for _ in range(5)]
    rows = [picks.row()["title"] for _ in range(5)]
    more = [(picks.words(), picks.kind(), picks.page(), picks.number(9)) for _ in range(5)]
    return [picks.person.number, places, rows, more, list(picks.vector())]


def users(roll: Roll, side: str, count: int) -> list[Picks]:
    return [roll.picks(side) for _ in range(count)]


def test_both_sides_have_the_same_people_who_ask_for_the_same() -> None:
    roll = Roll(lab("first"))
    left, right = users(roll, "d1", 4), users(roll, "supabase", 4)

    assert [drawn(one) for one in left] == [drawn(one) for one in right]


def test_users_of_one_side_ask_for_different_things() -> None:
    first, second = users(Roll(lab("first")), "d1", 2)

    assert drawn(first)[1:] != drawn(second)[1:]


def test_what_is_asked_for_depends_on_the_seed_and_not_on_the_run() -> None:
    first, again = Roll(lab("first")).picks("d1"), Roll(lab("again")).picks("d1")
    other = Roll(lab("first", seed=2)).picks("d1")

    assert drawn(first) == drawn(again) != drawn(other)


@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_have_together_the_users_of_one(processes: int) -> None:
    alone = users(Roll(lab("first")), "d1", 6)
    rolls = [Roll(lab("first"), place, processes) for place in range(processes)]
    shared = [one for roll in rolls for one in users(roll, "d1", 6 // processes)]

    assert {one.name for one in shared} == {one.name for one in alone}
    assert sorted(map(str, map(drawn, shared))) == sorted(map(str, map(drawn, alone)))


def test_nobody_makes_what_another_makes() -> None:
    rolls = [Roll(lab("first"), place, 2) for place in range(2)]
    everybody = [one for roll in rolls for side in ("d1", "worker") for one in users(roll, side, 3)]

    assert len({one.new_id() for one in everybody}) == 12
    assert len({one.name for one in everybody}) == 12


def test_where_each_operation_is_another_persons_all_have_their_turn() -> None:
    rolls = [Roll(lab("first"), place, 2) for place in range(2)]
    asked = [roll.person("jobmatch").number for _ in range(5) for roll in rolls]

    assert sorted(asked) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
