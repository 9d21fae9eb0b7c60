"""What is accepted, until when, and what is told of it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.leaks.report.baseline import Accepted, BaselineError, lines, read
from emulator.leaks.report.ending import notices
from emulator.leaks.report.finding import of_observation
from emulator.leaks.report.views import matrix
from tests.leaks.notes import running
from tests.leaks.reported import HOSTILE, TODAY, observation, report
from tests.leaks.test_run_command import ran

DAY = timedelta(days=1)
FINGERPRINT = of_observation(observation()).fingerprint
ENTRY = f"""[[accepted]]
fingerprint = "{FINGERPRINT}"
reason = "The title of a note is public."
date = 2026-11-20
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "baseline.toml"
    path.write_text(text)
    return path


def test_an_accepted_finding_does_not_count(tmp_path: Path) -> None:
    known = read(written(tmp_path, ENTRY), TODAY)
    made = report(observation(), baseline=known)

    assert known == (Accepted(FINGERPRINT, "The title of a note is public.", date(2026, 11, 20)),)
    assert made.exit_code == 0
    assert list(notices(made)) == ["1 accepted by the baseline"]
    assert matrix(made)[0].cells[1].label.startswith("accepted")


def test_an_acceptance_ends_after_its_last_day() -> None:
    until = Accepted(FINGERPRINT, "soon gone", TODAY - 9 * DAY, TODAY)

    assert report(observation(), baseline=(until,)).exit_code == 0
    late = report(observation(), baseline=(until,), today=TODAY + DAY)
    assert late.exit_code == 1
    told = list(notices(late))
    assert told[0] == f"accepted until {TODAY} only: leak/marker GET /api/notes/:id (soon gone)"


def test_what_is_seen_no_more_is_told_and_does_not_fail() -> None:
    gone = Accepted("0" * 16, "it was so", TODAY, rule="leak/write", place="GET /api/gone")
    made = report(baseline=(gone,))

    assert made.exit_code == 0
    told = ["in the baseline, but not seen: 0000000000000000 leak/write GET /api/gone"]
    assert list(notices(made)) == told


def test_lines_to_paste_still_need_a_reason(tmp_path: Path) -> None:
    pasted = lines([of_observation(observation())], TODAY)

    with pytest.raises(BaselineError, match="entry 1: reason is missing"):
        read(written(tmp_path, pasted), TODAY)
    explained = pasted.replace('reason = ""', 'reason = "It is meant so."')
    made = report(observation(), baseline=read(written(tmp_path, explained), TODAY))
    assert made.exit_code == 0


@given(st.text())
def test_lines_to_paste_are_toml_whatever_a_route_is_called(route: str) -> None:
    import tomllib

    pasted = lines([of_observation(observation(route=route))] * 2, TODAY)

    told = tomllib.loads(pasted)["accepted"]
    assert [one["place"] for one in told] == [route.encode("utf-8", "replace").decode()] * 2
    assert told[0]["date"] == TODAY


def test_a_lone_surrogate_is_left_out_of_toml() -> None:
    assert "GET /?" in lines([replace(of_observation(observation()), place="GET /\ud800")], TODAY)
    assert "hacked" in lines([of_observation(observation(route=HOSTILE))], TODAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[accepted", "baseline.toml: "),
        ("other = 1", "nothing but"),
        (ENTRY.replace("reason", "reasons"), "no such key: reasons"),
        (ENTRY.replace('"The title of a note is public."', '" "'), "reason is missing"),
        (ENTRY.replace('"The title of a note is public."', "7"), "reason must be a text"),
        (ENTRY.replace("2026-11-20", '"2026-11-20"'), "must be a date"),
        (ENTRY.replace("2026-11-20", "2026-11-20T10:00:00"), "must be a date"),
        (ENTRY.replace("date = 2026-11-20", ""), "date is missing"),
        (ENTRY.replace("2026-11-20", "2026-12-20"), "yet to come"),
        (ENTRY + "expires = 2026-11-19", "expires before"),
        (ENTRY + ENTRY, "is there twice"),
    ],
)
def test_a_baseline_that_is_wrong_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BaselineError, match=told):
        read(written(tmp_path, text), TODAY)


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=r"none\.toml"):
        read(tmp_path / "none.toml", TODAY)


def test_open_findings_are_offered_where_there_is_a_baseline() -> None:
    other = Accepted("0" * 16, "x", TODAY)
    told = list(notices(report(observation(), baseline=(other,))))

    assert f'fingerprint = "{FINGERPRINT}"' in told
    assert list(notices(report(observation()))) == []


def test_a_run_fails_until_its_findings_are_accepted(tmp_path: Path) -> None:
    baseline = written(tmp_path, ENTRY)
    files = ("--baseline", str(baseline), "--report", str(tmp_path / "leaks.html"))

    with running("get any") as notes:
        before = ran(notes, tmp_path, *files)
        assert before.exit_code == 1
        pasted = before.output.partition("with a reason each:\n")[2].partition("written:")[0]
        baseline.write_text(pasted.replace('reason = ""', 'reason = "So it is."'))
        after = ran(notes, tmp_path, *files)

    assert after.exit_code == 0, after.output
    assert "accepted by the baseline" in after.output
    assert json.loads((tmp_path / "leaks.json").read_text())["exit_code"] == 0
