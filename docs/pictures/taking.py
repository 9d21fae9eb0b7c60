"""What all pictures are taken with: Debian's Chromium, and as many colours as it takes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from e2e.browser.chromium import ARGUMENTS

HERE = Path(__file__).parent
SIZE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


@contextmanager
def browsing(
    size: ViewportSize = SIZE, *, dark: bool = False, site: str | None = None
) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield browser.new_page(
            base_url=site,
            viewport=size,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        browser.close()


@contextmanager
def shown(file: Path, size: ViewportSize = SIZE, *, dark: bool = False) -> Iterator[Page]:
    """A report, which is one file."""
    with browsing(size, dark=dark) as page:
        page.goto(file.as_uri())
        yield page


def keep(page: Page, to: Path, part: str = "") -> None:
    """All that is to be seen, or the first such part of it."""
    found = page.locator(part)
    if not part:
        page.screenshot(path=to)
    elif found.count():
        found.first.screenshot(path=to)
    else:
        print(f"{to}: there is nothing to show")
        return
    with Image.open(to) as picture:
        # A tenth of the bytes.
        picture.convert("RGB").quantize(128).save(to, optimize=True)
    print(to, to.stat().st_size)
