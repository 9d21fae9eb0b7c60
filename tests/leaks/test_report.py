"""What a run amounts to: its exit code, its first sentence, and fingerprints that stay."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from emulator.leaks.cli import leaks
from emulator.leaks.observations import Kind, Severity
from emulator.leaks.report.ending import Ending, found_of, route_lines
from emulator.leaks.report.finding import masked, of_audit, of_mutant, of_observation
from emulator.leaks.report.links import behind
from emulator.leaks.report.rules import TEXTS, tags_of
from emulator.leaks.report.score import Score
from emulator.leaks.report.views import headline, matrix
from tests.leaks.reported import (
    GET,
    STATEMENT,
    TODAY,
    found,
    much,
    observation,
    observed,
    report,
    score,
    whole,
)

NOTE = observation(severity=Severity.NOTE, rule="leak/existence", kind=Kind.EXISTENCE)
UNCOVERED = observation(
    kind=Kind.UNCOVERED, rule="coverage/uncovered", route="GET /api/never", marker=""
)


def test_the_exit_code_is_for_ci() -> None:
    stopped = observed(NOTE, stopped="8000 requests were sent")

    assert report().exit_code == 0
    assert report(NOTE).exit_code == 0
    assert report(observation()).exit_code == 1
    assert report(replace(NOTE, severity=Severity.WARNING)).exit_code == 1
    assert report(UNCOVERED).exit_code == 2
    assert report(UNCOVERED, observation()).exit_code == 1
    assert report(observations=stopped).exit_code == 2


def test_the_audit_and_survivors_count_unless_they_are_notes() -> None:
    assert report(audit=(found(),)).exit_code == 1
    assert report(audit=(found(severity="note"),)).exit_code == 0
    assert report(score=score()).exit_code == 1
    explained = Score("pytest", score().mutants[1:])
    assert report(score=explained).exit_code == 0


def test_the_first_sentence_says_whether_anybodys_data_leaked() -> None:
    existence = replace(NOTE, severity=Severity.WARNING)

    assert headline(report(NOTE)).text == "Nobody’s data leaked"
    assert headline(report(*much())).text == "Data leaked on 2 of 5 routes"
    assert headline(report(existence)).text == "No data was seen to leak, but there is 1 finding"
    assert headline(report(UNCOVERED)).text == "No leak was seen, but 1 route could not be called"
    survivors = report(observations=None, score=score())
    assert headline(survivors).text == "1 of 3 filters not defended by any test"


def test_the_first_screen_names_each_route_once() -> None:
    places = headline(report(*much())).places

    assert [one.place for one in places] == [GET, "GET /api/notes", "DELETE /api/notes/:id"]


def test_routes_with_findings_come_first_in_the_matrix() -> None:
    rows = matrix(report(observation(route="POST /api/search")))

    assert [row.route for row in rows if row.is_blamed] == ["POST /api/search"]
    assert rows[0].cells[1].sign == "✕"
    assert rows[0].cells[1].label == "a leak; 1 call: 404"
    assert rows[-1].cells[0].label == "not called"


def test_findings_of_the_audit_are_behind_what_was_seen() -> None:
    by_ray = found(requests=found().requests[:1])
    elsewhere = found(requests=())

    assert behind(observation(), (elsewhere, by_ray)) == [by_ray]
    assert behind(observation(answer=None), (elsewhere, by_ray)) == [by_ray]
    assert behind(observation(route="GET /api/notes", answer=None), (by_ray,)) == []


@given(st.uuids(), st.integers(0, 10**12), st.text("abcdef0123456789", min_size=16, max_size=40))
def test_ids_and_markers_are_not_in_a_fingerprint(uuid: object, number: int, hex: str) -> None:
    key = f"users/{uuid}/notes/{hex}/{number}/zqabcdefghijklmn"
    other = "users/0c1d2e3f-0000-4000-8000-000000000000/notes/0123456789abcdef/7/zq77777777777777"

    assert masked(key) == masked(other)


def test_a_fingerprint_stays_from_run_to_run() -> None:
    seen = of_observation(observation())
    later = observation(marker="zq" + "7" * 14, message="said otherwise", answer=None, request=None)
    spaced = found(statement=STATEMENT.replace(" WHERE", "\n  WHERE"), resource="another", count=9)

    assert of_observation(later).fingerprint == seen.fingerprint
    assert of_audit(spaced).fingerprint == of_audit(found()).fingerprint
    assert of_observation(observation(actor="third user")).fingerprint != seen.fingerprint
    assert of_audit(found(table="other")).fingerprint != of_audit(found()).fingerprint
    first, second, _ = score().mutants
    assert of_mutant(first).fingerprint != of_mutant(second).fingerprint


def test_what_the_control_plane_tells_is_read_back() -> None:
    told = found().json() | {"a_later_version": True}

    assert found_of(told) == found()


def test_every_rule_has_a_sentence_and_tags() -> None:
    for rule, text in TEXTS.items():
        assert text.endswith(".")
        assert tags_of(rule)[0] == "security"


def test_a_route_is_found_in_its_list(tmp_path: Path) -> None:
    listed = tmp_path / "routes.txt"
    listed.write_text("# all\nGET /api/notes\nGET /api/notes/{id}  # one\n")

    document = tmp_path / "openapi.json"
    document.write_text('{"openapi": "3.1.0", "paths": {\n  "/api/notes/{id}": {"get": {}}}}')

    assert route_lines(str(listed)) == {"GET /api/notes": 2, GET: 3}
    assert route_lines(str(document))[GET] == 2
    assert route_lines(str(tmp_path / "none")) == {}


def test_a_command_says_what_it_has_written(tmp_path: Path) -> None:
    said: list[str] = []
    ending = Ending(TODAY, tmp_path / "made" / "leaks.html", tmp_path / "leaks.sarif")

    assert ending.told(said.append, observed(*much())) == 1
    made = [path.name for path in sorted(tmp_path.rglob("leaks.*"))]
    assert made == ["leaks.sarif", "leaks.html", "leaks.json"]
    assert said == [
        f"written: {tmp_path / 'made' / 'leaks.html'}",
        f"written: {tmp_path / 'made' / 'leaks.json'}",
        f"written: {tmp_path / 'leaks.sarif'}",
    ]


@pytest.mark.parametrize("text", ["accepted = 1", "[[accepted]]\nfingerprint = 'x'"])
def test_a_bad_baseline_is_told_before_anything_is_asked(tmp_path: Path, text: str) -> None:
    baseline, routes = tmp_path / "baseline.toml", tmp_path / "routes.txt"
    baseline.write_text(text)
    routes.write_text("GET /api/notes\n")
    where = ("--api", "http://127.0.0.1:9", "--routes", str(routes), "--baseline", str(baseline))

    ended = CliRunner().invoke(leaks, ["run", *where])

    assert ended.exit_code == 2
    assert "baseline.toml" in ended.output


def test_there_is_a_report_of_everything() -> None:
    made = whole()

    assert made.exit_code == 1
    assert [one.severity for one in made.findings] == sorted(
        (one.severity for one in made.findings), key=list(Severity).index
    )
