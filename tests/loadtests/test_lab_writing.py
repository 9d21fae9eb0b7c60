"""What a run is told to be, from the figures of its processes."""

from typing import Any

from loadtests.lab.recorder import Recorder
from loadtests.lab.settings import settings_from
from loadtests.lab.writing import run_of

FIGURES: dict[str, Any] = {
    "started_at": "2026-11-26T12:00:00+00:00",
    "began": 0.0,
    "turns": [],
    "timings": [],
    "users": 2,
    "processes": 2,
}


def notes(silent: int) -> tuple[str, ...]:
    figures = FIGURES | {"silent": silent, "measured": Recorder().take()}
    return run_of(settings_from({}), figures, None).notes


def test_a_reader_is_told_first_that_a_process_has_not_told_all() -> None:
    assert notes(1)[0].startswith("1 of 2 Locust processes did not tell")
    assert not any("did not tell" in one for one in notes(0))
