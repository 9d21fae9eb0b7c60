"""The file of a record says the same every time, and nothing gets lost in it."""

from pathlib import Path

import pytest
from hypothesis import given

from e2e.parity.record import BadRecord, Case, Record, read, text_of, usual_headers, write
from tests.e2e.recording import ABOUT, CASE, answer, record, records


@given(records)
def test_a_record_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, told: Record
) -> None:
    path = tmp_path_factory.mktemp("record") / "record.json"
    write(path, text_of(told))

    assert read(path) == told


@given(records)
def test_the_order_in_which_cases_end_does_not_matter(told: Record) -> None:
    turned = Record(told.about, {name: told.cases[name] for name in reversed([*told.cases])})

    assert text_of(turned) == text_of(told)


def test_a_header_of_most_answers_is_told_once() -> None:
    usual = {"x-frame-options": "DENY"}
    told = record(answer(headers=usual), answer(headers=usual), answer(headers={}))

    text = text_of(told)

    assert usual_headers(list(told.answers)) == usual
    assert text.count("DENY") == 1
    assert '"headers": {"x-frame-options": null}' in text


def test_every_answer_is_one_line() -> None:
    text = text_of(record(answer({"title": "a\nb"}), answer({})))

    assert sum('"route"' in line for line in text.splitlines()) == 2
    assert text.startswith('{\n "format": 1,\n "about": {\n  "target": "jobmatch-ai-dev",')


def test_a_skipped_case_says_why(tmp_path: Path) -> None:
    told = Record(ABOUT, {CASE: Case("skipped", reason="no site")})
    (tmp_path / "record.json").write_text(text_of(told))

    assert read(tmp_path / "record.json") == told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file"),
        ("{", "not a record"),
        ("[]", "not a record"),
        ('{"format": 2}', "of format 2"),
        ('{"format": 1, "about": {"x": 1}, "headers": {}, "cases": {}}', "not a record"),
    ],
)
def test_a_file_that_is_no_record_is_refused_by_its_name(
    tmp_path: Path, text: str | None, why: str
) -> None:
    path = tmp_path / "record.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(BadRecord, match=f"record.json: .*{why}"):
        read(path)


def test_half_of_a_surrogate_pair_is_written_as_its_escape(tmp_path: Path) -> None:
    told = record(answer({"title": "\ud83d é"}))

    write(tmp_path / "deep" / "record.json", text_of(told))

    assert read(tmp_path / "deep" / "record.json") == told
    assert "\\ud83d é" in (tmp_path / "deep" / "record.json").read_text()
