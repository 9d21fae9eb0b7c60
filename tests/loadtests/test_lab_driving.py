"""What a plan asks for besides load."""

from dataclasses import replace
from pathlib import Path

from loadtests.lab.driving import Plan, meter_of
from loadtests.lab.settings import settings_from

TURNS = Plan(["D1", "Supabase"], users=8, seconds=120.0, rounds=2, report=Path("report"))
SETTINGS = settings_from({"LOAD_CONTROL": "http://127.0.0.1:8788"})


def test_the_meter_counts_soaks_and_no_turns_at_full_speed() -> None:
    assert meter_of(replace(TURNS, kind="soak"), SETTINGS) == SETTINGS.control
    assert meter_of(TURNS, SETTINGS) == ""
