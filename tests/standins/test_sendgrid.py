"""SendGrid: what it takes, what it refuses, and who got which mail."""

from typing import Any

import pytest

from emulator import Twin
from emulator.standins.sendgrid_rules import problems
from tests.standins.conftest import Ask

URL = "https://api.sendgrid.com/v3/mail/send"
KEY = {"authorization": "Bearer SG.x"}


def mail(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "personalizations": [
            {
                "to": [{"email": "ada@example.com", "name": "Ada"}],
                "cc": [{"email": "b@example.com"}],
            }
        ],
        "from": {"email": "shop@example.com", "name": "Shop"},
        "reply_to": {"email": "help@example.com"},
        "subject": "Hello",
        "content": [
            {"type": "text/plain", "value": "Hello"},
            {"type": "text/html", "value": "<b>Hello</b>"},
        ],
        "custom_args": {"userId": "1"},
    }
    return {key: value for key, value in (usual | changes).items() if value is not None}


async def test_a_mail_is_taken_and_lies_in_the_inbox(ask: Ask, twin: Twin) -> None:
    sent = await ask("POST", URL, json=mail(), headers=KEY)

    assert (sent.status_code, sent.content) == (202, b"")
    inbox = await ask("GET", "/_twin/inbox")
    mails = inbox.json()["mails"]
    assert [one["to"] for one in mails] == ["b@example.com", "ada@example.com"]
    assert mails[0]["sender"] == "Shop <shop@example.com>"
    assert (mails[0]["text"], mails[0]["html"]) == ("Hello", "<b>Hello</b>")
    assert mails[0]["message_id"] == sent.headers["x-message-id"]
    assert mails[0]["at"] == twin.clock.now()


async def test_a_mail_that_is_only_to_be_checked_is_not_delivered(ask: Ask) -> None:
    settings = {"sandbox_mode": {"enable": True}}
    sent = await ask("POST", URL, json=mail(mail_settings=settings), headers=KEY)

    assert sent.status_code == 200
    assert (await ask("GET", "/_twin/inbox")).json() == {"mails": []}


TO = [{"email": "ada@example.com"}]
NO_SUBJECT = "The subject is required. You can get around this requirement"


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"personalizations": None}, "personalizations", "The personalizations field is req"),
        ({"personalizations": "x"}, "personalizations", "The personalizations field is req"),
        ({"personalizations": [1]}, "personalizations.0.to", "The to array is required"),
        (
            {"personalizations": [{"to": [{"email": "ada"}]}]},
            "personalizations.0.to.0.email",
            "Does not contain a valid address.",
        ),
        (
            {"personalizations": [{"to": TO, "bcc": TO}]},
            "personalizations.0",
            "Each email address in the personalization block should be unique",
        ),
        (
            {"personalizations": [{"to": TO * 1_001}]},
            "personalizations",
            "There is a limit of 1000 total recipients",
        ),
        ({"from": None}, "from.email", "The from object must be provided"),
        ({"from": {"email": "x"}}, "from.email", "Does not contain a valid address."),
        (
            {"from": {"email": f"{'x' * 65}@example.com"}},
            "from.email",
            "Does not contain a valid address.",
        ),
        ({"reply_to": {"email": 1}}, "reply_to.email", "Does not contain a valid address."),
        ({"subject": None}, "subject", NO_SUBJECT),
        ({"subject": ""}, "subject", NO_SUBJECT),
        ({"content": None}, "content", "Unless a valid template_id is provided"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value", "The content va"),
        ({"content": [{"value": "x"}]}, "content.0.type", "The content type must be a string"),
        (
            {
                "content": [
                    {"type": "text/html", "value": "x"},
                    {"type": "text/plain", "value": "x"},
                ]
            },
            "content",
            "If present, text/plain and text/html may only be provided once",
        ),
    ],
)
def test_a_mail_that_breaks_a_rule_is_refused(
    changes: dict[str, Any], field: str, text: str
) -> None:
    [found] = problems(mail(**changes))

    assert found.field == field
    assert found.message.startswith(text)


def test_a_template_needs_neither_subject_nor_content() -> None:
    assert problems(mail(template_id="d-1", subject=None, content=None)) == []


def test_each_recipient_may_have_a_subject() -> None:
    assert problems(mail(subject=None, personalizations=[{"to": TO, "subject": "Hi"}])) == []


async def test_refusals_are_shaped_as_sendgrids(ask: Ask) -> None:
    refused = await ask("POST", URL, json=mail(subject=None), headers=KEY)

    [error] = refused.json()["errors"]
    assert refused.status_code == 400
    assert list(error) == ["message", "field", "help"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("POST", URL, {}, b"{}", 401),
        ("GET", URL, KEY, b"", 405),
        ("POST", URL, KEY | {"content-type": "text/plain"}, b"{}", 415),
        ("POST", URL, KEY | {"content-type": "application/json"}, b"{", 400),
        ("POST", URL, KEY | {"content-type": "application/json"}, b"[" * 100_000, 400),
        ("GET", "https://api.sendgrid.com/v3/templates", KEY, b"", 501),
    ],
)
async def test_what_is_no_mail_is_refused(
    ask: Ask, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    refused = await ask(method, path, headers=headers, content=body)

    assert refused.status_code == status
    assert refused.json()["errors"][0]["message"]
