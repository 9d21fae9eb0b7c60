"""What a real browser makes of the API's permissions: on the site, and on a page of somebody else.

Requests go as the browser sends them, with its own preflights.
"""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.browser.chromium import Chromium
from e2e.people import Person

pytestmark = [pytest.mark.chromium, pytest.mark.needs("profile")]

# What a page learns of an answer: its status and a header that is not a simple one. Nothing, when
# the browser does not let it.
ASK = """async ([url, method, token, body]) => {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  if (body) headers["content-type"] = "application/json";
  try {
    const answer = await fetch(url, { method, headers, body });
    return [answer.status, answer.headers.has("x-ratelimit-remaining")];
  } catch (error) {
    return error.name;
  }
}"""
CHANGE = '{"first_name": "Changed by a page"}'


class Blank(BaseHTTPRequestHandler):
    """A page with nothing on it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def elsewhere(chromium: Chromium) -> Iterator[Page]:
    """A page of another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    thread = Thread(target=server.serve_forever)
    thread.start()
    context = chromium.browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    yield page
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_the_site_may_ask_another_page_may_not(
    visit: Callable[..., Page], elsewhere: Page, anna: Person
) -> None:
    url = f"{anna.target.api}/api/profile"
    site = visit("/login", own_address=False)
    wanted = [
        [url, "GET", anna.token, None],
        [url, "PATCH", anna.token, CHANGE],
        [url, "GET", None, None],
        [f"{anna.target.api}/nowhere", "DELETE", anna.token, None],
        [f"{anna.target.api}/health", "GET", None, None],
    ]

    refused = [elsewhere.evaluate(ASK, one) for one in wanted]
    before = anna.get("/api/profile").json()["profile"]["first_name"]
    granted = [site.evaluate(ASK, one) for one in wanted]

    assert refused == ["TypeError"] * len(wanted)
    assert before != "Changed by a page"
    assert granted == [[200, True], [200, True], [401, True], [404, False], [200, False]]
    assert anna.get("/api/profile").json()["profile"]["first_name"] == "Changed by a page"


@pytest.mark.fresh
def test_the_site_works_with_the_browsers_own_preflights(
    visit: Callable[..., Page], anna: Person, toast: Callable[[Page, str], None]
) -> None:
    page = visit("/login", own_address=False)
    page.locator("#email").fill(anna.email)
    page.locator("#password").fill(anna.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_title("Logout")).to_be_visible()

    page.goto("/profile/skills")
    page.get_by_placeholder("e.g., JavaScript").fill("Python")
    page.get_by_role("button", name="Add Skill").click()
    toast(page, "Skill added successfully!")
    page.get_by_label("Level of Python").select_option("expert")
    toast(page, "Skill updated successfully!")
    [skill] = anna.get("/api/profile/skills").json()["skills"]
    page.get_by_role("button", name="Delete Python").click()
    toast(page, "Skill deleted successfully!")

    assert (skill["name"], skill["proficiency_level"]) == ("Python", "expert")
    assert anna.get("/api/profile/skills").json()["skills"] == []
