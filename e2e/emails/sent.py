"""Mails as a case sends them and finds them in the history."""

from typing import Any

import httpx
import pytest

from e2e.people import Person
from e2e.target import Json

SEND = "/api/emails/send"


def send(person: Person, application_id: str, to: str = "") -> httpx.Response:
    """To the person's own address, so that nobody else is bothered. Skips the case where the
    deployment sends no mails.
    """
    body = {"applicationId": application_id, "recipientEmail": to or person.email}
    answer = person.post(SEND, json=body)
    if answer.status_code == 400 and "sendgrid" in answer.text:
        pytest.skip("this deployment has no SendGrid: it sends no mails")
    return answer


def mailed(person: Person, application_id: str) -> str:
    """The id that SendGrid gave the mail."""
    answer = send(person, application_id)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["success"] is True
    return str(told["emailId"])


def history(person: Person, **query: Any) -> list[Json]:
    """Newest first."""
    answer = person.get("/api/emails/history", params=query)
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()["emails"]
    return rows


def left(person: Person) -> int:
    """How many mails are left this hour."""
    told = person.get("/api/emails/remaining").json()
    assert told["limit"] == told["sent"] + told["remaining"]
    return int(told["remaining"])
