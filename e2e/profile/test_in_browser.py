"""The pages of the profile, as somebody uses them who looks for work."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from e2e.files.samples import PNG, resume_pdf
from e2e.people import Person
from e2e.profile.career import SCHOOL, SKILL, WORK, added, listed, profile

pytestmark = pytest.mark.chromium

needs = pytest.mark.needs
Visit = Callable[..., Page]
Toast = Callable[[Page, str], None]
SKILL_FIELD = "e.g., JavaScript, Project Management, …"


def fill(page: Page, **values: str) -> None:
    """Fields by their ids."""
    for name, value in values.items():
        page.locator(f"#{name}").fill(value)


def press(page: Page | Locator, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def line(page: Page, text: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=text)


def line_button(page: Page, text: str, verb: str) -> Locator:
    """A button in the line of a list that says so."""
    return line(page, text).get_by_role("button", name=re.compile(verb, re.IGNORECASE))


def test_somebody_introduces_themselves_and_reads_it_as_a_resume(
    visit: Visit, anna: Person, toast: Toast
) -> None:
    page = visit("/profile/edit-profile", anna)
    fill(page, firstName="Anna", lastName="<i>O'Neil</i>", headline="Ward Sister", location="Leeds")
    fill(page, phone="+44 20 7946 0000", summary="Nights.\nWeekends.")
    press(page, "Save Changes")
    toast(page, "Profile updated successfully!")

    page.goto("/profile")
    expect(page.get_by_text("Anna <i>O'Neil</i>").first).to_be_visible()
    page.goto("/profile/preview")
    expect(page.get_by_text("Ward Sister").first).to_be_visible()
    expect(page.get_by_text("+44 20 7946 0000")).to_be_visible()
    page.goto("/profile/edit-profile")
    expect(page.locator("#summary")).to_have_value("Nights.\nWeekends.")
    assert profile(anna)["current_title"] == "Ward Sister"


def test_a_position_ends_and_the_next_one_begins(visit: Visit, anna: Person, toast: Toast) -> None:
    added(anna, WORK, title="Nurse", company="Old Clinic", start_date="2018-01-01")
    page = visit("/profile/work-experience", anna)
    line_button(page, "Old Clinic", "edit").click()
    expect(page.locator("#position")).to_have_value("Nurse")
    fill(page, endDate="2021-01-31")
    press(page, "Update Experience")
    toast(page, "Work experience updated successfully!")
    expect(page.get_by_role("button", name="Add Experience")).to_be_visible()
    fill(page, position="Matron", company="New Clinic", startDate="2021-02-01")
    press(page, "Add Experience")
    toast(page, "Work experience added successfully!")

    titles = [(row["title"], row["end_date"]) for row in listed(anna, WORK)]
    assert titles == [("Matron", None), ("Nurse", "2021-01-31")]
    page.goto("/profile")
    expect(line(page, "Clinic")).to_have_count(2)
    page.goto("/profile/work-experience")
    line_button(page, "Old Clinic", "delete").click()
    toast(page, "Work experience deleted successfully!")
    expect(line(page, "Old Clinic")).to_have_count(0)
    expect(line(page, "New Clinic")).to_be_visible()


def test_a_school_is_added_completed_and_seen_in_the_overview(
    visit: Visit, anna: Person, toast: Toast
) -> None:
    page = visit("/profile/education", anna)
    fill(page, school="University of the Harbour", startDate="2014-09-01", gpa="3.9")
    press(page, "Add Education")
    toast(page, "Education added successfully!")
    line_button(page, "Harbour", "edit").click()
    expect(page.locator("#gpa")).to_have_value("3.9")
    fill(page, degree="BSc", field="Nursing", endDate="2017-06-30")
    press(page, "Update Education")
    toast(page, "Education updated successfully!")

    [row] = listed(anna, SCHOOL)
    assert (row["degree"], row["field_of_study"], row["end_date"]) == (
        "BSc",
        "Nursing",
        "2017-06-30",
    )
    page.goto("/profile")
    expect(line(page, "University of the Harbour")).to_contain_text("Nursing")


def test_skills_are_collected_without_one_twice(visit: Visit, anna: Person, toast: Toast) -> None:
    page = visit("/profile/skills", anna)
    for name in ("Triage", "C++ & <b>"):
        page.get_by_placeholder(SKILL_FIELD).fill(name)
        press(page, "Add Skill")
        expect(line(page, name)).to_be_visible()
    toast(page, "Skill added successfully!")
    page.get_by_placeholder(SKILL_FIELD).fill("triage")
    press(page, "Add Skill")
    toast(page, "This skill already exists")
    line(page, "Triage").get_by_role("combobox").select_option("expert")
    toast(page, "Skill updated successfully!")
    levels = {row["name"]: row["proficiency_level"] for row in listed(anna, SKILL)}
    line_button(page, "C++ & <b>", "delete").click()
    toast(page, "Skill deleted successfully!")

    assert levels.keys() == {"Triage", "C++ & <b>"}
    assert levels["Triage"] == "expert"
    page.goto("/profile")
    expect(page.get_by_text("Triage", exact=True)).to_be_visible()
    expect(page.get_by_text("C++ & <b>")).to_have_count(0)


@pytest.mark.rule("R4")
@needs("files")
def test_a_photo_is_chosen_seen_by_everybody_and_removed(
    visit: Visit, anna: Person, anyone: Person, toast: Toast
) -> None:
    public = f"/api/files/avatar/{anna.id}"
    page = visit("/profile/edit-profile", anna)
    page.locator("input[type=file]").set_input_files(
        FilePayload(name="me.png", mimeType="image/png", buffer=PNG)
    )
    toast(page, "Photo updated successfully!")
    url = profile(anna)["photo_url"]

    assert anyone.get(public).content == anna.get(url).content == PNG
    page.goto("/profile")
    photo = page.locator("main img").first
    expect(photo).to_be_visible()
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    page.goto("/profile/edit-profile")
    press(page, "Remove photo")
    toast(page, "Photo removed")
    assert (anyone.get(public).status_code, anna.get(url).status_code) == (404, 404)
    assert profile(anna)["photo_url"] is None


@needs("files", "resume")
def test_a_resume_takes_the_place_of_what_was_there(
    visit: Visit, anna: Person, toast: Toast
) -> None:
    added(anna, SKILL, name="Juggling")
    page = visit("/profile", anna)
    press(page, "Import Resume")
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(
        FilePayload(name="cv.pdf", mimeType="application/pdf", buffer=resume_pdf())
    )
    toast(page, "Resume parsed successfully!")
    toast(page, "Gap analysis complete!")
    before = [row["name"] for row in listed(anna, SKILL)]
    press(dialog, "Apply to Profile")
    toast(page, "Profile updated successfully!")

    names = [row["name"] for row in listed(anna, SKILL)]
    assert (before, "Juggling" in names) == (["Juggling"], False)
    positions = listed(anna, WORK)
    assert (bool(names), bool(positions)) == (True, True)
    page.goto("/profile")
    expect(page.get_by_text(positions[0]["company"]).first).to_be_visible()
