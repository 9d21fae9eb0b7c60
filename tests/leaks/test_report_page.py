"""The page: one file whatever it tells of, bounded, and used without a mouse."""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect, sync_playwright

from e2e.browser.chromium import ARGUMENTS, executable
from emulator.leaks.observations import Answer, Observation
from emulator.leaks.report.page import html
from emulator.leaks.report.showing import pieces, shown
from emulator.leaks.report.views import MOST_CARDS
from emulator.leaks.report.writing import write
from tests.leaks.reported import JWT, MARKER, found, observation, report, whole


class Texts(HTMLParser):
    """The elements of a page, the addresses in it, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_needs_nothing_else() -> None:
    page = html(whole())
    told = Texts(page)

    assert all(one.startswith("#") for one in told.addresses)
    assert told.tags.count("script") == told.tags.count("style") == 1
    assert "img" not in told.tags
    assert "default-src &#39;none&#39;" in page


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=20, deadline=None)
@given(st.text(st.characters(), min_size=1, max_size=60))
def test_what_others_wrote_is_text_on_the_page(text: str) -> None:
    told = Texts(html(report(saying(text))))

    assert told.tags == tags_of_plain()
    assert shown(text).strip() in "".join(told.texts)


@cache
def tags_of_plain() -> list[str]:
    return Texts(html(report(saying("x")))).tags


def saying(text: str) -> Observation:
    return observation(message=text, answer=Answer(200, ((text, text),), text), behind=(text,))


@given(st.text(), st.text(max_size=5))
def test_pieces_make_up_the_text(text: str, word: str) -> None:
    cut = list(pieces(text, word))

    assert "".join(piece for piece, _ in cut) == text
    assert all(piece.lower() == word.lower() for piece, is_word in cut if is_word) or "İ" in text


@given(st.text())
def test_a_shown_text_can_be_written_and_steers_nothing(text: str) -> None:
    told = shown(text)

    told.encode("utf-8")
    assert not {"\x1b", "\u202e", "\0", "\x9b"} & set(told)


def test_a_page_is_bounded() -> None:
    answer = Answer(200, (("x", "y" * 100_000),) * 500, "z" * 1_000_000)
    large = observation(answer=answer, behind=("b" * 100_000,) * 100)
    audit = [found(statement="s" * 1_000_000)] * 6

    assert len(html(report(large, audit=audit))) < len(html(report())) + 80_000


def test_what_does_not_fit_is_told_of() -> None:
    page = html(report(audit=[found(count=n) for n in range(MOST_CARDS + 50)]))

    assert page.count('<details class="finding') == MOST_CARDS
    assert "50 findings more did not fit" in page


def test_no_secret_is_on_the_page() -> None:
    page = html(whole())

    assert JWT not in page
    assert "$TOKEN" in page


def test_a_run_without_findings_says_so() -> None:
    told = Texts(html(report()))

    assert "Nobody’s data leaked" in "".join(told.texts)
    assert "details" not in told.tags


def test_an_audit_that_was_off_is_no_audit_without_findings() -> None:
    assert "tenancy audit was off" in html(report(audit_mode="off"))
    assert "tenancy audit was off" not in html(report(audit_mode="observe"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = tmp_path_factory.mktemp("report") / "leaks.html"
    write(whole(), path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: asked.append(str(error)))
        page.on("console", lambda message: asked.append(message.text))
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        assert asked == [Path(path).as_uri()]
        yield page
        browser.close()


@pytest.mark.chromium
def test_what_is_hostile_is_shown_and_does_nothing(page: Page) -> None:
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("img").count() == 0
    assert "<script>hacked = 1</script>" in page.locator(".finding pre").nth(1).inner_text()
    assert page.locator(".finding pre mark").first.inner_text().lower() == MARKER


@pytest.mark.chromium
def test_the_first_screen_says_where_data_leaked(page: Page) -> None:
    box = page.locator(".matrix [data-blamed]").first.bounding_box()

    assert page.get_by_role("heading", level=1).inner_text() == "✕ Data leaked on 2 of 5 routes"
    assert "second user saw data of owner" in page.locator(".places").inner_text()
    assert box is not None
    assert box["y"] < 900


@pytest.mark.chromium
def test_a_cell_leads_to_its_finding(page: Page) -> None:
    cell = page.get_by_role("link", name="third user: a leak").first
    cell.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".finding[open]:focus-within")).to_contain_text("GET /api/notes")


@pytest.mark.chromium
def test_it_is_used_by_keys(page: Page) -> None:
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.keyboard.press("n")
    page.keyboard.press("n")
    second = page.locator(".finding:visible").nth(1)
    expect(second.locator("summary").first).to_be_focused()
    was = second.evaluate("one => one.open")
    page.keyboard.press("e")
    assert second.evaluate("one => one.open") != was

    page.keyboard.press("/")
    page.keyboard.type("DELETE /api/notes")
    expect(page.locator(".matrix tbody tr:visible")).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.get_by_label("only routes with findings").check()
    expect(page.locator(".matrix tbody tr:visible")).to_have_count(3)


@pytest.mark.chromium
def test_nothing_is_wider_than_a_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})

    assert page.evaluate("document.documentElement.scrollWidth") == 360
