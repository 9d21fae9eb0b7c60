"""Pictures of the leak lab's report, as docs/leaks.md shows them.

    python docs/pictures/leaks.py [--to DIRECTORY] [--keep DIRECTORY]

The report is of a run on a twin whose Worker has two guards taken away, with the tenancy audit
looking on. `--keep` keeps the page, its JSON and its SARIF.
"""

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from e2e.browser.chromium import ARGUMENTS
from emulator.leaks.report.ending import Ending
from tests.leaks.switched import ROUTES, switched

HERE = Path(__file__).parent
SIZE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 800}
SWITCHES = ("get:jobs", "list:applications")


def looked(page: Path) -> None:
    """The run, and its report."""
    with switched() as here:
        control = here.ready["api"].removesuffix("/client/v4")
        with httpx.Client(base_url=control, trust_env=False) as twin:
            twin.put("/_twin/guard", json={"mode": "observe"}).raise_for_status()
        here.turn_on(SWITCHES)
        seen = here.looked("pictures", measure_times=False)
        ending = Ending.prepared(page, page.with_suffix(".sarif"), None, str(ROUTES))
        ending.told(print, seen, control)


def take(page: Path, to: Path) -> None:
    with shown(page, SIZE) as first:
        keep(first, to / "leaks.png")
        first.locator(".finding.error").first.evaluate("one => { one.open = true; }")
        keep(first, to / "leaks-finding.png", ".finding.error")
    with shown(page, NARROW, "dark") as narrow:
        keep(narrow, to / "leaks-narrow.png")


@contextmanager
def shown(page: Path, size: ViewportSize, colours: str = "light") -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        opened = browser.new_page(viewport=size)
        opened.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        opened.goto(page.as_uri())
        yield opened
        browser.close()


def keep(page: Page, to: Path, part: str = "") -> None:
    """With as many colours as it takes: a tenth of the bytes."""
    if part:
        page.locator(part).first.screenshot(path=to)
    else:
        page.screenshot(path=to)
    with Image.open(to) as picture:
        picture.convert("RGB").quantize(64).save(to, optimize=True)
    print(to, to.stat().st_size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as directory:
        page = (given.keep or Path(directory)).absolute() / "leaks.html"
        looked(page)
        take(page, given.to)


if __name__ == "__main__":
    main()
