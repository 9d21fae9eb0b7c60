"""Chromium: one in each process that runs cases, because it takes half a second to start.

While it runs no other event loop can run in the same thread: cases that use a browser, and all
that come after them, are synchronous.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Playwright, sync_playwright

from e2e.browser import ffmpeg

# The system's first: packages bring them, and Playwright's own needs a download.
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Chromium:
    """`films` is where videos are written; None where nothing can record them. `version` is
    known once the first browser has started.
    """

    def __init__(self, playwright: Playwright, executable: str | None, films: Path | None) -> None:
        self.films = films
        self.version: str | None = None
        self._playwright = playwright
        self._executable = executable
        self._browser: Browser | None = None

    @property
    def browser(self) -> Browser:
        """The one that runs; a new one where it has crashed."""
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(
                executable_path=self._executable, args=ARGUMENTS
            )
            self.version = self._browser.version
        return self._browser

    def close(self) -> None:
        if self._browser is not None:
            self._browser.close()


def executable() -> str | None:
    """The system's Chromium; None leaves it to Playwright to find one of its own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started(folder: Path) -> Iterator[Chromium]:
    """Chromium, with an ffmpeg that may be linked below `folder`."""
    found, variables = executable(), ffmpeg.environment(folder)
    # Playwright's own Chromium is where its ffmpeg would be looked for.
    if found is None and variables:
        variables = None
    with TemporaryDirectory(prefix="e2e-films-") as films, variable(variables or {}):
        with sync_playwright() as playwright:
            place = None if variables is None else Path(films)
            chromium = Chromium(playwright, found, place)
            yield chromium
            chromium.close()


@contextmanager
def variable(values: Mapping[str, str]) -> Iterator[None]:
    """Set for what is started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
