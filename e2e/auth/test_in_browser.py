"""Signing up, in and out on the site, and what that does at the API."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from e2e.auth.supabase import with_token
from e2e.people import PASSWORD, People, Person
from e2e.target import Json

pytestmark = pytest.mark.chromium
rule = pytest.mark.rule
needs = pytest.mark.needs

Visit = Callable[..., Page]
Toast = Callable[[Page, str], None]
PROTECTED = ("/", "/profile/edit-profile", "/jobs/any", "/applications", "/tracker", "/settings")
ANOTHER = "Another-Horse-9-Battery"


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    page.locator("#email").fill(email)
    page.locator("#password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_refused(page: Page, email: str, password: str) -> None:
    with page.expect_response("**/auth/v1/token*") as answer:
        sign_in(page, email, password)
    assert answer.value.status >= 400
    is_asked_who_it_is(page)


def is_in(page: Page) -> None:
    expect(page.get_by_title("Logout")).to_be_visible()
    expect(page.get_by_role("button", name="Profile & Resume")).to_be_visible()


def is_asked_who_it_is(page: Page) -> None:
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert urlsplit(page.url).path == "/login"
    assert page.evaluate("localStorage['jobmatch-auth-token'] ?? null") is None


def test_a_stranger_sees_no_page_but_the_door(visit: Visit, anna: Person) -> None:
    page = visit("/login")
    for path in PROTECTED:
        page.goto(path)
        is_asked_who_it_is(page)

    sign_in(page, anna.email, anna.password)
    is_in(page)
    page.goto("/settings")

    expect(page.get_by_role("tab", name="Security")).to_be_visible()
    assert urlsplit(page.url).path == "/settings"


@rule("R15")
@needs("profile")
@pytest.mark.fresh
def test_a_new_account_is_used_at_once(visit: Visit, people: People, toast: Toast) -> None:
    page = visit("/login")
    page.get_by_role("link", name="Sign up").click()
    email = f"anna-{secrets.token_hex(6)}@example.com"
    page.locator("#displayName").fill("Anna Berg")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    with page.expect_response("**/auth/v1/signup*") as answer:
        page.get_by_role("button", name="Create account").click()
    if "access_token" not in answer.value.json():
        pytest.skip("signing up here wants the address confirmed")
    toast(page, "Account created!")
    is_in(page)

    page.goto("/profile/edit-profile")
    page.locator("#firstName").fill("Anna")
    page.get_by_role("button", name="Save Changes").click()
    toast(page, "Profile updated successfully!")

    anna = people.again(replace(people.anyone(), name="anna", email=email, password=PASSWORD))
    profile = anna.get("/api/profile").json()["profile"]
    assert (profile["email"], profile["first_name"]) == (email, "Anna")


def test_who_mistypes_their_password_tries_again(visit: Visit, anna: Person, toast: Toast) -> None:
    page = visit("/login")

    is_refused(page, anna.email, "Wrong-Horse-8-Battery")
    is_refused(page, f"nobody-{anna.email}", anna.password)

    sign_in(page, anna.email, anna.password)
    toast(page, "Welcome back!")
    is_in(page)
    assert urlsplit(page.url).path == "/"


def test_who_signs_out_leaves_nothing_behind(visit: Visit, anna: Person) -> None:
    page = visit("/login")
    sign_in(page, anna.email, anna.password)
    is_in(page)
    token = page.evaluate("JSON.parse(localStorage['jobmatch-auth-token']).access_token")
    browsers = with_token(anna, token)
    assert browsers.get("/api/profile").status_code == 200

    with page.expect_response("**/auth/v1/logout*"):
        page.get_by_title("Logout").click()

    is_asked_who_it_is(page)
    assert browsers.get("/api/profile").status_code == 401
    page.go_back()
    is_asked_who_it_is(page)


def test_a_forgotten_password_is_replaced_by_the_link_of_a_mail(
    visit: Visit, anna: Person, mails: Callable[[str], list[Json]], toast: Toast
) -> None:
    page = visit("/login")
    page.get_by_role("button", name="Forgot password?").click()
    page.locator("#reset-email").fill(anna.email)
    page.get_by_role("button", name="Send reset link").click()
    expect(page.get_by_role("dialog")).to_be_hidden()

    [mail] = mails(anna.email)
    page.goto(unescape(re.findall(r'href="([^"]+)"', mail["html"])[0]))
    page.get_by_label("New password").fill(ANOTHER)
    page.get_by_role("button", name="Change password").click()
    toast(page, "Password changed successfully!")
    page.get_by_title("Logout").click()

    is_refused(page, anna.email, anna.password)
    sign_in(page, anna.email, ANOTHER)
    is_in(page)


@needs("linkedin")
@rule("R3")
def test_a_profile_is_filled_on_linkedins_page_and_shown(
    visit: Visit, anna: Person, control: httpx.Client, toast: Toast
) -> None:
    page = visit("/profile", anna)
    page.route("https://www.linkedin.com/**", at_the_twin(control))
    page.get_by_role("button", name="Connect LinkedIn").click()
    page.locator("[name=given_name]").fill("Åsa")
    page.locator("[name=family_name]").fill("O'Neil")
    page.locator("[name=email]").fill(f"member-{anna.id}@example.com")
    page.get_by_role("button", name="Allow").click()

    toast(page, "LinkedIn profile imported successfully!")
    expect(page.get_by_role("heading", name="Åsa O'Neil")).to_be_visible()
    assert urlsplit(page.url).path == "/profile"
    assert anna.get("/api/profile").json()["profile"]["linkedin_imported"] == 1


def at_the_twin(control: httpx.Client) -> Callable[[Route], None]:
    """The browser's way to what stands in for another service."""

    def sent(route: Route) -> None:
        url = urlsplit(route.request.url)
        location = f"{control.base_url}/_outside/{url.netloc}{url.path}?{url.query}"
        route.fulfill(status=302, headers={"location": location})

    return sent
