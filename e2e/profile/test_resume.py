"""A résumé: uploaded, read, asked about, taken over into the profile; and private."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from e2e.files.samples import PAGE, resume_pdf
from e2e.people import People, Person
from e2e.profile.career import SCHOOL, SKILL, WORK, added, whole
from e2e.profile.resumes import is_read_here, parse, upload
from e2e.target import Json

pytestmark = pytest.mark.needs("resume")

rule = pytest.mark.rule
guards = pytest.mark.guards
Made = Callable[[Person], str]
UNKNOWN = "00000000-0000-4000-8000-000000000000"
REVIEW = "/api/resume/gap-analysis"


def answered(person: Person, review_id: str, question: int) -> Json:
    body = {"question_id": question, "answer": f"Answer {question}."}
    answer = person.patch(f"{REVIEW}/{review_id}/answer", json=body)
    assert answer.status_code == 200, answer.text
    row: Json = answer.json()
    return row


def test_a_resume_fills_in_an_empty_profile(anna: Person) -> None:
    told = parse(anna, upload(anna, resume_pdf()).json()["storagePath"])
    is_read_here(told, anna)
    found = told.json()
    sections = {name: found[name] for name in ("workExperience", "education", "skills")}

    gaps = anna.post("/api/resume/analyze-gaps", json={"profile": found["profile"], **sections})
    anna.patch("/api/profile", json={"first_name": found["profile"]["firstName"]})
    for one in sections["workExperience"]:
        start = one["startDate"] or ""
        added(anna, WORK, title=one["position"], company=one["company"], start_date=start)
    for one in sections["education"]:
        added(anna, SCHOOL, school=one["institution"])
    for one in sections["skills"]:
        added(anna, SKILL, name=one["name"])

    assert gaps.status_code == 200, gaps.text
    questions = gaps.json()["clarification_questions"]
    assert all(isinstance(one["question"], str) for one in questions)
    shown = whole(anna)
    assert shown["profile"]["first_name"] == found["profile"]["firstName"]
    assert {name: len(shown[name]) for name in sections} == {
        name: len(rows) for name, rows in sections.items()
    }
    assert sections["workExperience"]


@rule("R1")
def test_a_file_that_cannot_be_read_is_refused_and_one_that_can_is_taken(anna: Person) -> None:
    formats = anna.get("/api/resume/supported-formats").json()["supported"]
    endings = [one["extension"] for one in formats]

    word = upload(anna, b"PK", "cv.docx")
    page = parse(anna, upload(anna, PAGE).json()["storagePath"])
    missing = parse(anna, f"users/{anna.id}/resumes/none.pdf")
    resume = resume_pdf()
    taken = upload(anna, resume)

    assert ".pdf" in endings
    assert ".docx" not in endings
    assert (word.status_code, page.status_code, missing.status_code) == (400, 400, 404)
    file = taken.json()["file"]
    assert (taken.status_code, file["key"]) == (200, taken.json()["storagePath"])
    assert anna.get(file["downloadUrl"]).content == resume


def test_the_questions_of_a_review_are_answered_on_two_devices(
    anna: Person, people: People, open_review: Made
) -> None:
    review_id = open_review(anna)
    elsewhere = people.again(anna)
    [listed] = anna.get("/api/resume/gap-analyses").json()

    first = answered(anna, review_id, 1)
    begun = elsewhere.get(f"{REVIEW}/{review_id}").json()
    last = answered(elsewhere, review_id, 2)

    assert (listed["id"], listed["status"]) == (review_id, "pending")
    assert begun == first
    assert (first["status"], first["questions_answered"]) == ("in_progress", 1)
    assert (last["status"], last["questions_answered"]) == ("completed", 2)
    assert (first["completed_at"], bool(last["completed_at"])) == (None, True)
    assert anna.get("/api/resume/gap-analyses").json() == [last]
    assert "Answer 1." in str(last["clarification_questions"])


@rule("R3")
@guards("list:resume_gap_analyses", "get:resume_gap_analyses", "update:resume_gap_analyses")
def test_a_stranger_neither_reads_nor_answers_a_review(
    anna: Person, ben: Person, open_review: Made
) -> None:
    review_id = open_review(anna)
    before = answered(anna, review_id, 1)
    body = {"question_id": 2, "answer": "Nothing."}

    reads = [ben.get(f"{REVIEW}/{id}") for id in (review_id, UNKNOWN)]
    writes = [ben.patch(f"{REVIEW}/{id}/answer", json=body) for id in (review_id, UNKNOWN)]

    for foreign, unknown in (reads, writes):
        assert (foreign.status_code, unknown.status_code) == (404, 404)
        assert foreign.text == unknown.text
    assert ben.get("/api/resume/gap-analyses").json() == []
    assert anna.get(f"{REVIEW}/{review_id}").json() == before
    assert answered(anna, review_id, 2)["status"] == "completed"


@rule("R3")
@guards("list:resumes")
def test_resumes_are_listed_for_who_wrote_them(
    anna: Person, ben: Person, written_resume: Made
) -> None:
    written = [(person, written_resume(person)) for person in (anna, ben)]

    for person, id in written:
        answer = person.get("/api/resume")
        assert [row["id"] for row in answer.json()] == [id]


@rule("R3")
@guards("r2:parse", "r2:resume-delete")
def test_a_stranger_neither_reads_nor_deletes_the_file_of_a_resume(
    anna: Person, ben: Person
) -> None:
    resume = resume_pdf()
    told = upload(anna, resume).json()["file"]
    keys = (told["key"], f"users/{anna.id}/resumes/none.pdf")

    reads = [parse(ben, key) for key in keys]
    deletions = [ben.delete(f"/api/resume/{quote(key, safe='')}") for key in keys]

    for foreign, unknown in (reads, deletions):
        assert (foreign.status_code, unknown.status_code) == (403, 403)
        assert foreign.text == unknown.text
    assert anna.get(told["downloadUrl"]).content == resume
    assert anna.delete(f"/api/resume/{quote(told['key'], safe='')}").status_code == 200
    assert anna.get(told["downloadUrl"]).status_code == 404
