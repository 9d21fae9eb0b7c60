"""The page of a run: it says what was found, it is one file, and nothing in it is obeyed."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, sync_playwright

from e2e.browser.chromium import ARGUMENTS, executable
from loadtests.report.answer import headline
from loadtests.report.likeness import changes
from loadtests.report.page import html
from loadtests.report.results import Cell, Memory, Run
from loadtests.report.targets import judged, read
from loadtests.report.views import lines, spreads
from tests.loadtests.runs import EMPTY, bill, cells, small, times, whole

HOSTILE = '<img src=x onerror=alert(1)>"\u202e'


class Reader(HTMLParser):
    """What a page holds: its elements, ids, links and visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.parts: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.parts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("src", "style"), name
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.hrefs.append(value or "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def page_of(run: Run) -> str:
    return html(run, judged(run, read()))


def read_page(run: Run) -> Reader:
    return Reader(page_of(run))


def test_the_answer_comes_first() -> None:
    page = page_of(small())
    heading = page.index("<h1>D1 is faster than Supabase at")
    assert heading < page.index("over 6 operations.") < page.index('id="answer"')
    assert page.index('id="answer"') < page.index('id="trust"') < page.index('id="spread"')


def test_each_part_of_a_whole_run_is_shown() -> None:
    found = read_page(whole())
    parts = {"answer", "trust", "spread", "course", "table", "errors", "limits", "caches", "writes"}
    assert parts | {"memory", "environment"} <= set(found.ids)
    for told in ("point read", "Queue: statements that wait", "503 overloaded", "at the server"):
        assert told in found.text
    assert "the client was the limit, with 93 % of its core" in found.text
    assert "pgvector without an index" in found.text


def test_a_rate_is_of_the_seconds_in_which_a_side_ran() -> None:
    (first, *_) = lines(small())
    assert (first.operation, first.side, first.requests) == ("point_read", "d1", 600)
    assert first.per_second == pytest.approx(600 / 30)


def test_operations_of_one_name_are_apart_where_their_sides_keep_other_things() -> None:
    sides = {"d1": "r2", "supabase": "storage"}
    objects = tuple(replace(one, side=sides[one.side]) for one in small().cells)
    run = replace(small(), cells=(*small().cells, *objects))
    drawn = [(operation, here[0].kind, len(here)) for operation, _, here in spreads(lines(run))]
    assert ("insert", "tables", 2) in drawn
    assert ("insert", "objects", 2) in drawn


@pytest.mark.parametrize("run", [EMPTY, small(), small(rounds=1), whole()])
def test_links_lead_somewhere_and_ids_are_there_once(run: Run) -> None:
    found = read_page(run)
    assert sorted(set(found.ids)) == sorted(found.ids)
    assert {one.removeprefix("#") for one in found.hrefs} <= set(found.ids)


def test_the_latency_profile_is_always_told() -> None:
    assert "latency profile europe-to-us (5e1f00d5e1f0, seed 7)" in read_page(whole()).text
    without = read_page(small()).text
    assert "latency profile none" in without
    assert "No latency profile ran" in without


def test_the_real_services_are_told_from_the_twin() -> None:
    assert "SQLite stands for D1" in read_page(small()).text
    real = read_page(replace(small(), target="real")).text
    assert "Measured on the real services" in real
    assert "SQLite" not in real


def test_a_run_without_a_pair_tells_of_errors_and_writes() -> None:
    mine = [replace(one, side="jobmatch") for one in cells() if one.side == "d1"]
    soak = replace(EMPTY, users=1000, kind="soak", cells=tuple(mine))
    assert "<h1>1,000 users: 0 % errors</h1>" in page_of(soak)
    lost = replace(soak, writes=whole().writes)
    assert "<h1>1,000 users: 0 % errors, 1 write lost</h1>" in page_of(lost)
    assert "<h1>Nothing was measured</h1>" in page_of(EMPTY)


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((0.5, 0.5, 0.5), "D1 is faster than Supabase at all 3 operations"),
        ((0.5, 0.5, 2.0), "D1 is faster than Supabase at 2 of 3 operations, slower at 1"),
        ((2.0, 2.0, 0.5), "D1 is slower than Supabase at 2 of 3 operations, faster at 1"),
        ((2.0, 1.0, 1.0), "D1 is slower than Supabase at 1 of 3 operations, no different at 2"),
        ((1.0, 1.0, 1.0), "No difference to be seen between D1 and Supabase"),
        ((0.5,), "D1 is faster than Supabase at the one operation measured"),
    ],
)
def test_the_headline_counts_what_is_faster_and_what_is_slower(
    shares: tuple[float, ...], told: str
) -> None:
    random = Random(5)
    made = [
        Cell(number, side, f"operation {place}", times(random, 4 * factor, 50, 0.1), 5.0)
        for number in range(1, 6)
        for place, share in enumerate(shares)
        for side, factor in (("d1", share), ("supabase", 1.0))
    ]
    assert headline(replace(EMPTY, cells=tuple(made))) == told


def test_the_bill_of_the_meter_is_shown() -> None:
    told, found = bill(), read_page(whole())
    assert "bill" in found.ids
    costs = f"costs ${float(told['dollars']):,.2f} at Cloudflare and ${told['supabase']['dollars']}"
    assert costs in found.text
    assert "above the budget of $15 a month" in found.text
    assert "40,000,000,000" in found.text
    within = read_page(replace(whole(), bill=bill("10000")))
    assert "above the budget" not in within.text


def test_one_round_is_no_answer() -> None:
    found = read_page(small(rounds=1)).text
    assert "One round of D1 and Supabase: too few to tell them apart" in found
    assert "not known" in found


def test_the_comparison_with_an_earlier_run_is_shown() -> None:
    now = replace(small(), cells=cells(5))
    page = Reader(html(now, (), changes(small(), now)))
    assert "changes" in page.ids
    assert "Beside the earlier run" in page.text


def test_texts_of_others_are_shown_and_not_obeyed() -> None:
    first = small().cells[0]
    cell = Cell(1, HOSTILE, HOSTILE, first.histogram, 5.0, {f"{HOSTILE} eyJhbGci.eyJzdWI.x": 1})
    memory = (Memory(1, HOSTILE, 5), Memory(2, HOSTILE, 5))
    run = replace(whole(), cells=(cell,), notes=(HOSTILE,), memory=memory)
    page = page_of(run)
    assert "img" not in Reader(page).tags
    assert "\u202e" not in page
    assert "eyJhbGci" not in page


def test_the_page_asks_nobody_and_allows_its_own_style_alone() -> None:
    page = page_of(whole())
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in page or f"'sha256-{digest}'" in page
    assert not re.search(r"https?://", page)
    assert not {"script", "link", "iframe"} & set(Reader(page).tags)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield started
        started.close()


@pytest.mark.chromium
def test_a_browser_shows_it_without_a_complaint_and_without_scrolling_sideways(
    browser: Browser, tmp_path: Path
) -> None:
    path, said = tmp_path / "report.html", list[str]()
    path.write_text(page_of(whole()), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # Where the policy refused the style, this would be serif.
    assert "system-ui" in page.evaluate("getComputedStyle(document.body).fontFamily")
    dot, one = (page.locator(f"#answer ~ .card .{name}").first for name in ("faster circle", "one"))
    assert box(dot)[0] < box(one)[0]
    assert said == []


def box(found: object) -> tuple[float, float]:
    told = found.bounding_box()  # type: ignore[attr-defined]
    return told["x"], told["y"]
