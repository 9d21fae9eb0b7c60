"""A second user's attempt on every route that names a thing: as if it were not there (§7, R3)."""

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any, NamedTuple

import httpx
import pytest

from e2e.people import Person
from e2e.target import Json
from tests.jobmatch.state import rows

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"
Make = Callable[[Person], str]


def made(path: str, body: Json, *names: str) -> Make:
    """Makes a thing by the API; its id, which `names` lead to in the answer."""

    def make(person: Person) -> str:
        answer = person.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        told: Any = answer.json()
        for name in names:
            told = told[name]
        return str(told["id"])

    return make


def gap_analysis(person: Person) -> str:
    if person.target.control is None:
        pytest.skip("no route makes a gap analysis: this needs the twin's D1")
    person.get("/api/profile")
    analysis_id = token_hex(8)
    sql = (
        "INSERT INTO resume_gap_analyses (id, user_id, clarification_questions, status)"
        """ VALUES (?, ?, '[{"question_id": 1}]', 'pending')"""
    )
    rows(person.target, sql, analysis_id, person.id)
    return analysis_id


LETTER = {"id": "one", "name": "One", "coverLetter": "Secret letter."}
NEW_JOB = {"title": "Secret Nurse", "company": "Clinic"}
NEW_APPLICATION = {"jobTitle": "Secret Nurse", "company": "Clinic", "variants": [LETTER]}
NEW_WORK = {"title": "Secret Nurse", "company": "Clinic", "start_date": "2020-01-01"}
THINGS: Mapping[str, Make] = {
    "job": made("/api/jobs", NEW_JOB, "job"),
    "application": made("/api/applications", NEW_APPLICATION),
    "tracked": made("/api/tracked-applications", {"jobTitle": "Secret", "company": "Clinic"}),
    "work": made("/api/profile/work-experience", NEW_WORK, "experience"),
    "education": made("/api/profile/education", {"school": "Secret School"}, "education"),
    "skill": made("/api/skills", {"name": "Secret"}, "skill"),
    "gaps": gap_analysis,
}
# Where the owner reads each of them again; one of them or the list.
READ: Mapping[str, str] = {
    "job": "/api/jobs/:id",
    "application": "/api/applications/:id",
    "tracked": "/api/tracked-applications/:id",
    "work": "/api/profile/work-experience",
    "education": "/api/profile/education",
    "skill": "/api/skills",
    "gaps": "/api/resume/gap-analysis/:id",
}


class Attempt(NamedTuple):
    """In the path or in the body, `:id` is the id of the thing."""

    thing: str
    route: str
    body: Any = None

    def by(self, person: Person, thing_id: str) -> httpx.Response:
        method, path = self.route.split(" ")
        body = {name: thing_id if value == ":id" else value for name, value in self.body.items()}
        return person.request(method, path.replace(":id", thing_id), json=body)


def attempt(thing: str, route: str, **body: Any) -> Any:
    return pytest.param(
        Attempt(thing, route, body), id=f"{thing} {route}", marks=covers(route, 404, "R3")
    )


