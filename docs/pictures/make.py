"""Pictures of the site of `fixtures/jobmatch/`, as README.md shows them.

    python docs/pictures/make.py [--url SITE] [--to DIRECTORY]

Without an address, on a twin of its own with the seed `small`. Signs in as the seed's first user.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import taking
from playwright.sync_api import Page, ViewportSize
from taking import HERE, NARROW, browsing

CONFIG = HERE.parents[1] / "fixtures" / "jobmatch" / "wrangler.toml"
PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")
SITE = "jobmatch-ai-dev"
EMAIL, PASSWORD = "ada.lindqvist@example.com", "Correct-Horse-7-Battery"
SIZE: ViewportSize = {"width": 1280, "height": 800}
# A job whose posting is close to the user's profile, so that the analysis has much to tell.
SEARCH = "backend engineer"


@contextmanager
def site_of_a_twin() -> Iterator[str]:
    command = [sys.executable, "-m", "emulator", "up", "--json", "--ephemeral", *PORTS]
    command += ["--config", str(CONFIG), "--env", "development", "--seed", "small"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["sites"][SITE]
        finally:
            process.terminate()


def take(site: str, to: Path) -> None:
    with browsing(SIZE, site=site) as page:
        page.goto("/login")
        page.locator("#email").fill(EMAIL)
        page.locator("#password").fill(PASSWORD)
        keep(page, to / "login.png")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Ada Lindqvist").wait_for()
        shown(page, "/jobs", "li.card", to / "jobs.png")
        analysis(page, to / "job.png")
        page.goto("/applications")
        page.locator(".card h2 a").first.click()
        page.locator("#coverLetter").wait_for()
        keep(page, to / "editor.png")
        shown(page, "/tracker", "li.card", to / "tracker.png")
        shown(page, "/settings", ".item", to / "settings.png")
        page.set_viewport_size(NARROW)
        analysis(page, to / "narrow.png")


def shown(page: Page, path: str, content: str, to: Path) -> None:
    page.goto(path)
    page.locator(content).first.wait_for()
    keep(page, to)


def analysis(page: Page, to: Path) -> None:
    page.goto("/jobs")
    page.get_by_role("searchbox").fill(SEARCH)
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_text(f"for “{SEARCH}”").wait_for()
    page.locator(".card h2 a").first.click()
    page.locator("#analyze").click()
    page.locator(".score.large").wait_for()
    keep(page, to)


def keep(page: Page, to: Path) -> None:
    """Without news."""
    page.evaluate("document.querySelector('#toasts').replaceChildren(); document.fonts.ready")
    page.wait_for_load_state("networkidle")
    taking.keep(page, to)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a site that runs already")
    parser.add_argument("--to", type=Path, default=HERE)
    given = parser.parse_args()
    if given.url:
        take(given.url, given.to)
        return
    with site_of_a_twin() as site:
        take(site, given.to)


if __name__ == "__main__":
    main()
