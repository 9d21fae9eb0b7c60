"""Devices on the page of settings, seen from two browsers."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from e2e.people import People, Person

pytestmark = [pytest.mark.chromium, pytest.mark.fresh]


@pytest.mark.rule("R19")
def test_a_browser_that_was_left_open_is_signed_out_from_another(
    visit: Callable[..., Page],
    people: People,
    anna: Person,
    toast: Callable[[Page, str], None],
) -> None:
    left_open = visit("/profile", people.again(anna))
    expect(left_open.get_by_title("Logout")).to_be_visible()
    page = visit("/settings", anna)
    devices = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Revoke"))
    expect(devices).to_have_count(2)
    expect(devices.filter(has_text="This session")).to_have_count(1)

    devices.filter(has_not_text="This session").get_by_role("button").click()

    toast(page, "Session revoked")
    expect(devices).to_have_count(1)
    left_open.get_by_role("button", name="Settings").click()
    expect(left_open.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert urlsplit(left_open.url).path == "/login"
    page.reload()
    expect(devices.filter(has_text="This session")).to_have_count(1)
