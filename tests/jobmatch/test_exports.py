"""Exports: a letter and a résumé as PDF, DOCX and text (§3.5, R11)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Json
from tests.jobmatch.documents import docx_text, flat, page_size, pdf_pages

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {"pdf": "application/pdf", "docx": DOCX, "txt": "text/plain"}
ROUTES = {"pdf": "/api/exports/pdf", "docx": "/api/exports/docx", "txt": "/api/exports/text"}
READERS: Mapping[str, Callable[[bytes], str]] = {
    "pdf": lambda content: "\n".join(pdf_pages(content)),
    "docx": docx_text,
    "txt": lambda content: content.decode("utf-8"),
}
RESUME = {
    "summary": "Twelve years of bridges.",
    "experience": [
        {
            "title": "Structural Engineer",
            "company": "Harbour Works",
            "location": "Gothenburg",
            "startDate": "2014-02",
            "endDate": "Present",
            "bullets": ["Renewed 14 bridges", "Led a team of six"],
        }
    ],
    "skills": ["Statics", "C++"],
    "education": [{"degree": "MSc", "school": "Chalmers", "location": "", "graduation": "2013"}],
}

in_all_formats = pytest.mark.parametrize(
    "form",
    [
        pytest.param("pdf", marks=covers("POST /api/exports/pdf", 200, "R11")),
        pytest.param("docx", marks=covers("POST /api/exports/docx", 200, "R11")),
        pytest.param("txt", marks=covers("POST /api/exports/text", 200, "R11")),
    ],
)


def export(person: Person, form: str, application_id: Any) -> httpx.Response:
    return person.post(ROUTES[form], json={"applicationId": application_id})


def exported(person: Person, form: str, application_id: str) -> bytes:
    """The document that the answer's URL leads to."""
    answer = export(person, form, application_id)
    assert answer.status_code == 200, answer.text
    document = person.get(answer.json()["downloadUrl"])
    assert document.status_code == 200, document.text
    return document.content


@pytest.fixture
def written(anna: Person, make_application: New) -> Callable[..., Json]:
    """An application of Anna's with a letter and a résumé."""

    def make(letter: str = "Dear Hiring Manager,\n\nI build bridges.", **fields: Any) -> Json:
        resume = fields.pop("resume", RESUME)
        one = {"id": "one", "name": "One", "coverLetter": letter, "resume": resume}
        return make_application(anna, variants=[one], selectedVariantId="one", **fields)

    return make


@in_all_formats
@covers("GET /api/files/download/:key", 200, "R11")
def test_an_export_can_be_downloaded_and_holds_letter_and_resume(
    anna: Person, written: Callable[..., Json], form: str
) -> None:
    anna.patch("/api/profile", json={"first_name": "Mira", "last_name": "Holt"})

    told = export(anna, form, written()["id"]).json()

    document = anna.get(told["downloadUrl"])
    assert (told["format"], told["fileSize"]) == (form, len(document.content))
    assert document.headers["content-type"].startswith(TYPES[form])
    text = flat(READERS[form](document.content))
    for said in (
        *("I build bridges.", "Mira Holt", "Twelve years of bridges.", "Structural Engineer"),
        *("Harbour Works", "Renewed 14 bridges", "Led a team of six", "Statics", "C++"),
        *("MSc", "Chalmers", "2013"),
    ):
        assert said in text, said


@in_all_formats
def test_an_export_has_a_name_and_a_day(
    anna: Person, written: Callable[..., Json], form: str
) -> None:
    made = written(jobTitle="Night Nurse", company="St. Mary's")

    told = export(anna, form, made["id"]).json()

    assert told["fileName"].endswith(f".{form}")
    assert not set(told["fileName"]) & set(' /\\"\r\n')
    ends = datetime.fromisoformat(told["expiresAt"])
    assert abs(ends - datetime.now(UTC) - timedelta(hours=24)) < timedelta(hours=2)


TEXTS = [
    "Łódź, Ingénieur, naïve “quotes” – …",
    "Привет, мир",
    "Καλημέρα κόσμε",
    "日本語のテキスト",
    "한국어 문장",
    "😀 🚀",
    "{nb} **bold** <b>&amp;</b> \\ ( ) %s {{ x }}",
]


@in_all_formats
def test_an_export_holds_any_unicode_text(
    anna: Person, written: Callable[..., Json], form: str
) -> None:
    resume = {**RESUME, "summary": " / ".join(TEXTS), "skills": TEXTS}
    made = written("\n".join(TEXTS), resume=resume, jobTitle="看護師 😀", company="Łódź & Söhne")

    text = flat(READERS[form](exported(anna, form, made["id"])))

    assert [one for one in TEXTS if text.count(one) < 2] == []


