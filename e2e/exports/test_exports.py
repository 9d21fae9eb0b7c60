"""Letters taken along as files: complete, in any language, and their owner's."""

import pytest

from e2e.applications.written import APPLICATIONS, changed, generated, read, variant
from e2e.cast import New
from e2e.exports.files import FORMS, downloaded, exported, flat, pages, text
from e2e.people import People, Person
from e2e.refusals import ID, assert_absent

pytestmark = pytest.mark.needs("applications", "files")
rule = pytest.mark.rule
guards = pytest.mark.guards
in_all_forms = pytest.mark.parametrize("form", FORMS)
SENTENCES = (
    "Łódź, naïve “quotes” – …",
    "Привет, мир",
    "Καλημέρα κόσμε",
    "日本語のテキスト",
    "한국어 문장",
    "😀 🚀",
    "<b>&amp;</b> **bold** {{ x }}",
)


@rule("R11")
@pytest.mark.needs("jobs", "profile")
def test_written_letters_are_changed_and_say_the_same_in_every_form(
    anna: Person, make_job: New, make_experience: New
) -> None:
    anna.patch("/api/profile", json={"first_name": "Mira", "last_name": "Holt"})
    make_experience(anna, title="Structural Engineer", company="Harbour Works")
    made = generated(anna, make_job(anna, title="Bridge Builder", company="Rope & Steel"))
    chosen = made["variants"][2]
    chosen["coverLetter"] = "Dear Ms Öberg,\n\nI build bridges."
    chosen["resume"]["summary"] = "Twelve years of bridges."
    changed(anna, made["id"], variants=made["variants"], selectedVariantId=chosen["id"])

    for form in FORMS:
        found = text(anna, form, made["id"])
        for said in ("Dear Ms Öberg,", "I build bridges.", "Twelve years of bridges."):
            assert said in found, (form, said)
        assert "mira holt" in found.lower(), form


@rule("R11")
@in_all_forms
def test_a_long_letter_in_any_language_is_whole(
    anna: Person, make_application: New, form: str
) -> None:
    lines = [f"{number}: {SENTENCES[number % len(SENTENCES)]}" for number in range(1, 141)]
    letter = variant("\n".join(lines), summary=" / ".join(SENTENCES), skills=[*SENTENCES])
    made = make_application(anna, jobTitle="看護師 😀", company="Łódź & Söhne", variants=[letter])

    told = exported(anna, form, made["id"])
    content = downloaded(anna, told)

    assert told["fileSize"] == len(content)
    found = flat(FORMS[form].read(content))
    assert [line for line in lines if line not in found] == []
    assert [one for one in SENTENCES if found.count(one) < 140 // len(SENTENCES) + 2] == []


@rule("R11")
def test_a_pdf_gets_more_pages_as_its_letter_grows(anna: Person, make_application: New) -> None:
    letter = variant("A line.", summary="Twelve years of bridges.")
    made = make_application(anna, variants=[letter])
    short = pages(downloaded(anna, exported(anna, "pdf", made["id"])))

    long = {**letter, "coverLetter": "\n".join(f"Line {n}." for n in range(250))}
    changed(anna, made["id"], variants=[long])

    grown = pages(downloaded(anna, exported(anna, "pdf", made["id"])))
    assert len(grown) > len(short) + 3
    assert all(page.strip() for page in grown)
    assert "Line 249." in " ".join(grown)
    assert "Twelve years of bridges." in flat(grown[-1])


@rule("R11")
@in_all_forms
def test_a_file_stays_as_it_was_when_the_letter_changes_and_goes(
    anna: Person, make_application: New, form: str
) -> None:
    made = make_application(anna, variants=[variant("As it was.")])
    first = exported(anna, form, made["id"])
    changed(anna, made["id"], variants=[variant("As it is.")])
    second = exported(anna, form, made["id"])
    assert anna.delete(f"{APPLICATIONS}/{made['id']}").status_code == 204

    read_as = FORMS[form].read
    assert "As it was." in flat(read_as(downloaded(anna, first)))
    after = flat(read_as(downloaded(anna, second)))
    assert ("As it is." in after, "As it was." in after) == (True, False)
    body = {"applicationId": ID}
    assert_absent(anna, f"POST {FORMS[form].route}", made["id"], "Application", body)


@rule("R3")
@guards("export:application", "get:applications")
def test_nobody_exports_anothers_letter(anna: Person, ben: Person, make_application: New) -> None:
    made = make_application(anna, variants=[variant("Between us.")])
    before = read(anna, made["id"])

    for form in FORMS.values():
        body = {"applicationId": ID}
        assert_absent(ben, f"POST {form.route}", made["id"], "Application", body)

    assert read(anna, made["id"]) == before
    assert all("Between us." in text(anna, form, made["id"]) for form in FORMS)


@rule("R3", "R11")
@guards("r2:download")
def test_a_files_address_is_its_owners_on_every_device_and_nobody_elses(
    anna: Person, ben: Person, anyone: Person, people: People, make_application: New
) -> None:
    made = make_application(anna, company='St. Mary\'s / Nord "Süd" 日本')
    phone = people.again(anna)

    for form in FORMS:
        told = exported(anna, form, made["id"])
        assert told["fileName"].endswith(f".{form}")
        assert downloaded(phone, told) == downloaded(anna, told)
        assert ben.get(told["downloadUrl"]).status_code == 403
        assert anyone.get(told["downloadUrl"]).status_code == 401


@rule("R11", "R1")
def test_what_has_no_letter_cannot_be_exported_until_it_has_one(
    anna: Person, make_application: New
) -> None:
    made = make_application(anna, variants=[], selectedVariantId=None)
    for form in FORMS.values():
        refused = anna.post(form.route, json={"applicationId": made["id"]})
        assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")
        malformed = anna.post(form.route, content=b'{"applicationId": ')
        assert (malformed.status_code, malformed.json()["code"]) == (400, "VALIDATION_ERROR")

    changed(anna, made["id"], variants=[variant("Here it is.")])

    assert all("Here it is." in text(anna, form, made["id"]) for form in FORMS)
