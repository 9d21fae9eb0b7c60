"""The page itself: one file whatever it tells of, bounded, and used without a mouse."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from e2e.browser.chromium import ARGUMENTS, executable
from e2e.reporting.bodies import SHOWN_CHARACTERS, shown
from e2e.reporting.files import Files
from e2e.reporting.masking import Mask
from tests.e2e.reported import Reported, run

HOSTILE = (
    "</pre></script><script>hacked = 1</script><img src=http://127.0.0.1:9/x onerror=hacked=1>"
)
SUITE = f"""
import pytest
HOSTILE = {HOSTILE!r}


@pytest.mark.rule("R2", HOSTILE)
@pytest.mark.parametrize("text", [HOSTILE])
def test_a_hostile_case(ask, text):
    html = {{"content-type": "text/html"}}
    answer = ask(200, "/" + "%22%3E%3Cb%3E/", content=text, headers=html)
    assert answer.text == "", text


@pytest.mark.rule("R1")
def test_long_bodies(ask):
    for number in range(70):
        ask(200, f"/{{number}}/", content="x" * 400_000, headers={{"content-type": "text/plain"}})
    assert False


def test_what_a_terminal_would_obey(ask):
    text = {{"content-type": "text/plain"}}
    answer = ask(200, "/", content="\\x1b[2Jgone\\r\\n\\u202e", headers=text)
    assert answer.status_code == 404


def test_seen(request):
    from base64 import b64decode
    from e2e.reporting.evidence import EVIDENCE
    evidence = request.node.stash[EVIDENCE]
    evidence.attach("screenshot", HOSTILE, "a.png").write_bytes(b64decode("{{PNG}}"))
    evidence.attach("video", "a film", "a.webm").write_bytes(b"x" * 13_000_000)
    assert False


def test_it_holds():
    pass
"""
PNG = b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c63f8cfc0f01f0005000 1ff".replace(" ", "")
        + "89993d1d0000000049454e44ae426082"
    )
).decode()

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    return run(tmp_path_factory.mktemp("hostile") / "project", SUITE.replace("{PNG}", PNG))


@pytest.fixture(scope="module")
def page(reported: Reported) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: asked.append(str(error)))
        page.goto(reported.path.as_uri())
        page.wait_for_load_state("load")
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        yield page
        browser.close()


def test_what_is_hostile_is_text(page: Page) -> None:
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("article pre", has_text=HOSTILE).count() >= 2
    assert page.locator("script").count() == 1
    assert page.get_by_text("nothing <b>else</b> is said").first.is_visible()


def test_the_first_screen_says_what_failed(page: Page) -> None:
    card = page.get_by_role("article").first
    box = card.get_by_role("heading", name="Expected").bounding_box()

    assert card.get_by_role("heading", level=2).inner_text().startswith("A hostile case")
    assert box is not None
    assert box["y"] < 900
    assert "200 OK" in card.inner_text()


def test_a_picture_is_in_the_page_and_a_long_film_beside_it(page: Page, reported: Reported) -> None:
    image = page.get_by_role("img", name="The page when the case failed")

    assert image.evaluate("image => image.complete && image.naturalWidth") == 1
    [film] = (reported.path.parent / "evidence").iterdir()
    assert film.stat().st_size == 13_000_000
    assert page.locator(f"a[href='evidence/{film.name}']").count() == 1


def test_a_page_is_bounded(reported: Reported) -> None:
    assert len(reported.page) < 60 * (SHOWN_CHARACTERS + 8_000) * 2
    assert "Cut: the whole has 400 kB." in reported.page


def test_a_terminal_is_not_steered(reported: Reported) -> None:
    [line] = [line for line in reported.said.splitlines() if "a terminal would obey" in line]

    assert line.isprintable()
    assert "gone" in line


def test_it_is_used_by_keys(page: Page) -> None:
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert "long-bodies" in str(page.evaluate("document.activeElement.id"))

    page.keyboard.press("e")
    assert page.locator(".failure").nth(1).locator(".evidence > details:not([open])").count() == 0

    page.keyboard.press("/")
    page.keyboard.type("it holds")
    assert page.locator(".case:visible").count() == 1
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")


def test_nothing_is_wider_than_a_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})

    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_json_is_shown_with_one_member_a_line() -> None:
    kind = {"Content-Type": "application/json; charset=utf-8"}

    assert shown(b'{"a":[1]}', kind, Mask()).text == '{\n  "a": [\n    1\n  ]\n}'
    assert shown(b"{broken", kind, Mask()).text == "{broken"
    assert shown(b"[" * 100_000, kind, Mask()).whole is False


def test_what_is_no_text_is_told_by_its_size() -> None:
    assert shown(b"%PDF" * 300, {"content-type": "application/pdf"}, Mask()).text == (
        "(1,200 bytes of application/pdf)"
    )


def test_files_share_what_a_page_may_hold(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "from" / name).write_bytes(b"x" * 600)
    found = [["screenshot", "", str(tmp_path / "from" / name)] for name in ("a.png", "b.png")]

    first, second = Files(tmp_path, left=1_000).all(found)

    assert (first.inside, second.inside) == (True, False)
    assert (tmp_path / second.href).read_bytes() == b"x" * 600
