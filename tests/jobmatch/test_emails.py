"""Mails: sent by SendGrid, kept in the history, counted (§3.3, R10)."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Json, Target
from tests.jobmatch.altering import secret

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"
HOSTILE = '<img src=x onerror=alert(1)> & "Zoë" \'n <b>'

Mails = Callable[[str], list[Json]]


@pytest.fixture
def mails(jobmatch: Target, control: httpx.Client) -> Mails:
    """What SendGrid delivered to an address."""

    def delivered(to: str) -> list[Json]:
        query = {"account_id": jobmatch.account_id, "to": to}
        found: list[Json] = control.get("/_twin/inbox", params=query).json()["mails"]
        return found

    return delivered


def send(person: Person, application_id: Any, to: Any) -> httpx.Response:
    body = {"applicationId": application_id, "recipientEmail": to}
    return person.post("/api/emails/send", json=body)


def history(person: Person, query: str = "") -> Json:
    answer = person.get(f"/api/emails/history{query}")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


@covers("POST /api/emails/send", 200, "R10")
@covers("GET /api/emails/history", 200, "R10")
def test_a_sent_mail_is_delivered_and_in_the_history(
    anna: Person, make_application: New, mails: Mails
) -> None:
    made = make_application(anna)
    to = f"jobs-{anna.id}@example.com"

    answer = send(anna, made["id"], to)

    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    assert answer.json()["emailId"]
    (mail,) = mails(to)
    assert mail["subject"] == "Application for Backend Engineer at Northwind"
    assert "Dear Hiring Manager" in mail["text"]
    assert "Dear Hiring Manager" in mail["html"]
    (row,) = history(anna)["emails"]
    assert (row["recipient_email"], row["status"], row["subject"]) == (to, "sent", mail["subject"])
    assert row["application_id"] == made["id"]
    assert row["sent_at"]


@covers("POST /api/emails/send", 200, "R10")
def test_the_mail_has_the_letter_that_is_selected(
    anna: Person, make_application: New, mails: Mails
) -> None:
    letters = [{"id": one, "name": one, "coverLetter": f"Letter {one}."} for one in ("a", "b")]
    made = make_application(anna, variants=letters, selectedVariantId="b")

    send(anna, made["id"], f"b-{anna.id}@example.com")

    (mail,) = mails(f"b-{anna.id}@example.com")
    assert "Letter b." in mail["text"]
    assert "Letter a." not in mail["text"] + mail["html"]


@covers("POST /api/emails/send", 200, "R10")
def test_text_of_users_is_escaped_in_the_mail(
    anna: Person, make_application: New, mails: Mails
) -> None:
    anna.patch("/api/profile", json={"first_name": "<i>Al", "last_name": "Ice</i>"})
    letter = {"id": "one", "name": "One", "coverLetter": f"Dear {HOSTILE},\nhello."}
    resume = {"summary": HOSTILE, "experience": [], "skills": [HOSTILE], "education": []}
    variants = [{**letter, "resume": resume}]
    made = make_application(anna, jobTitle=HOSTILE, company=HOSTILE, variants=variants)
    to = f"html-{anna.id}@example.com"

    assert send(anna, made["id"], to).status_code == 200

    (mail,) = mails(to)
    assert all(one not in mail["html"] for one in ("<img src=x", "<b>", "<i>Al"))
    assert "&lt;img src=x" in mail["html"]
    assert f"Dear {HOSTILE}" in mail["text"]


@covers("POST /api/emails/send", 200, "R10")
def test_a_line_break_in_the_title_makes_no_header(
    anna: Person, make_application: New, mails: Mails
) -> None:
    made = make_application(anna, jobTitle="Nurse\r\nBcc: all@example.com")
    to = f"lines-{anna.id}@example.com"

    assert send(anna, made["id"], to).status_code == 200

    (mail,) = mails(to)
    assert "\n" not in mail["subject"]
    assert "\r" not in mail["subject"]


@covers("POST /api/emails/send", 200)
def test_sendgrid_is_asked_as_the_contract_says(
    anna: Person, jobmatch: Target, control: httpx.Client, make_application: New
) -> None:
    anna.patch("/api/profile", json={"first_name": "Anna", "last_name": "Ågren"})
    made = make_application(anna)
    send(anna, made["id"], "hr@example.com")

    query = {"account_id": jobmatch.account_id, "host": "api.sendgrid.com", "text": made["id"]}
    (call,) = control.get("/_twin/outbox", params=query).json()["calls"]
    assert (call["method"], call["url"]) == ("POST", "https://api.sendgrid.com/v3/mail/send")
    sent = str(call)
    assert "reply_to" in sent
    assert anna.email in sent
    assert "click_tracking" in sent
    assert anna.id in sent
    assert "custom_args" in sent


@covers("POST /api/emails/send", 200, "R10")
@covers("GET /api/emails/remaining", 200, "R10")
def test_remaining_counts_what_was_sent(anna: Person, make_application: New) -> None:
    before = anna.get("/api/emails/remaining").json()
    made = make_application(anna)
    for _ in range(2):
        assert send(anna, made["id"], "hr@example.com").status_code == 200

    after = anna.get("/api/emails/remaining").json()

    assert (before["limit"], before["sent"], before["remaining"]) == (10, 0, 10)
    assert (after["limit"], after["sent"], after["remaining"]) == (10, 2, 8)
    assert after["resetsAt"] >= before["resetsAt"]


@covers("POST /api/emails/send", 429, "R10", "R14")
def test_ten_mails_an_hour_are_sent_and_no_more(
    anna: Person, make_application: New, mails: Mails
) -> None:
    made = make_application(anna)
    to = f"many-{anna.id}@example.com"

    answers = [send(anna, made["id"], to) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert len(mails(to)) == history(anna)["total"] == 10
    assert anna.get("/api/emails/remaining").json()["remaining"] == 0


@covers("POST /api/emails/send", 400, "R10")
def test_a_recipient_is_required_and_an_address(anna: Person, make_application: New) -> None:
    made = make_application(anna)
    odd = (None, "", "nobody", "a@", "@b.example", "a b@example.com", 7, ["a@example.com"])

    answers = [send(anna, made["id"], one) for one in odd]
    answers.append(anna.post("/api/emails/send", json={"applicationId": made["id"]}))

    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert all("recipientEmail" in answer.json()["details"]["fields"] for answer in answers)
    assert history(anna)["total"] == 0


@covers("POST /api/emails/send", 400)
def test_an_application_id_of_odd_signs_is_refused(anna: Person) -> None:
    answers = [send(anna, one, "hr@example.com") for one in ("", "a b", "../x", "'--", None, 7)]

    assert [answer.status_code for answer in answers] == [400] * 6
    assert all("applicationId" in answer.json()["details"]["fields"] for answer in answers)


@covers("POST /api/emails/send", 404, "R3")
def test_a_foreign_application_is_not_mailed(
    anna: Person, ben: Person, make_application: New, mails: Mails
) -> None:
    made = make_application(anna)
    to = f"leak-{ben.id}@example.com"

    answers = [send(ben, one, to) for one in (made["id"], UNKNOWN)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert {answer.json()["details"]["resource"] for answer in answers} == {"Application"}
    assert mails(to) == []
    assert history(ben)["total"] == 0


@covers("POST /api/emails/send", 404)
def test_an_application_without_letters_is_not_mailed(anna: Person) -> None:
    made = anna.post("/api/applications", json={"jobTitle": "Nurse", "company": "Clinic"}).json()

    answer = send(anna, made["id"], "hr@example.com")

    assert answer.status_code == 404
    assert answer.json()["details"]["resource"] == "Application variants"


@covers("GET /api/emails/history", 200, "R3")
def test_the_history_is_ones_own_and_by_application(
    anna: Person, ben: Person, make_application: New
) -> None:
    first, second = make_application(anna), make_application(anna)
    for made in (first, second, second):
        send(anna, made["id"], "hr@example.com")

    assert history(anna, f"?applicationId={second['id']}")["total"] == 2
    assert history(anna, f"?applicationId={UNKNOWN}")["emails"] == []
    assert history(ben)["total"] == history(ben, f"?applicationId={first['id']}")["total"] == 0


@covers("GET /api/emails/history", 200)
def test_the_history_is_read_page_by_page_from_the_newest(
    anna: Person, make_application: New
) -> None:
    for number in range(3):
        made = make_application(anna, jobTitle=f"Job {number}")
        send(anna, made["id"], "hr@example.com")

    first, last = history(anna, "?limit=2"), history(anna, "?limit=2&page=2")

    subjects = [row["subject"] for row in first["emails"] + last["emails"]]
    assert subjects == [f"Application for Job {number} at Northwind" for number in (2, 1, 0)]
    assert (first["total"], first["hasMore"], last["hasMore"]) == (3, True, False)


@covers("GET /api/emails/history", 400)
def test_a_page_of_the_history_that_is_none_is_refused(anna: Person) -> None:
    queries = ("page=0", "page=x", "limit=0", "limit=101")
    answers = [anna.get(f"/api/emails/history?{query}") for query in queries]

    assert [answer.status_code for answer in answers] == [400] * 4


@covers("POST /api/emails/send", 400)
def test_without_sendgrid_no_mail_is_taken(
    anna: Person, jobmatch: Target, control: httpx.Client, make_application: New
) -> None:
    made = make_application(anna)

    with secret(jobmatch, "SENDGRID_API_KEY", None):
        answers = [send(anna, made["id"], one) for one in ("hr@example.com", "nobody")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert all("sendgrid" in answer.json()["details"]["fields"] for answer in answers)
    assert history(anna)["total"] == 0


@covers("POST /api/emails/send", "R2", "R10")
@covers("GET /api/emails/remaining", 200)
def test_a_mail_that_sendgrid_refuses_is_in_the_history_as_failed(
    anna: Person, jobmatch: Target, control: httpx.Client, make_application: New, mails: Mails
) -> None:
    made = make_application(anna)
    to = f"failed-{anna.id}@example.com"

    with secret(jobmatch, "SENDGRID_FROM_EMAIL", "nobody"):
        answer = send(anna, made["id"], to)

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert [(row["recipient_email"], row["status"]) for row in history(anna)["emails"]] == [
        (to, "failed")
    ]
    assert anna.get("/api/emails/remaining").json()["sent"] == 1
    assert mails(to) == []
