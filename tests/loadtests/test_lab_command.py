"""What `python -m loadtests` is told wrongly is said before anything is started."""

import pytest
from click.testing import CliRunner

from loadtests.__main__ import main


@pytest.mark.parametrize("option", ["users", "processes", "starts", "rounds"])
@pytest.mark.parametrize("value", ["-1", "x"])
def test_counts_are_counts(option: str, value: str) -> None:
    done = CliRunner().invoke(main, ["compare", f"--{option}", value])

    assert done.exit_code == 2
    assert f"Invalid value for '--{option}'" in done.output


@pytest.mark.parametrize(("command", "option"), [("compare", "seconds"), ("soak", "minutes")])
@pytest.mark.parametrize("value", ["nan", "inf", "0", "-5"])
def test_lengths_of_time_are_finite_and_positive(command: str, option: str, value: str) -> None:
    done = CliRunner().invoke(main, [command, f"--{option}", value])

    assert done.exit_code == 2
    assert "is no length of time" in done.output
