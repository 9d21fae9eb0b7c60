"""Pictures of the load lab's report, as docs/load.md and docs/d1-or-supabase.md show them.

    python docs/pictures/load.py [RUN.json] [--to DIRECTORY] [--keep DIRECTORY]

The report is of a run that was measured before: the committed one, where none is named. `--keep`
keeps the page.
"""

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from e2e.browser.chromium import ARGUMENTS
from loadtests.report.ending import ended
from loadtests.report.results import load

HERE = Path(__file__).parent
RUN = HERE.parents[1] / "loadtests" / "runs" / "d1-or-supabase.json"
SIZE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


def take(page: Path, to: Path) -> None:
    with shown(page, SIZE) as first:
        keep(first, to / "load.png")
        keep(first, to / "load-spread.png", "section:has(#spread)")
    with shown(page, SIZE, "dark") as dark:
        keep(dark, to / "load-course.png", "section:has(#course)")
    with shown(page, NARROW, "dark") as narrow:
        keep(narrow, to / "load-narrow.png")


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
    found = page.locator(part)
    if not part:
        page.screenshot(path=to)
    elif found.count():
        found.screenshot(path=to)
    else:
        print(f"{to}: this run has nothing to show there")
        return
    with Image.open(to) as picture:
        picture.convert("RGB").quantize(128).save(to, optimize=True)
    print(to, to.stat().st_size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=RUN)
    parser.add_argument("--to", type=Path, default=HERE)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as directory:
        folder: Path = (given.keep or Path(directory)).absolute()
        ended(load(given.run), folder)
        take(folder / "report.html", given.to)


if __name__ == "__main__":
    main()
