"""A letter mailed from the site."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.applications.written import read
from e2e.cast import New
from e2e.emails.sent import history, left
from e2e.people import Person
from e2e.target import Json

pytestmark = [pytest.mark.chromium, pytest.mark.needs("applications")]
Mails = Callable[[str], list[Json]]
Toast = Callable[[Page, str], None]
Visit = Callable[..., Page]


@pytest.mark.rule("R10")
def test_a_letter_is_mailed_as_it_stands_on_the_page(
    visit: Visit, anna: Person, make_application: New, toast: Toast, mails: Mails
) -> None:
    made = make_application(anna)
    page = visit(f"/applications/{made['id']}", anna)
    page.locator("#coverLetter").fill("Dear Ms Öberg,\n\nas I have just written.")
    page.get_by_role("button", name="Email").click()
    expect(page.get_by_role("dialog")).to_contain_text("10 of 10")
    page.locator("#recipientEmail").fill(anna.email)
    page.get_by_role("button", name="Send", exact=True).click()
    toast(page, "Email sent successfully!")

    page.get_by_role("button", name="Email").click()
    expect(page.get_by_role("dialog")).to_contain_text("9 of 10")
    page.get_by_role("button", name="Cancel").click()

    [mail] = mails(anna.email)
    assert "as I have just written." in mail["text"]
    assert len(history(anna, applicationId=made["id"])) == 1
    assert read(anna, made["id"])["variants"][0]["coverLetter"].endswith("just written.")


@pytest.mark.rule("R10")
def test_somebody_is_told_when_their_mail_does_not_leave(
    visit: Visit, anna: Person, make_application: New, toast: Toast, mails: Mails
) -> None:
    made, before = make_application(anna, jobTitle="Nurse", company="Clinic"), left(anna)
    page = visit("/applications", anna)
    page.get_by_role("button", name="Email Nurse at Clinic").click()
    page.locator("#recipientEmail").fill("nobody")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#recipientEmail:invalid")).to_be_visible()
    assert left(anna) == before

    page.locator("#recipientEmail").fill(f"{'x' * 65}@example.com")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".toast.bad")).to_be_visible()
    page.locator("#recipientEmail").fill(anna.email)
    page.get_by_role("button", name="Send", exact=True).click()
    toast(page, "Email sent successfully!")

    rows = history(anna, applicationId=made["id"])
    assert [row["status"] for row in rows] == ["sent", "failed"]
    assert len(mails(anna.email)) == 1
