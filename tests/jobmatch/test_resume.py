"""Résumés: uploaded, read by a model, reviewed, their open questions answered (§3.6)."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from e2e.people import Person
from e2e.target import Json, Target
from tests.jobmatch.documents import written_pdf
from tests.jobmatch.images import HTML, PNG
from tests.jobmatch.state import rows

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"
MEBIBYTE = 1 << 20
PDF = written_pdf("Ada Lindqvist", "Backend Engineer")

Open = Callable[..., str]


def upload(person: Person, content: bytes = PDF, name: str = "cv.pdf") -> httpx.Response:
    files = {"resume": (name, content, "application/pdf")}
    return person.post("/api/resume/upload", files=files)


def parse(person: Person, path: Any) -> httpx.Response:
    return person.post("/api/resume/parse", json={"storagePath": path})


@covers("POST /api/resume/upload", 200)
@covers("GET /api/files/download/:key", 200)
def test_an_uploaded_resume_is_there(anna: Person) -> None:
    answer = upload(anna, name="My CV.pdf")

    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert told["storagePath"] == told["file"]["key"]
    assert told["storagePath"].startswith(f"users/{anna.id}/resumes/")
    assert (told["file"]["originalName"], told["file"]["size"]) == ("My CV.pdf", len(PDF))
    assert anna.get(told["file"]["downloadUrl"]).content == PDF


@covers("POST /api/resume/upload", 400, "R1")
def test_an_upload_that_is_no_resume_is_refused(anna: Person) -> None:
    answers = [
        upload(anna, HTML, "cv.html"),
        upload(anna, HTML, "cv"),
        upload(anna, PDF, "cv.docx"),
        upload(anna, PDF + bytes(10 * MEBIBYTE), "cv.pdf"),
        anna.post("/api/resume/upload", files={"file": ("cv.pdf", PDF, "application/pdf")}),
        anna.post("/api/resume/upload", json={"resume": "x"}),
        anna.post("/api/resume/upload"),
    ]

    assert [answer.status_code for answer in answers] == [400] * 7
    assert all(answer.json()["error"] for answer in answers)


@covers("POST /api/resume/parse", 200)
def test_a_pdf_is_read(anna: Person, control: httpx.Client) -> None:
    path = upload(anna).json()["storagePath"]

    told = parse(anna, path)

    assert told.status_code == 200, told.text
    assert told.json()["profile"]["firstName"] == "Ada"
    assert {"profile", "workExperience", "education", "skills"} <= set(told.json())


@covers("POST /api/resume/parse", 200)
def test_an_image_is_read(anna: Person, jobmatch: Target, control: httpx.Client) -> None:
    path = upload(anna, PNG, "cv.png").json()["storagePath"]
    rule = {
        "id": "test-vision",
        "provider": "openai",
        "model": "gpt-4o",
        "json": {"profile": {"firstName": "Seen"}},
    }
    account = {"account_id": jobmatch.account_id}
    control.post("/_twin/ai/rules", params=account, json=rule).raise_for_status()

    answer = parse(anna, path)

    control.delete("/_twin/ai/rules/test-vision", params=account)
    assert (answer.status_code, answer.json()["profile"]) == (200, {"firstName": "Seen"})


@covers("POST /api/resume/parse", 400, "R1")
@covers("POST /api/files/upload", 201)
def test_what_cannot_be_read_is_refused(anna: Person) -> None:
    def stored(name: str, content: bytes) -> str:
        files = {"file": (name, content, "application/pdf")}
        data = {"bucket": "resumes", "path": name}
        key: str = anna.post("/api/files/upload", files=files, data=data).json()["key"]
        return key

    paths = [
        *("", 7, None, ["x"]),
        stored("cv.docx", b"PK"),
        stored("cv", PDF),
        stored("html.pdf", HTML),
        stored("html.png", HTML),
        stored("empty.pdf", b""),
    ]

    for path in paths:
        answer = parse(anna, path)
        assert answer.status_code == 400, (path, answer.text)
        assert "storagePath" in str(answer.json()["details"]), path


@covers("POST /api/resume/parse", 404, "R1")
def test_a_resume_that_is_not_there_is_not_found(anna: Person) -> None:
    answer = parse(anna, f"users/{anna.id}/resumes/none.pdf")

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@covers("POST /api/resume/parse", 403, "R3")
@covers("GET /api/files/download/:key", 200)
def test_a_foreign_resume_is_not_read(anna: Person, ben: Person) -> None:
    told = upload(anna).json()
    own = f"users/{ben.id}"
    paths = (
        told["storagePath"],
        f"users/{anna.id}/resumes/unknown.pdf",
        told["storagePath"].upper(),
        f"/{told['storagePath']}",
        quote(told["storagePath"], safe=""),
        f"{own}x/resumes/cv.pdf",
        "cv.pdf",
    )

    answers = [parse(ben, path) for path in paths]

    assert [answer.status_code for answer in answers] == [403] * len(paths)
    assert all("Ada" not in answer.text for answer in answers)
    assert parse(ben, f"{own}/resumes/../../{anna.id}/resumes/cv.pdf").status_code in (403, 404)
    assert anna.get(told["file"]["downloadUrl"]).content == PDF


@covers("DELETE /api/resume/:fileKey", 200)
@covers("GET /api/files/download/:key", 404)
def test_a_deleted_resume_is_gone_and_deleting_it_again_is_fine(anna: Person) -> None:
    told = upload(anna).json()["file"]
    path = f"/api/resume/{quote(told['key'], safe='')}"

    answers = [anna.delete(path), anna.delete(path)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert anna.get(told["downloadUrl"]).status_code == 404


@covers("DELETE /api/resume/:fileKey", 403, "R3")
@covers("GET /api/files/download/:key", 200)
def test_only_ones_own_resumes_are_deleted(anna: Person, ben: Person) -> None:
    told = upload(anna).json()["file"]
    keys = (
        told["key"],
        f"users/{anna.id}/resumes/unknown.pdf",
        f"users/{ben.id}/profile/me.png",
        f"users/{ben.id}/exports/x.pdf",
        f"users/{ben.id}x/resumes/x.pdf",
        "x",
    )

    answers = [ben.delete(f"/api/resume/{quote(key, safe='')}") for key in keys]

    told_errors = [(answer.status_code, answer.json()["error"]) for answer in answers]
    assert told_errors == [(403, "Access denied")] * len(keys)
    assert anna.get(told["downloadUrl"]).content == PDF


@covers("GET /api/resume/supported-formats", 200)
def test_the_formats_are_public(anyone: Person) -> None:
    told = anyone.get("/api/resume/supported-formats").json()

    formats = [one["format"] for one in told["supported"]]
    assert sorted(formats) == ["GIF", "JPEG", "PDF", "PNG", "WebP"]
    assert all({"extension", "mimeType", "status"} <= set(one) for one in told["supported"])
    assert len(told["recommendations"]) == 5


@covers("GET /api/resume", 200, "R3")
def test_resumes_are_listed_for_their_owner(anna: Person, ben: Person, jobmatch: Target) -> None:
    before = [person.get("/api/resume").json() for person in (anna, ben)]
    if jobmatch.control is None:
        pytest.skip("no route makes a résumé's row: this needs the twin's D1")
    resume = "INSERT INTO resumes (id, user_id, title, sections, created_at) VALUES (?, ?, ?, ?, ?)"
    anna.get("/api/profile")
    for day in ("01", "02"):
        rows(jobmatch, resume, token_hex(8), anna.id, f"CV {day}", "{}", f"2026-01-{day}")

    assert before == [[], []]
    assert [row["title"] for row in anna.get("/api/resume").json()] == ["CV 02", "CV 01"]
    assert ben.get("/api/resume").json() == []


PROFILE = {"email": "a@example.com", "full_name": "Ada", "nonsense": {"a": [1]}}


@covers("POST /api/resume/analyze-gaps", 200)
@covers("GET /api/resume/gap-analyses", 200)
def test_gaps_are_found_and_nothing_is_stored(anna: Person, control: httpx.Client) -> None:
    body = {"profile": PROFILE, "workExperience": [{"title": "Nurse"}], "skills": ["Triage"]}

    told = anna.post("/api/resume/analyze-gaps", json=body)

    assert told.status_code == 200, told.text
    assert {"overall_assessment", "gap_count", "urgency"} <= set(told.json()["resume_analysis"])
    assert told.json()["clarification_questions"][0]["question_id"]
    assert anna.get("/api/resume/gap-analyses").json() == []


@covers("POST /api/resume/analyze-gaps", 400, "R1")
def test_gaps_of_nobody_are_not_looked_for(anna: Person) -> None:
    bodies: list[Any] = [
        {},
        {"profile": None},
        {"profile": "Ada"},
        {"profile": PROFILE, "skills": "Triage"},
        {"profile": PROFILE, "workExperience": {}},
    ]
    answers = [anna.post("/api/resume/analyze-gaps", json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [400] * 5


QUESTIONS = [{"question_id": number, "question": f"What of {number}?"} for number in (1, 2)]


@pytest.fixture
def open_analysis(jobmatch: Target, control: httpx.Client) -> Open:
    """A review with two open questions; no route stores one, so it is written into D1."""

    def make(person: Person, questions: object = QUESTIONS) -> str:
        person.get("/api/profile")
        analysis_id = token_hex(8)
        sql = (
            "INSERT INTO resume_gap_analyses (id, user_id, clarification_questions,"
            " questions_answered, status) VALUES (?, ?, ?, 0, 'pending')"
        )
        text = questions if isinstance(questions, str) else json.dumps(questions)
        rows(jobmatch, sql, analysis_id, person.id, text)
        return analysis_id

    return make


def answer(person: Person, analysis_id: str, **body: Any) -> httpx.Response:
    return person.patch(f"/api/resume/gap-analysis/{analysis_id}/answer", json=body)


@covers("PATCH /api/resume/gap-analysis/:id/answer", 200)
@covers("GET /api/resume/gap-analysis/:id", 200)
@covers("GET /api/resume/gap-analyses", 200)
def test_a_review_is_complete_when_all_is_answered(anna: Person, open_analysis: Open) -> None:
    analysis_id = open_analysis(anna)

    first = answer(anna, analysis_id, question_id=1, answer="Travelled.").json()
    last = answer(anna, analysis_id, question_id=2, answer="Studied 日本語.").json()

    assert (first["status"], first["questions_answered"]) == ("in_progress", 1)
    assert (last["status"], last["questions_answered"]) == ("completed", 2)
    assert first["completed_at"] is None
    assert last["completed_at"]
    assert "Travelled." in str(last["clarification_questions"])
    assert anna.get(f"/api/resume/gap-analysis/{analysis_id}").json() == last
    assert anna.get("/api/resume/gap-analyses").json() == [last]


@covers("PATCH /api/resume/gap-analysis/:id/answer", 200)
def test_an_answer_again_replaces_the_first(anna: Person, open_analysis: Open) -> None:
    analysis_id = open_analysis(anna)
    answer(anna, analysis_id, question_id=1, answer="One.")

    again = answer(anna, analysis_id, question_id=1, answer="Other.").json()

    assert again["questions_answered"] == 1
    assert "One." not in str(again["clarification_questions"])


@covers("PATCH /api/resume/gap-analysis/:id/answer", 200)
def test_answers_at_once_are_all_kept(anna: Person, open_analysis: Open) -> None:
    count = 6
    analysis_id = open_analysis(anna, [{"question_id": number} for number in range(count)])

    with ThreadPoolExecutor(count) as pool:
        sent = [
            pool.submit(answer, anna, analysis_id, question_id=number, answer=f"No. {number}.")
            for number in range(count)
        ]
        assert {one.result().status_code for one in sent} == {200}

    row = anna.get(f"/api/resume/gap-analysis/{analysis_id}").json()
    assert (row["questions_answered"], row["status"]) == (count, "completed")


@covers("PATCH /api/resume/gap-analysis/:id/answer", 400)
def test_an_answer_that_is_none_is_refused_as_a_list(anna: Person, open_analysis: Open) -> None:
    analysis_id = open_analysis(anna)
    odd: list[Json] = [
        {"question_id": "1", "answer": "x"},
        {"question_id": 1, "answer": ""},
        {"question_id": 1},
        {"question_id": None, "answer": "x"},
        {"question_id": True, "answer": "x"},
        {"question_id": 1, "answer": 7},
    ]
    answers = [answer(anna, analysis_id, **body) for body in odd]

    assert [one.status_code for one in answers] == [400] * len(odd)
    for one in answers:
        assert one.json()["message"] == "Request validation failed"
        assert {"path", "message"} <= set(one.json()["details"]["errors"][0])
    assert anna.get(f"/api/resume/gap-analysis/{analysis_id}").json()["questions_answered"] == 0


@covers("PATCH /api/resume/gap-analysis/:id/answer", 404)
@covers("GET /api/resume/gap-analysis/:id", 404)
def test_unknown_reviews_and_questions_are_not_found(anna: Person, open_analysis: Open) -> None:
    analysis_id = open_analysis(anna)

    answers = [
        answer(anna, analysis_id, question_id=3, answer="x"),
        answer(anna, analysis_id, question_id=1.5, answer="x"),
        answer(anna, UNKNOWN, question_id=1, answer="x"),
        anna.get(f"/api/resume/gap-analysis/{UNKNOWN}"),
    ]

    assert [one.status_code for one in answers] == [404] * 4
    assert answers[-1].json()["error"] == "Gap analysis not found"


@covers("PATCH /api/resume/gap-analysis/:id/answer", 404, "R3")
@covers("GET /api/resume/gap-analysis/:id", 200, 404, "R3")
@covers("GET /api/resume/gap-analyses", 200, "R3")
def test_a_foreign_review_is_as_an_unknown_one(
    anna: Person, ben: Person, open_analysis: Open
) -> None:
    analysis_id = open_analysis(anna)
    before = anna.get(f"/api/resume/gap-analysis/{analysis_id}").json()

    reads = [ben.get(f"/api/resume/gap-analysis/{one}") for one in (analysis_id, UNKNOWN)]
    writes = [answer(ben, one, question_id=1, answer="x") for one in (analysis_id, UNKNOWN)]

    for foreign, unknown in (reads, writes):
        assert (foreign.status_code, foreign.text) == (404, unknown.text)
    assert ben.get("/api/resume/gap-analyses").json() == []
    assert anna.get(f"/api/resume/gap-analysis/{analysis_id}").json() == before


@covers("GET /api/resume/gap-analysis/:id", 200)
def test_a_review_with_broken_questions_harms_nobody(anna: Person, open_analysis: Open) -> None:
    for stored in ("{", "[1, null, {}]", "{}", "[" * 2000, ""):
        analysis_id = open_analysis(anna, stored)
        assert anna.get(f"/api/resume/gap-analysis/{analysis_id}").status_code == 200
        assert answer(anna, analysis_id, question_id=1, answer="x").status_code == 404
