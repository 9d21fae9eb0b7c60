"""Files that a browser saves."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.applications.written import read, variant
from e2e.cast import New
from e2e.exports.files import FORMS, flat
from e2e.people import Person

pytestmark = [pytest.mark.chromium, pytest.mark.needs("applications", "files")]
Visit = Callable[..., Page]
Toast = Callable[[Page, str], None]


@pytest.mark.rule("R11")
def test_a_letter_is_saved_as_it_stands_on_the_page(
    visit: Visit, anna: Person, make_application: New
) -> None:
    made = make_application(anna, company="Clinic Nord")
    page = visit(f"/applications/{made['id']}", anna)
    page.locator("#coverLetter").fill("Dear Ms Öberg,\n\nこんにちは, as I have just written.")

    for form, button in (("pdf", "Export PDF"), ("docx", "Export DOCX")):
        with page.expect_download() as saving:
            page.get_by_role("button", name=button).click()
        name, content = saving.value.suggested_filename, saving.value.path().read_bytes()
        assert ("Clinic_Nord" in name, name.endswith(f".{form}")) == (True, True)
        assert "こんにちは, as I have just written." in flat(FORMS[form].read(content))

    # Saving a file has saved the letter.
    page.reload()
    expect(page.locator("#coverLetter")).to_have_value(
        "Dear Ms Öberg,\n\nこんにちは, as I have just written."
    )


@pytest.mark.rule("R11")
def test_of_two_letters_the_chosen_one_is_saved_from_the_list(
    visit: Visit, anna: Person, make_application: New, toast: Toast
) -> None:
    letters = [variant("The first letter.", "First"), variant("The other letter.", "Other")]
    made = make_application(anna, variants=letters, selectedVariantId="First")
    page = visit(f"/applications/{made['id']}", anna)
    page.get_by_role("tab", name="Other").click()
    page.get_by_role("button", name="Save Changes").click()
    toast(page, "Application saved successfully!")

    page.goto("/applications")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Export Backend Engineer at Northwind").click()

    found = flat(FORMS["pdf"].read(saving.value.path().read_bytes()))
    assert ("The other letter." in found, "The first letter." in found) == (True, False)
    assert read(anna, made["id"])["selected_variant_id"] == "Other"
