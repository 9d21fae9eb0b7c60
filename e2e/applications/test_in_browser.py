"""Letters as somebody writes, sends off and follows them on the site."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.applications.written import ids, listed, read, variant
from e2e.cast import New
from e2e.people import Person

pytestmark = pytest.mark.chromium
rule = pytest.mark.rule
Visit = Callable[..., Page]
Toast = Callable[[Page, str], None]


@rule("R13")
@pytest.mark.needs("jobs", "profile")
def test_a_letter_is_written_for_a_found_job_changed_and_submitted(
    visit: Visit, anna: Person, make_job: New, make_experience: New, toast: Toast
) -> None:
    make_experience(anna)
    job = make_job(anna, title="Ward Sister", company="Clinic Nord")
    page = visit(f"/jobs/{job['id']}", anna)
    expect(page.get_by_role("button", name="Apply Now")).to_be_disabled()
    page.get_by_role("button", name="Save Job").click()
    page.get_by_role("button", name="Apply to This Position").click()

    toast(page, "Application generated successfully!")
    page.get_by_role("tab", name="Keyword-Optimized").click()
    page.locator("#coverLetter").fill("Dear Ms Öberg,\n\nI would like to come.")
    page.get_by_role("button", name="Save Changes").click()
    toast(page, "Application saved successfully!")
    page.get_by_role("button", name="Submit").click()
    toast(page, "Application submitted!")

    page.reload()
    expect(page.locator("#coverLetter")).to_have_value("Dear Ms Öberg,\n\nI would like to come.")
    expect(page.locator("#status")).to_have_value("submitted")
    row = read(anna, page.url.rpartition("/")[2])
    assert (row["job_id"], row["status"]) == (job["id"], "submitted")
    assert row["selected_variant_id"] == row["variants"][1]["id"]


def test_the_list_is_narrowed_to_what_was_submitted_and_cleared(
    visit: Visit, anna: Person, make_application: New, toast: Toast
) -> None:
    nurse = make_application(anna, jobTitle="Nurse", company="Clinic")["id"]
    cook = make_application(anna, jobTitle="Cook", company="Kitchen")["id"]
    page = visit("/applications", anna)
    page.get_by_role("button", name="Submit Nurse at Clinic").click()
    toast(page, "Application submitted!")

    page.get_by_label("Status").select_option("submitted")
    expect(page.get_by_role("link", name="Cook")).to_have_count(0)
    page.get_by_role("button", name="Delete Nurse at Clinic").click()

    toast(page, "Application deleted")
    expect(page.get_by_role("link", name="Nurse")).to_have_count(0)
    page.get_by_label("Status").select_option("")
    expect(page.get_by_role("link", name="Cook")).to_be_visible()
    assert cook in ids(listed(anna))
    assert nurse not in ids(listed(anna))


@rule("R18")
@pytest.mark.needs("tracker")
def test_a_letter_is_put_on_the_tracker_and_followed_to_an_offer(
    visit: Visit, anna: Person, make_application: New, toast: Toast
) -> None:
    page = visit(f"/applications/{make_application(anna)['id']}", anna)
    page.get_by_role("button", name="Add to tracker").click()
    toast(page, "Added to the tracker")
    page.get_by_role("tab", name="Notes").click()
    page.get_by_role("textbox", name="Notes").fill("They called.\nFriendly.")
    page.get_by_role("button", name="Save Notes").click()
    toast(page, "Changes saved")
    page.get_by_label("Status").select_option("Offer Received")
    toast(page, "Status: Offer Received")

    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_role("tabpanel").get_by_role("listitem")).to_have_count(2)
    page.goto("/tracker")
    expect(page.get_by_role("link", name="Backend Engineer")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Offer Received")).to_be_visible()
    row = anna.get("/api/tracked-applications").json()["trackedApplications"][0]
    assert (row["status"], row["notes"]) == ("offer", "They called.\nFriendly.")


@rule("R3")
@pytest.mark.guards("get:applications")
def test_a_letters_address_shows_nothing_to_somebody_else(
    visit: Visit, anna: Person, ben: Person, make_application: New
) -> None:
    made = make_application(anna, variants=[variant("Between us.")])
    page = visit(f"/applications/{made['id']}", ben)
    expect(page.get_by_role("heading", name="Application Not Found")).to_be_visible()
    assert "Between us." not in page.content()

    page.goto("/applications")
    expect(page.get_by_role("heading", name="Applications", exact=True)).to_be_visible()
    expect(page.get_by_text("Total Applications")).to_be_visible()
    expect(page.get_by_role("link", name="Backend Engineer")).to_have_count(0)
    hers = visit(f"/applications/{made['id']}", anna)
    expect(hers.locator("#coverLetter")).to_have_value("Between us.")


def test_markup_in_a_letter_is_text_wherever_it_is_shown(
    visit: Visit, anna: Person, make_application: New, toast: Toast
) -> None:
    markup = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    letters = [variant(f"</textarea>{markup}", markup), variant(markup, "plain", skills=[markup])]
    made = make_application(anna, jobTitle=markup, company=markup, variants=letters)
    page = visit("/applications", anna)
    page.get_by_role("link", name=markup).click()

    expect(page.get_by_role("heading", name=markup)).to_be_visible()
    expect(page.locator("#coverLetter")).to_have_value(f"</textarea>{markup}")
    page.get_by_role("button", name="Save Changes").click()
    toast(page, "Application saved successfully!")

    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "run"
    assert read(anna, made["id"])["variants"] == made["variants"]
