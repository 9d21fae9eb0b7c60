"""The one table of all ratios and the page with their plots."""

import re
import shutil
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from loadtests.bench.__main__ import RESULTS, write
from loadtests.bench.figures import Sample, Spread
from loadtests.bench.history import Line, append, line
from loadtests.bench.page import groups, html, ratio_table, row
from loadtests.bench.parts import bare, peers
from loadtests.bench.plots import course, place, scale_of
from loadtests.bench.report import Conditions, Part, markdown
from loadtests.bench.rounds import Cell
from loadtests.bench.trend import Series, series
from loadtests.bench.verdict import at_least_times


def kept(day: int, median: float, part: str = "peers") -> Line:
    when = Conditions(f"2026-01-{day:02} 00:00+00:00", "2 CPUs", 3, 2, 8)
    verdict = at_least_times("KV get, of <peer>", 5, Spread(median, median - 1, median + 1))
    return line(part, Part("Peers", verdicts=(verdict,)), when, "abc1234", {"moto": "5.2"})


def of_runs(*medians: float) -> Series:
    (found,) = series([kept(day, one) for day, one in enumerate(medians, 1)], ["peers"])
    return found


def cell(contestant: str, requests: int) -> Cell:
    return Cell("KV get", contestant, (Sample(requests, 1.0, 1.0, p99_ms=2.0, foreign_cores=0),))


PARTS = [Part("Peers", (cell("twin", 4_000), cell("miniflare", 1_000)))]
LINES = [kept(1, 8), kept(2, 4), kept(2, 9, part="gone")]


def test_row_has_target_last_value_and_trend() -> None:
    assert row(of_runs(8, 4)) == (
        "peers: KV get, of <peer>",
        "≥ 5×",
        "4× (3–5)",
        "**not met**",
        "worse, -50 %",
        "2",
        "2026-01-02",
    )


def test_one_table_has_the_ratios_of_all_parts() -> None:
    table = ratio_table(groups(LINES, {"peers": "Peers"}, PARTS))

    assert [one[0].partition(":")[0] for one in table.rows] == ["peers", "gone"]
    assert "| peers: KV get, of <peer> | ≥ 5× |" in markdown(PARTS, table)


def test_page_says_how_many_targets_are_met_and_shows_each() -> None:
    page = html(groups(LINES, {"peers": "Peers"}, PARTS))

    assert "<h1>1 of 2 targets met</h1>" in page
    assert "KV get, of &lt;peer&gt;" in page
    assert "commit abc1234" in page
    assert "moto 5.2" in page


def test_page_compares_the_servers_by_their_rate() -> None:
    page = html(groups(LINES, {"peers": "Peers"}, PARTS))

    assert "twin: 4,000 requests/s, 99 % within 2.0 ms" in page
    bars = re.findall(r'width="([\d.]+)%" height="10" rx="3" class="bar (\w+)"', page)
    assert bars == [("100", "ours"), ("25", "theirs")]


def test_page_runs_no_script_and_asks_nobody() -> None:
    page = html(groups(LINES, {"peers": "Peers"}, PARTS))

    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)


def test_missed_target_is_left_of_the_line_and_a_met_one_right() -> None:
    missed, met = of_runs(2), of_runs(9)
    scale = scale_of([missed, met])

    middle, left, right = scale.at(1), at_of_dot(missed), at_of_dot(met)

    assert left < middle < right


@pytest.mark.parametrize(("median", "colour"), [(2, "slower"), (9, "faster")])
def test_missed_target_has_the_colour_of_what_is_worse(median: float, colour: str) -> None:
    one = of_runs(median)

    assert f'class="mark {colour}"' in place(one, scale_of([one]))


def at_of_dot(one: Series) -> float:
    drawn = fromstring(place(one, scale_of([of_runs(2), of_runs(9)])))
    dot = drawn.find("g/circle")
    assert dot is not None
    return float(dot.attrib["cx"].rstrip("%"))


def test_runs_before_are_rings() -> None:
    drawn = fromstring(place(of_runs(8, 7, 9), scale_of([of_runs(9)])))

    assert len(drawn.findall("circle[@class='ring']")) == 2


def test_course_goes_through_all_runs() -> None:
    drawn = fromstring(course(of_runs(8, 7, 9)))
    target, path = (one.attrib["d"] for one in drawn.iter("path"))

    heights = [float(one.split()[1]) for one in path.removeprefix("M").split("L")]
    assert (
        heights[2] < heights[0] < heights[1] < float(target.removeprefix("M0 ").partition("H")[0])
    )


def test_page_without_a_run_says_so() -> None:
    assert "0 of 0 targets met" in html([])


def test_run_of_one_part_leaves_the_others_on_all_pages(tmp_path: Path) -> None:
    append(tmp_path / "history.jsonl", [kept(1, 8), kept(2, 9, part="bare")])
    page = tmp_path / "RESULTS.md"
    write(page, {"bare": Part(bare.TITLE, not_run="then")})

    write(page, {"peers": Part(peers.TITLE, not_run="now")})

    said = page.read_text()
    assert said.index("bare: KV get") < said.index("peers: KV get")
    assert "**Not run**: then." in said
    assert "**Not run**: now." in said
    assert peers.TITLE in page.with_suffix(".html").read_text()


def test_committed_page_is_that_of_the_committed_history(tmp_path: Path) -> None:
    for name in ("RESULTS.json", "history.jsonl"):
        shutil.copy(RESULTS.with_name(name), tmp_path)

    write(tmp_path / "RESULTS.md", {})

    assert (tmp_path / "RESULTS.md").read_text() == RESULTS.read_text()
