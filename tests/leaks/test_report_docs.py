"""What docs/leaks.md tells users to write can be read."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator.config import read as read_twin
from emulator.guard.declared import Declared
from emulator.leaks.cli import leaks
from emulator.leaks.report.baseline import read as read_baseline
from emulator.leaks.routes import from_list
from emulator.leaks.settings import read as read_settings
from tests.leaks.reported import TODAY

PAGE = Path(__file__).parents[2] / "docs" / "leaks.md"
TEXT = PAGE.read_text(encoding="utf-8")
SIGN_IN, GIVEN, OWN, GUARD, BASELINE = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def test_its_leaks_toml_is_one(tmp_path: Path) -> None:
    (tmp_path / "leaks.toml").write_text(SIGN_IN)
    routes = from_list("POST /api/notes\nGET /api/notes/:id\nDELETE /api/notes/:id")

    told = read_settings(tmp_path / "leaks.toml", routes, {"SUPABASE_URL": "http://s"})

    assert told.sign_in.supabase == "http://s"
    assert told.specs["POST /api/notes"].makes == "note"


@pytest.mark.parametrize("text", [GIVEN, OWN])
def test_its_other_ways_to_sign_in_are_some(tmp_path: Path, text: str) -> None:
    (tmp_path / "leaks.toml").write_text(text)

    told = read_settings(tmp_path / "leaks.toml", ()).sign_in

    assert len(told.cookies) == 3 or told.sign_out.request == "POST /api/logout"


def test_its_twin_toml_is_one(tmp_path: Path) -> None:
    (tmp_path / "twin.toml").write_text(GUARD)

    guard = read_twin(tmp_path / "twin.toml").guard

    assert guard is not None
    assert Declared.of(guard.model_dump()).vectorize == {"VECTORS": ("userId",)}


def test_its_baseline_is_one(tmp_path: Path) -> None:
    (tmp_path / "baseline.toml").write_text(BASELINE)

    [entry] = read_baseline(tmp_path / "baseline.toml", TODAY)

    assert entry.reason == "Whether somebody has an avatar is public."


@pytest.mark.parametrize("command", ["run", "mutate"])
def test_its_options_are_there(command: str) -> None:
    options = CliRunner().invoke(leaks, [command, "--help"]).output
    told = [line for line in TEXT.splitlines() if line.startswith(("$ cftwin leaks", "    --"))]

    for block in re.findall(rf"cftwin leaks {command} (?:[^\n]*\\\n)*[^\n]*", "\n".join(told)):
        for option in re.findall(r"(?<=\s)--[a-z][\w-]+", block.partition(" -- ")[0]):
            assert option in options


def test_its_pictures_are_there() -> None:
    for name in re.findall(r"\]\((pictures/[^)]+)\)", TEXT):
        assert (PAGE.parent / name).is_file()
