"""`cftwin leaks run`: what it prints and how it ends."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from emulator.leaks.cli import leaks
from tests.leaks.notes import DOCUMENT, OLD, TOKENS, Notes, running


def ran(notes: Notes, directory: Path, *more: str) -> Result:
    document, config = directory / "openapi.json", directory / "leaks.toml"
    document.write_text(json.dumps(DOCUMENT))
    config.write_text(f"[sign_in]\ntokens = {json.dumps(TOKENS)}\nold = {json.dumps(OLD)}\n")
    given = ("--openapi", str(document), "--config", str(config), "--no-timing", "--seed", "s")
    return CliRunner().invoke(leaks, ["run", "--api", notes.url, *given, *more])


def test_a_run_that_finds_nothing_ends_with_zero(tmp_path: Path) -> None:
    with running() as notes:
        result = ran(notes, tmp_path)

    assert result.exit_code == 0, result.output
    assert "0 findings above note on 5 routes" in result.output


def test_a_leak_is_told_with_a_line_that_asks_again(tmp_path: Path) -> None:
    with running("get any") as notes:
        result = ran(notes, tmp_path)

    assert result.exit_code == 1, result.output
    assert "ERROR leak/access GET /notes/:id" in result.output
    assert f"curl -sS -i -X GET {notes.url}/notes/n000001" in result.output
    assert TOKENS[1] not in result.output


def test_an_api_that_is_not_there_is_no_api_without_leaks(tmp_path: Path) -> None:
    result = ran(Notes(url="http://127.0.0.1:9"), tmp_path)

    assert result.exit_code == 2
    assert "no longer answers" in result.output
