"""A state directory belongs to one twin at a time."""

from pathlib import Path

import pytest

from emulator.core.state import State, StateInUse


def test_a_second_twin_on_the_same_state_is_refused(tmp_path: Path) -> None:
    state = State(tmp_path)

    with pytest.raises(StateInUse, match="is in use by another twin"):
        State(tmp_path)
    state.close()
    State(tmp_path).close()


def test_an_ephemeral_state_is_gone_when_closed() -> None:
    state = State()
    (state.path / "file").write_text("x")

    state.close()

    assert not state.path.exists()
