"""What holds on every page: a name for each field, one heading, and room on a narrow screen."""

import pytest
from playwright.sync_api import Route, expect

from e2e.people import People, Person
from tests.jobmatch.site.conftest import Visit

pytestmark = pytest.mark.chromium

PAGES = [
    "/",
    "/profile/edit-profile",
    "/profile/work-experience",
    "/profile/education",
    "/profile/skills",
    "/profile/preview",
    "/profile/import",
    "/jobs",
    "/jobs/add",
    "/jobs/unknown",
    "/applications",
    "/applications/unknown",
    "/tracker",
    "/tracker/unknown",
    "/analytics",
    "/settings",
    "/notifications",
    "/no-such-page",
]
# Fields, buttons and links without a name of their own.
NAMELESS = """() => [...document.querySelectorAll("input, select, textarea, button, a")]
  .filter((one) => !one.labels?.length && !one.ariaLabel && !one.textContent.trim() && !one.title)
  .map((one) => one.outerHTML)"""


def test_every_page_is_named_and_fits_a_narrow_screen(visit: Visit, anna: Person) -> None:
    page = visit("/profile", anna, width=390)
    faults = []
    for path in PAGES:
        page.goto(path)
        page.locator("h1").first.wait_for()
        expect(page.locator(".skeleton")).to_have_count(0)
        headings, nameless = page.locator("h1").count(), page.evaluate(NAMELESS)
        width = page.evaluate("document.documentElement.scrollWidth")
        if headings != 1 or nameless or width > 390:
            faults.append((path, headings, nameless, width))
    assert faults == []


def test_a_revoked_session_is_gone(visit: Visit, people: People, anna: Person) -> None:
    other = people.again(anna)
    assert other.get("/api/skills").status_code == 200
    page = visit("/settings", anna)
    expect(page.get_by_text("This session")).to_be_visible()
    page.get_by_role("button", name="Revoke the session").click()
    expect(page.get_by_role("listitem")).to_have_count(1)
    assert other.get("/api/skills").json()["code"] == "SESSION_REVOKED"
    assert anna.get("/api/skills").status_code == 200


def test_who_revokes_the_own_session_is_signed_out(visit: Visit, anna: Person) -> None:
    page = visit("/settings", anna)
    page.get_by_role("button", name="Revoke this session").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert anna.get("/api/skills").status_code == 401


def test_arrow_keys_go_from_tab_to_tab(visit: Visit, anna: Person) -> None:
    page = visit("/settings", anna)
    page.get_by_role("tab", name="Security").press("ArrowRight")
    expect(page.get_by_role("tab", name="Privacy")).to_be_focused()
    expect(page.get_by_role("heading", name="Your data")).to_be_visible()


def test_a_page_that_is_still_loading_leaves_the_focus_where_it_is(
    visit: Visit, anna: Person
) -> None:
    page = visit("/notifications", anna)
    held: list[Route] = []
    page.route("**/api/sessions", lambda route: held.append(route))
    page.goto("/settings")
    page.get_by_role("tab", name="Security").press("ArrowRight")
    expect(page.get_by_role("heading", name="Your data")).to_be_visible()

    with page.expect_response("**/api/sessions"):
        held[0].fulfill(json={"sessions": []}, headers={"access-control-allow-origin": "*"})

    page.evaluate("new Promise((done) => setTimeout(done))")
    expect(page.get_by_role("tab", name="Privacy")).to_be_focused()


def test_ones_data_is_taken_along(visit: Visit, anna: Person) -> None:
    anna.post("/api/skills", json={"name": "Juggling"})
    page = visit("/settings", anna)
    page.get_by_role("tab", name="Privacy").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download my data").click()
    assert "Juggling" in waiting.value.path().read_text()


def test_notifications_are_marked_as_read(visit: Visit, anna: Person) -> None:
    page = visit("/notifications", anna)
    expect(page.get_by_text("New", exact=True)).to_have_count(3)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("New", exact=True)).to_have_count(0)
