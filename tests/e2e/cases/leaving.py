"""Cases that leave something of every kind, for clean-ups to find."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page

from e2e.cast import New
from e2e.people import People, Person
from e2e.real.creations import session_of
from e2e.target import Json
from tests.jobmatch.images import PNG

FILE = {"file": ("notes.txt", b"notes", "text/plain")}


@pytest.fixture
def things(anna: Person, make_job: New, make_application: New) -> Json:
    """Anna has a job, a position, an application of it, and a file in each bucket."""
    job = make_job(anna)
    new = {"title": "Engineer", "company": "Contoso", "start_date": "2020-01-01"}
    made(anna, "/api/profile/work-experience", new)
    application = make_application(anna, jobId=job["id"])
    for bucket in ("avatars", "resumes", "exports"):
        data = {"bucket": bucket, "path": "résumé & more.txt"}
        assert anna.post("/api/files/upload", files=FILE, data=data).is_success
    return {"job": job, "application": application}


def made(person: Person, path: str, new: Json) -> Json:
    answer = person.post(path, json=new)
    assert answer.is_success, answer.text
    found: Json = answer.json()
    return found


def test_anna_leaves_rows(anna: Person, things: Json) -> None:
    made(anna, "/api/profile/education", {"school": "MIT"})
    made(anna, "/api/skills", {"name": "SQL"})
    made(anna, "/api/tracked-applications", {"jobTitle": "Engineer", "company": "Contoso"})
    made(anna, "/api/jobs/search", {"query": "engineer"})
    made(anna, f"/api/jobs/{things['job']['id']}/analyze", {})
    wanted = {"keywords": ["engineer"], "maxResults": 2, "sources": ["linkedin"]}
    made(anna, "/api/jobs/scrape", wanted)
    mail = {"applicationId": things["application"]["id"], "recipientEmail": "hr@example.com"}
    made(anna, "/api/emails/send", mail)
    assert anna.patch("/api/profile", json={"first_name": "Anna"}).is_success


def test_anna_leaves_files(anna: Person, things: Json) -> None:
    for format in ("pdf", "text"):
        made(anna, f"/api/exports/{format}", {"applicationId": things["application"]["id"]})
    image = {"avatar": ("me.png", PNG, "image/png")}
    assert anna.post("/api/profile/avatar", files=image).is_success
    resume = {"resume": ("cv.pdf", b"%PDF-1.4", "application/pdf")}
    assert anna.post("/api/resume/upload", files=resume).is_success


def test_anna_leaves_sessions(anna: Person, people: People) -> None:
    assert anna.get("/api/auth/linkedin/initiate").is_success
    again = people.again(anna)
    assert again.delete(f"/api/sessions/{session_of(anna.token).id}").is_success
    assert anna.get("/api/profile").json()["code"] == "SESSION_REVOKED"


def test_anna_leaves_what_no_route_makes(anna: Person, rows: Callable[..., Any]) -> None:
    assert anna.get("/api/profile").is_success
    rows("INSERT INTO resume_gap_analyses (id, user_id) VALUES (?, ?)", anna.id, anna.id)
    rows("INSERT INTO usage_limits (id, user_id) VALUES (?, ?)", anna.id, anna.id)


def test_anna_writes_her_profile(anna: Person, make_job: New) -> None:
    make_job(anna)
    assert anna.patch("/api/profile", json={"first_name": "Anna", "phone": "1"}).is_success


@pytest.mark.fresh
def test_ben_has_nothing_yet(ben: Person) -> None:
    assert ben.get("/api/jobs").json()["total"] == 0


def test_anna_and_ben_are_two(anna: Person, ben: Person) -> None:
    assert anna.get("/api/profile").json()["profile"]["id"] == anna.id
    assert ben.get("/api/profile").json()["profile"]["id"] == ben.id != anna.id


def test_anna_is_interrupted(things: Json) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_cleo_signs_up_at_the_site(visit: Callable[[str], Page], people: People) -> None:
    somebody = people.new("cleo")
    page = visit("/signup")
    page.locator("#displayName").fill("Cleo")
    page.locator("#email").fill(f"site-{somebody.email}")
    page.locator("#password").fill(somebody.password)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("button", name="Logout").or_(page.locator("[title=Logout]")).first.wait_for()
    page.goto("/jobs/add")
    page.get_by_placeholder("e.g. Senior Software Engineer").fill("Engineer")
    page.get_by_placeholder("e.g. Google").fill("Contoso")
    page.get_by_role("button", name="Add Job").click()
    page.wait_for_url("**/jobs/*-*")
    page.goto("/profile/edit-profile")
    with page.expect_response("**/api/files/upload"):
        image: FilePayload = {"name": "me.png", "mimeType": "image/png", "buffer": PNG}
        page.locator("input[type=file]").first.set_input_files(image)
