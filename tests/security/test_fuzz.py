"""The fuzzers for a moment, with a seed: `python -m tests.security.fuzz` runs them for longer."""

import pytest

from tests.security.fuzz import FUZZERS, run


def test_nothing_made_up_breaks_the_twin(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = run(1.6, 20_261_126, list(FUZZERS))

    assert wrong == []
    assert capsys.readouterr().out.count(" requests ") == len(FUZZERS)
