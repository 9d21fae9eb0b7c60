"""docs/parity.md: current, and true to the records."""

from dataclasses import replace
from pathlib import Path

import pytest

from e2e.parity.__main__ import PAGE, RECORDS, main
from e2e.parity.document import REFERENCE, document
from e2e.parity.record import Case, Record, text_of, write
from tests.e2e.recording import ABOUT, CASE, answer, record


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(RECORDS), "run: python -m e2e.parity"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    job = {"id": "<id>", "tags": [], "owner": {"a": 1, "b": 2}}
    reference = record(answer(job), answer({"id": "<id>"}), answer(kind="pdf", body=None))
    write(tmp_path / REFERENCE, text_of(reference))
    return tmp_path


def test_a_row_tells_the_fields_of_a_route_and_status(records: Path) -> None:
    row = "| `GET /api/jobs/:id` | 200 | 3 | `id`, (`tags[]`), (`owner` of 2 fields), *pdf* |"

    page = document(records)

    assert row in page.splitlines()
    assert "Of jobmatch-ai-dev, development, twin 0.1.0, API 1.0.0, 2026-11-26." in page


def test_another_record_is_compared(records: Path) -> None:
    cases = {
        CASE: Case("passed", (answer({"id": "a|b`c"}),)),
        "e2e/x/test_x.py::test_x": Case("skipped", reason="there is no x"),
    }
    write(records / "other.json", text_of(Record(replace(ABOUT, target="other"), cases)))

    page = document(records)

    assert "## other" in page
    assert "- 1: there is no x" in page
    row = '| `GET /api/jobs/:id` | `$.id` | `"<id>"` | `"a\\|b\'c"` | value | 1 |'
    assert row in page.splitlines()


def test_two_records_are_compared_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(tmp_path / name) for name in ("a.json", "b.json", "parity.html")]
    write(Path(paths[0]), text_of(record(answer({"total": 1}))))
    write(Path(paths[1]), text_of(record(answer({"total": 2}))))

    assert main([paths[0], paths[1], "--report", paths[2]]) == 1
    assert "1 case compared, 0 alike, 1 differ" in capsys.readouterr().out
    assert Path(paths[2]).is_file()
    assert main([paths[0], paths[0]]) == 0


@pytest.mark.parametrize("arguments", [["one.json"], ["none.json", "none.json"]])
def test_wrong_arguments_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)

    assert "error: " in capsys.readouterr().err
