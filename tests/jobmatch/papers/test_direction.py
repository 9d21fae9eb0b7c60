"""Letters in the order and shape that they are drawn in."""

import pytest

from jobmatch.papers.direction import as_drawn, right_to_left


@pytest.mark.parametrize(
    ("text", "leftward"),
    [("abc שלום", False), ("12, שלום abc", True), ("مرحبا", True), ("12", False)],
)
def test_the_first_letter_with_a_direction_decides(text: str, leftward: bool) -> None:
    assert right_to_left(text) == leftward


def test_hebrew_is_drawn_from_the_right() -> None:
    assert as_drawn("a שלום b", leftward=False) == "a םולש b"


def test_brackets_turn_round() -> None:
    assert as_drawn("שלום (12)", leftward=True) == "(12) םולש"


def test_arabic_letters_are_joined() -> None:
    assert as_drawn("بيت", leftward=True) == "\ufe96\ufef4\ufe91"


def test_what_runs_to_the_right_stays_as_it_is() -> None:
    assert as_drawn("(a) é", leftward=False) == "(a) é"
