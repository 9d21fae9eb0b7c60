"""The page of a comparison: in a browser, too."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from e2e.parity.comparing import Comparison, compare
from e2e.parity.page import case_name, html, write_page
from e2e.parity.record import Case, Record
from tests.e2e.recording import ABOUT, CASE, answer, record

RECORDED = Record(
    ABOUT,
    {
        CASE: Case("passed", (answer({"saved": 0, "title": "<b>'&"}), answer({"url": "x"}))),
        "e2e/skills/test_skills.py::test_it": Case("passed", (answer(route="GET /api/skills"),)),
    },
)
OTHER = Record(
    replace(ABOUT, target="jobmatch-typescript", environment="staging"),
    {
        CASE: Case("failed", (answer({"saved": False, "title": "</script>"}), answer({}))),
        "e2e/skills/test_skills.py::test_it": Case("passed", (answer(route="GET /api/skills"),)),
        "e2e/jobs/test_jobs.py::test_search": Case("skipped", reason="this has no jobs"),
    },
)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(RECORDED, OTHER)


def test_the_page_needs_nothing_else(comparison: Comparison) -> None:
    class Addresses(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert not {"href", "src"} & {name for name, _ in attrs}, (tag, attrs)

    text = html(comparison)

    Addresses().feed(text)
    assert "url(" not in text
    assert "@import" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_what_a_target_answered_is_text_on_the_page(comparison: Comparison) -> None:
    text = html(comparison)

    assert "&lt;b&gt;&#39;&amp;" in text
    assert text.count("</script>") == 1


def test_beside_the_page_is_the_same_as_json(tmp_path: Path, comparison: Comparison) -> None:
    write_page(tmp_path / "made" / "parity.html", comparison)

    told = json.loads((tmp_path / "made" / "parity.json").read_text())
    assert told["other"]["target"] == "jobmatch-typescript"
    assert told["apart"] == {"e2e/jobs/test_jobs.py::test_search": "this has no jobs"}
    assert told["differences"][0] == {
        "case": CASE,
        "request": 1,
        "route": "GET /api/jobs/:id",
        "field": "$.saved",
        "recorded": 0,
        "other": False,
        "kind": "type",
    }


def test_targets_that_are_alike_have_no_table() -> None:
    text = html(compare(record(answer()), record(answer())))

    assert "No difference" in text
    assert "<table>" not in text


def test_a_case_is_told_as_a_sentence() -> None:
    assert case_name(CASE) == "jobs · a job is found"
    assert case_name(f"{CASE}[pdf]") == "jobs · a job is found [pdf]"


def test_two_environments_are_told_of(comparison: Comparison) -> None:
    assert "Two environments: only development" in html(comparison)
    assert "Two environments" not in html(compare(RECORDED, RECORDED))


@pytest.fixture(scope="module")
def page(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = tmp_path_factory.mktemp("page") / "parity.html"
    write_page(path, comparison)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(path.as_uri())
        yield page
        browser.close()


@pytest.mark.chromium
def test_the_page_filters_by_kind_route_and_text(page: Page) -> None:
    rows, said = page.locator("[data-kind]:visible"), page.get_by_role("status")
    expect(rows).to_have_count(3)

    page.get_by_label("missing").uncheck(force=True)
    expect(said).to_have_text("2 differences")
    page.get_by_label("Field, value or case").fill("saved")
    expect(rows).to_have_count(1)
    page.get_by_label("Field, value or case").fill("nothing like it")
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
    page.get_by_label("Field, value or case").fill("/api/jobs")
    page.get_by_label("missing").check(force=True)
    expect(rows).to_have_count(3)


@pytest.mark.chromium
def test_the_page_is_not_wider_than_a_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