@in_all_formats
def test_an_export_of_right_to_left_and_odd_signs_works(
    anna: Person, written: Callable[..., Json], form: str
) -> None:
    odd = "\x00\x01\x0b\x1f\ufffe\u200b\u202e" + "שלום عربى हिन्दी" + "\U0010ffff" + "a" * 500
    made = written(odd, resume={**RESUME, "summary": odd}, company=odd[:60], jobTitle=odd[:60])

    assert "a" * 40 in READERS[form](exported(anna, form, made["id"])).replace("\n", "")


@in_all_formats
def test_line_breaks_of_a_letter_stay(
    anna: Person, written: Callable[..., Json], form: str
) -> None:
    made = written("Dear Ms. Holt,\n\nfirst line\nsecond line\r\nthird line\n\nYours")

    lines = [one.strip() for one in READERS[form](exported(anna, form, made["id"])).splitlines()]

    assert {"first line", "second line", "third line"} <= set(lines)


@in_all_formats
def test_a_long_letter_is_held_to_its_end(
    anna: Person, written: Callable[..., Json], form: str
) -> None:
    made = written("\n".join(f"Line {number} of the letter." for number in range(400)))

    text = READERS[form](exported(anna, form, made["id"]))

    assert [n for n in range(400) if f"Line {n} of the letter." not in text] == []
    assert "Twelve years of bridges." in flat(text)


@covers("POST /api/exports/pdf", 200, "R11")
def test_a_pdf_is_on_letter_paper_and_grows_over_pages(
    anna: Person, written: Callable[..., Json]
) -> None:
    short = exported(anna, "pdf", written()["id"])
    long = exported(anna, "pdf", written("A line.\n" * 400)["id"])

    assert page_size(short) == (612, 792)
    assert len(pdf_pages(long)) > len(pdf_pages(short)) + 5


@covers("POST /api/exports/pdf", 200)
@covers("POST /api/exports/text", 200)
def test_the_selected_letter_is_exported(anna: Person, make_application: New) -> None:
    letters = [{"id": one, "name": one, "coverLetter": f"Letter {one}."} for one in ("a", "b")]
    made = make_application(anna, variants=letters, selectedVariantId="b")
    before = flat(READERS["pdf"](exported(anna, "pdf", made["id"])))

    anna.patch(f"/api/applications/{made['id']}", json={"selectedVariantId": "a"})

    assert "Letter b." in before
    assert "Letter a." not in before
    assert "Letter a." in exported(anna, "txt", made["id"]).decode()


@covers("POST /api/exports/pdf", 400)
@covers("POST /api/exports/docx", 400)
@covers("POST /api/exports/text", 400)
def test_an_application_id_of_odd_signs_is_refused(anna: Person) -> None:
    for form in ROUTES:
        for odd in ("", "a b", "../x", "é", "'--", None, 7):
            answer = export(anna, form, odd)
            assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
            assert "applicationId" in answer.json()["details"]["fields"]


@covers("POST /api/exports/pdf", 404)
@covers("POST /api/exports/docx", 404)
@covers("POST /api/exports/text", 404)
def test_an_application_without_letters_is_not_exported(anna: Person) -> None:
    made = anna.post("/api/applications", json={"jobTitle": "N", "company": "C"}).json()

    for form in ROUTES:
        for application_id, resource in (
            (made["id"], "Application variants"),
            (UNKNOWN, "Application"),
        ):
            answer = export(anna, form, application_id)
            assert answer.status_code == 404
            assert answer.json()["details"]["resource"] == resource


@covers("POST /api/exports/pdf", 200, 404, "R3")
@covers("POST /api/exports/docx", 404, "R3")
@covers("POST /api/exports/text", 404, "R3")
@covers("GET /api/files/download/:key", 403, "R3")
def test_nobody_exports_or_reads_what_is_anothers(
    anna: Person, ben: Person, written: Callable[..., Json]
) -> None:
    made = written()
    url = export(anna, "pdf", made["id"]).json()["downloadUrl"]

    answers = [export(ben, form, one) for form in ROUTES for one in (made["id"], UNKNOWN)]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert {answer.json()["details"]["resource"] for answer in answers} == {"Application"}
    assert ben.get(url).status_code == 403


@covers("POST /api/exports/text", 200, "R3")
@covers("GET /api/files/download/:key", 200, 403, "R3")
def test_an_exported_text_is_its_owners_alone(
    anna: Person, ben: Person, written: Callable[..., Json]
) -> None:
    url = export(anna, "txt", written()["id"]).json()["downloadUrl"]

    assert ben.get(url).status_code == 403
    assert anna.get(url).status_code == 200
