"""Who one is: the pages of the profile."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.people import Person
from tests.jobmatch.documents import written_pdf
from tests.jobmatch.images import PNG
from tests.jobmatch.site.conftest import Visit

pytestmark = pytest.mark.chromium

Toast = Callable[[Page, str], None]


def test_the_profile_is_changed(visit: Visit, anna: Person, toast: Toast) -> None:
    page = visit("/profile/edit-profile", anna)
    for name, value in {
        "firstName": "Anna",
        "lastName": "<b>Berg</b>",
        "headline": "Engineer",
        "summary": "Line one\nline two",
    }.items():
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button", name="Save Changes").click()
    toast(page, "Profile updated successfully!")
    row = anna.get("/api/profile").json()["profile"]
    assert (row["last_name"], row["current_title"]) == ("<b>Berg</b>", "Engineer")
    assert row["professional_summary"] == "Line one\nline two"
    page.goto("/")
    # Markup that somebody writes is text.
    expect(page.get_by_role("heading", name="Anna <b>Berg</b>")).to_be_visible()


def test_a_photo_is_uploaded_shown_and_removed(visit: Visit, anna: Person, toast: Toast) -> None:
    page = visit("/profile/edit-profile", anna)
    photo = page.locator("#photo")
    photo.set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": PNG})
    toast(page, "Photo updated successfully!")
    shown = page.locator("img.portrait")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    page.get_by_role("button", name="Remove photo").click()
    toast(page, "Photo removed")
    assert anna.get("/api/profile").json()["profile"]["photo_url"] is None


def test_work_experience_is_added_changed_and_deleted(
    visit: Visit, anna: Person, toast: Toast
) -> None:
    page = visit("/profile/work-experience", anna)
    page.locator("#company").fill("Contoso")
    page.locator("#position").fill("Engineer")
    page.locator("#location").fill("Lund")
    page.locator("#startDate").fill("2020-01-01")
    page.locator("#endDate").fill("2022-01-01")
    page.locator("#description").fill("Built things")
    page.get_by_role("button", name="Add Experience").click()
    toast(page, "Work experience added successfully!")
    page.get_by_role("button", name="Edit Engineer at Contoso").click()
    # The API has no field for it, and it is there all the same.
    expect(page.locator("#location")).to_have_value("Lund")
    expect(page.locator("#description")).to_have_value("Built things")
    page.locator("#position").fill("Lead")
    page.get_by_role("button", name="Update Experience").click()
    toast(page, "Work experience updated successfully!")
    [row] = anna.get("/api/profile/work-experience").json()["workExperience"]
    assert (row["title"], row["end_date"]) == ("Lead", "2022-01-01")
    page.get_by_role("button", name="Delete Lead at Contoso").click()
    toast(page, "Work experience deleted successfully!")
    assert anna.get("/api/profile/work-experience").json()["workExperience"] == []


def test_education_keeps_what_the_api_has_no_field_for(
    visit: Visit, anna: Person, toast: Toast
) -> None:
    page = visit("/profile/education", anna)
    page.locator("#school").fill("University of the Harbour")
    page.locator("#gpa").fill("3.9")
    page.locator("#startDate").fill("2015-09-01")
    page.get_by_role("button", name="Add Education").click()
    toast(page, "Education added successfully!")
    page.get_by_role("button", name="Edit University of the Harbour").click()
    expect(page.locator("#gpa")).to_have_value("3.9")
    expect(page.locator("#highlights")).to_have_value("")


def test_a_skill_is_there_once(visit: Visit, anna: Person, toast: Toast) -> None:
    page = visit("/profile/skills", anna)
    for name in ("Python", "python"):
        page.get_by_placeholder("e.g., JavaScript, Project Management, …").fill(name)
        page.get_by_role("button", name="Add Skill").click()
        toast(page, "Skill added successfully!" if name == "Python" else "already exists")
    page.get_by_label("Level of Python").select_option("expert")
    toast(page, "Skill updated successfully!")
    [row] = anna.get("/api/skills").json()["skills"]
    assert (row["name"], row["proficiency_level"]) == ("Python", "expert")
    page.get_by_role("button", name="Delete Python").click()
    toast(page, "Skill deleted successfully!")
    expect(page.get_by_text("No skills yet.")).to_be_visible()


def test_a_resume_takes_the_place_of_what_was_there(
    visit: Visit, anna: Person, control: httpx.Client, toast: Toast
) -> None:
    anna.post("/api/skills", json={"name": "Juggling"})
    page = visit("/profile", anna)
    page.get_by_role("button", name="Import Resume").click()
    page.locator("#resume").set_input_files(
        {
            "name": "cv.pdf",
            "mimeType": "application/pdf",
            "buffer": written_pdf("Ada Lindqvist", "Backend Engineer"),
        }
    )
    toast(page, "Resume parsed successfully!")
    toast(page, "Gap analysis complete!")
    page.get_by_role("button", name="Apply to Profile").click()
    toast(page, "Profile updated successfully!")
    names = {row["name"] for row in anna.get("/api/skills").json()["skills"]}
    assert names
    assert "Juggling" not in names
    assert anna.get("/api/profile/work-experience").json()["workExperience"]