ATTEMPTS = [
    attempt("job", "GET /api/jobs/:id"),
    attempt("job", "PATCH /api/jobs/:id", isSaved=True, isArchived=True),
    attempt("job", "DELETE /api/jobs/:id"),
    attempt("job", "POST /api/jobs/:id/analyze"),
    attempt("job", "POST /api/applications/generate", jobId=":id"),
    attempt("job", "POST /api/applications", jobTitle="N", company="C", jobId=":id"),
    attempt("job", "POST /api/tracked-applications", jobTitle="N", company="C", jobId=":id"),
    attempt("application", "GET /api/applications/:id"),
    attempt("application", "PATCH /api/applications/:id", status="withdrawn"),
    attempt("application", "DELETE /api/applications/:id"),
    attempt("application", "POST /api/exports/pdf", applicationId=":id"),
    attempt("application", "POST /api/exports/docx", applicationId=":id"),
    attempt("application", "POST /api/exports/text", applicationId=":id"),
    attempt(
        "application", "POST /api/emails/send", applicationId=":id", recipientEmail="b@example.com"
    ),
    attempt("application", "POST /api/tracked-applications", applicationId=":id"),
    attempt("tracked", "GET /api/tracked-applications/:id"),
    attempt("tracked", "PATCH /api/tracked-applications/:id", notes="mine now"),
    attempt("tracked", "DELETE /api/tracked-applications/:id"),
    attempt("work", "PATCH /api/profile/work-experience/:id", title="Mine"),
    attempt("work", "DELETE /api/profile/work-experience/:id"),
    attempt("education", "PATCH /api/profile/education/:id", school="Mine"),
    attempt("education", "DELETE /api/profile/education/:id"),
    attempt("skill", "PATCH /api/skills/:id", name="Mine"),
    attempt("skill", "DELETE /api/skills/:id"),
    attempt("skill", "PATCH /api/profile/skills/:id", name="Mine"),
    attempt("skill", "DELETE /api/profile/skills/:id"),
    attempt("gaps", "GET /api/resume/gap-analysis/:id"),
    attempt("gaps", "PATCH /api/resume/gap-analysis/:id/answer", question_id=1, answer="Mine."),
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_is_anothers_is_as_if_it_were_not_there(
    anna: Person, ben: Person, attempt: Attempt
) -> None:
    thing_id = THINGS[attempt.thing](anna)
    path = READ[attempt.thing].replace(":id", thing_id)
    before = anna.get(path)

    foreign, unknown = attempt.by(ben, thing_id), attempt.by(ben, UNKNOWN)

    assert (foreign.status_code, unknown.status_code) == (404, 404), foreign.text
    assert foreign.text.replace(thing_id, UNKNOWN) == unknown.text
    assert "Secret" not in foreign.text
    after = anna.get(path)
    assert (before.status_code, after.text) == (200, before.text)


LISTS = {
    "/api/jobs": "job",
    "/api/jobs?search=Secret": "job",
    "/api/applications": "application",
    "/api/applications?status=draft": "application",
    "/api/tracked-applications": "tracked",
    "/api/profile/work-experience": "work",
    "/api/profile/education": "education",
    "/api/profile/skills": "skill",
    "/api/skills": "skill",
    "/api/resume/gap-analyses": "gaps",
}


@covers("GET /api/jobs", 200, "R3")
@covers("GET /api/applications", 200, "R3")
@covers("GET /api/tracked-applications", 200, "R3")
@covers("GET /api/profile/work-experience", 200, "R3")
@covers("GET /api/profile/education", 200, "R3")
@covers("GET /api/skills", 200, "R3")
@covers("GET /api/profile/skills", 200, "R3")
@covers("GET /api/resume/gap-analyses", 200, "R3")
def test_no_list_has_what_is_anothers(anna: Person, ben: Person) -> None:
    ids = {thing: make(anna) for thing, make in THINGS.items()}

    for path, thing in LISTS.items():
        own, others = anna.get(path), ben.get(path)
        assert (own.status_code, others.status_code) == (200, 200), path
        assert ids[thing] in own.text, path
        assert [one for one in (ids[thing], anna.id) if one in others.text] == [], path


@covers("POST /api/jobs/search", 200, "R3")
def test_no_search_finds_what_is_anothers(anna: Person, ben: Person) -> None:
    thing_id = THINGS["job"](anna)

    for kind in ("hybrid", "semantic"):
        told = ben.post("/api/jobs/search", json={"query": "Secret Nurse", "searchType": kind})
        assert told.status_code == 200
        assert thing_id not in told.text


INSIDE = [
    pytest.param(path, body, id=path, marks=covers(f"POST {path}", "R3"))
    for path, body in {
        "/api/jobs": NEW_JOB,
        "/api/applications": NEW_APPLICATION,
        "/api/tracked-applications": {"jobTitle": "Secret", "company": "Clinic"},
        "/api/profile/work-experience": NEW_WORK,
        "/api/profile/education": {"school": "Secret"},
        "/api/skills": {"name": "Secret"},
    }.items()
]


@pytest.mark.parametrize(("path", "body"), INSIDE)
def test_an_owner_in_the_body_counts_for_nothing(
    anna: Person, ben: Person, path: str, body: Json
) -> None:
    forged = {"user_id": ben.id, "userId": ben.id, "owner": ben.id, "id": f"x-{ben.id}"}

    answer = anna.post(path, json={**body, **forged})

    assert answer.status_code in (200, 201)
    assert "Secret" in anna.get(path).text
    assert "Secret" not in ben.get(path).text
    assert ben.id not in anna.get(path).text


@covers("GET /api/profile", 200, "R3")
@covers("GET /api/emails/history", 200, "R3")
@covers("GET /api/emails/remaining", 200, "R3")
def test_no_query_or_header_makes_the_caller_another(anna: Person, ben: Person) -> None:
    THINGS["application"](anna)
    anna.patch("/api/profile", json={"first_name": "Secret"})
    headers = {"x-user-id": anna.id, "x-forwarded-user": anna.id, "cf-access-user": anna.email}

    for path in ("/api/profile", "/api/emails/history", "/api/emails/remaining", "/api/jobs"):
        answer = ben.get(f"{path}?user_id={anna.id}&userId={anna.id}", headers=headers)
        assert answer.status_code == 200
        assert "Secret" not in answer.text
        assert anna.id not in answer.text


@covers("GET /api/applications/:id", 200)
@covers("GET /api/tracked-applications/:id", 200)
@covers("GET /api/jobs/:id", 200)
@covers("PATCH /api/skills/:id", 200)
def test_an_id_that_is_escaped_is_the_same_id(anna: Person) -> None:
    for thing in ("application", "tracked", "job", "gaps"):
        thing_id = THINGS[thing](anna)
        escaped = f"%{ord(thing_id[0]):02X}{thing_id[1:]}"
        assert anna.get(READ[thing].replace(":id", escaped)).status_code == 200, thing

    skill_id = THINGS["skill"](anna).replace("-", "%2D")
    assert anna.patch(f"/api/skills/{skill_id}", json={}).status_code == 200
