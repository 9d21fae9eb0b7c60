"""Letters: written, changed, taken along and followed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.cast import New
from e2e.people import Person
from tests.jobmatch.site.conftest import Visit

pytestmark = pytest.mark.chromium

Toast = Callable[[Page, str], None]


def test_a_letter_is_written_changed_and_submitted(
    visit: Visit, anna: Person, make_job: New, make_experience: New, toast: Toast
) -> None:
    make_experience(anna)
    page = visit(f"/applications/new?jobId={make_job(anna)['id']}", anna)
    toast(page, "Application generated successfully!")
    expect(page.get_by_role("tab")).to_have_count(3)
    page.get_by_role("tab", name="Concise").click()
    page.locator("#coverLetter").fill("Dear Ms Öberg,\n\nyes.")
    page.get_by_role("button", name="Save Changes").click()
    toast(page, "Application saved successfully!")
    page.get_by_role("button", name="Submit").click()
    toast(page, "Application submitted!")
    row = anna.get(f"/api/applications/{page.url.rpartition('/')[2]}").json()
    assert row["status"] == "submitted"
    assert row["selected_variant_id"] == row["variants"][2]["id"]
    assert row["variants"][2]["coverLetter"] == "Dear Ms Öberg,\n\nyes."


def test_an_application_is_for_a_job(visit: Visit, anna: Person) -> None:
    page = visit("/applications/new", anna)
    expect(page.get_by_role("heading", name="Missing Job Information")).to_be_visible()


def test_a_letter_that_cannot_be_written_leads_back(
    visit: Visit, anna: Person, make_job: New
) -> None:
    page = visit(f"/applications/new?jobId={make_job(anna)['id']}", anna)
    expect(page.locator(".toast.bad")).to_be_visible()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()


@pytest.mark.parametrize(("button", "start"), [("Export PDF", b"%PDF"), ("Export DOCX", b"PK")])
def test_an_export_is_downloaded(
    visit: Visit, anna: Person, make_application: New, button: str, start: bytes
) -> None:
    page = visit(f"/applications/{make_application(anna)['id']}", anna)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    assert Path(waiting.value.path()).read_bytes().startswith(start)
    assert waiting.value.suggested_filename.startswith("application_Northwind_")


def test_a_mail_is_sent_and_counted(
    visit: Visit, anna: Person, make_application: New, toast: Toast
) -> None:
    make_application(anna)
    page = visit("/applications", anna)
    expect(page.get_by_text("Total Applications")).to_be_visible()
    page.get_by_role("button", name="Email Backend Engineer at Northwind").click()
    page.locator("#recipientEmail").fill("jobs@northwind.example")
    page.get_by_role("button", name="Send", exact=True).click()
    toast(page, "Email sent successfully!")
    assert anna.get("/api/emails/remaining").json()["sent"] == 1


def test_a_deleted_application_is_gone(visit: Visit, anna: Person, make_application: New) -> None:
    make_application(anna)
    page = visit("/applications", anna)
    page.get_by_role("button", name="Delete Backend Engineer at Northwind").click()
    expect(page.get_by_role("heading", name="No applications yet")).to_be_visible()
    assert anna.get("/api/applications").json()["total"] == 0


def test_an_application_is_followed_on_the_tracker(
    visit: Visit, anna: Person, toast: Toast
) -> None:
    page = visit("/tracker", anna)
    page.get_by_role("button", name="New Application").first.click()
    page.locator("#jobTitle").fill("Engineer")
    page.locator("#company").fill("Contoso")
    page.get_by_role("button", name="Add", exact=True).click()
    toast(page, "Application added to the tracker")
    page.get_by_label("Status").select_option("Interview Scheduled")
    toast(page, "Status: Interview Scheduled")
    page.get_by_role("tab", name="Interviews (0)").click()
    page.locator("#date").fill("2030-02-01")
    page.get_by_role("button", name="Add Interview").click()
    expect(page.get_by_role("tab", name="Interviews (1)")).to_be_visible()
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_role("listitem").filter(has_text="Interview Scheduled")).to_be_visible()
    [row] = anna.get("/api/tracked-applications").json()["trackedApplications"]
    assert (row["status"], row["next_interview_date"]) == ("interview_scheduled", "2030-02-01")
