"""Signing in, up and out; and what somebody sees who is not signed in."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.people import PASSWORD, People, Person
from tests.jobmatch.site.conftest import Visit

pytestmark = pytest.mark.chromium

Toast = Callable[[Page, str], None]


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def sign_in(page: Page, person: Person, password: str = PASSWORD) -> None:
    page.locator("#email").fill(person.email)
    page.locator("#password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("path", ["/", "/jobs", "/applications/x", "/settings"])
def test_a_stranger_is_sent_to_the_login_page(visit: Visit, path: str) -> None:
    page = visit(path)
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert path_of(page) == "/login"


def test_who_signs_in_is_welcomed_and_can_leave(visit: Visit, anna: Person, toast: Toast) -> None:
    page = visit("/login")
    sign_in(page, anna)
    toast(page, "Welcome back!")
    expect(page.get_by_role("button", name="Profile & Resume")).to_be_visible()
    assert path_of(page) == "/"
    page.get_by_title("Logout").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert page.evaluate("localStorage['jobmatch-auth-token'] ?? null") is None


def test_the_api_lets_the_site_in(visit: Visit, anna: Person, toast: Toast) -> None:
    """By its own answers to the browser's preflights."""
    page = visit("/profile/skills", anna, own_address=False)
    page.locator("#skill").fill("Python")
    page.get_by_role("button", name="Add Skill").click()
    toast(page, "Skill added successfully!")
    page.get_by_role("button", name="Delete Python").click()
    toast(page, "Skill deleted successfully!")


def test_a_wrong_password_stays_on_the_page(visit: Visit, anna: Person, toast: Toast) -> None:
    page = visit("/login")
    sign_in(page, anna, "Wrong-Horse-8-Battery")
    toast(page, "Invalid login credentials")
    assert path_of(page) == "/login"


def test_a_token_that_has_ended_is_renewed(visit: Visit, anna: Person) -> None:
    page = visit("/login")
    sign_in(page, anna)
    expect(page.get_by_title("Logout")).to_be_visible()
    before = page.evaluate(
        """() => {
          const session = JSON.parse(localStorage["jobmatch-auth-token"]);
          localStorage["jobmatch-auth-token"] = JSON.stringify({ ...session, expires_at: 1 });
          return session.refresh_token;
        }"""
    )
    page.goto("/jobs")
    expect(page.get_by_role("heading", name="Start Your Job Search")).to_be_visible()
    after = page.evaluate("JSON.parse(localStorage['jobmatch-auth-token'])")
    assert after["refresh_token"] != before
    assert after["expires_at"] > 1


def test_an_outage_of_auth_ends_no_session(visit: Visit, anna: Person) -> None:
    page = visit("/login")
    sign_in(page, anna)
    expect(page.get_by_title("Logout")).to_be_visible()
    page.evaluate(
        """() => {
          const session = JSON.parse(localStorage["jobmatch-auth-token"]);
          localStorage["jobmatch-auth-token"] = JSON.stringify({ ...session, expires_at: 1 });
        }"""
    )
    page.route("**/auth/v1/token*", lambda route: route.fulfill(status=503, body="<html>"))
    page.goto("/jobs")
    page.locator(".toast.bad").first.wait_for()
    assert path_of(page) == "/jobs"
    assert page.evaluate("localStorage['jobmatch-auth-token']")


@pytest.mark.parametrize(
    "password", ["Short-1", "no-upper-case-1", "No-Digit-In-Here", "Password-1234"]
)
def test_a_weak_password_is_refused(visit: Visit, toast: Toast, password: str) -> None:
    page = visit("/signup")
    page.locator("#displayName").fill("Vera")
    page.locator("#email").fill("vera@example.com")
    page.locator("#password").fill(password)
    page.get_by_role("button", name="Create account").click()
    toast(page, "Password does not meet security requirements")
    assert path_of(page) == "/signup"


def test_a_new_account_is_signed_in(visit: Visit, people: People, toast: Toast) -> None:
    page = visit("/signup")
    email = people.new("unused").email.replace("unused", "vera")
    page.locator("#displayName").fill("Vera Novak")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    toast(page, "Account created!")
    expect(page.get_by_title("Logout")).to_be_visible()
    assert path_of(page) == "/"


def test_a_forgotten_password_is_replaced(
    visit: Visit, anna: Person, control: httpx.Client, toast: Toast
) -> None:
    page = visit("/login")
    page.get_by_role("button", name="Forgot password?").click()
    page.locator("#reset-email").fill(anna.email)
    page.get_by_role("button", name="Send reset link").click()
    toast(page, "a link is on its way")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.goto(link_in(control, anna.email))
    toast(page, "Choose a new password")
    page.get_by_label("New password").fill("Another-Horse-9-Battery")
    page.get_by_role("button", name="Change password").click()
    toast(page, "Password changed successfully!")
    page.get_by_title("Logout").click()
    sign_in(page, anna, "Another-Horse-9-Battery")
    toast(page, "Welcome back!")


def link_in(control: httpx.Client, email: str) -> str:
    [mail] = control.get("/_twin/inbox", params={"to": email}).json()["mails"]
    return unescape(re.findall(r'href="([^"]+)"', mail["html"])[0])
