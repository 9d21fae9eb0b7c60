"""The ring of calls and mails."""

from typing import Any

import pytest

from emulator.outbound.outbox import KEPT_BYTES, Mail, Outbox, Part, Sent, mask


def sent(**facts: Any) -> Sent:
    usual: dict[str, Any] = {
        "at": 1.0,
        "account_id": "a",
        "script": "shop",
        "method": "POST",
        "url": "https://api.openai.com/v1/chat/completions",
        "host": "api.openai.com",
        "headers": (("authorization", "Bearer sk-0123456789abcdef"), ("x", "y")),
        "body": Part.of(b'{"say": "Hello"}'),
        "answered_by": "openai",
    }
    return Sent(**(usual | facts))


def test_the_newest_calls_are_first_and_the_oldest_forgotten() -> None:
    outbox = Outbox(2)
    for at in (1.0, 2.0, 3.0):
        outbox.record(sent(at=at))

    assert [call.at for call in outbox.recent(10)] == [3.0, 2.0]


@pytest.mark.parametrize(
    "wanted",
    [
        {"account_id": "b"},
        {"script": "other"},
        {"host": "API.sendgrid.com"},
        {"method": "get"},
        {"answered_by": "sendgrid"},
        {"text": "v3/MAIL"},
        {"text": "björn"},
    ],
)
def test_calls_are_found_by_what_they_are(wanted: dict[str, str]) -> None:
    outbox = Outbox(10)
    outbox.record(sent())
    other = sent(
        account_id="b",
        script="other",
        method="GET",
        url="https://api.sendgrid.com/v3/mail/send",
        host="api.sendgrid.com",
        answered_by="sendgrid",
        answer=Part.of("Björn".encode()),
    )
    outbox.record(other)
    outbox.record(sent())

    assert outbox.recent(10, **wanted) == [other]


def test_secrets_are_masked_where_calls_are_listed() -> None:
    headers = sent().json()["headers"]

    assert headers == [["authorization", "Bearer ***cdef"], ["x", "y"]]
    assert mask("short") == "***"


def test_of_a_large_body_the_beginning_is_kept() -> None:
    part = Part().and_more(b"x" * KEPT_BYTES).and_more(b"yz")

    assert part.json() == {"text": "x" * KEPT_BYTES, "size": KEPT_BYTES + 2, "truncated": True}


def test_mails_are_found_by_who_gets_them() -> None:
    outbox = Outbox(10)
    for to in ("ada@example.com", "bob@example.com"):
        outbox.post(Mail(1.0, "a", "sendgrid", "shop@example.com", to, "Hello"))

    assert [mail.to for mail in outbox.inbox(10, to="Ada@example.com")] == ["ada@example.com"]
    assert outbox.inbox(10, account_id="b") == []


def test_one_account_is_forgotten_and_the_others_stay() -> None:
    outbox = Outbox(10)
    outbox.record(sent())
    outbox.record(sent(account_id="b"))
    outbox.post(Mail(1.0, "a", "sendgrid", "x@example.com", "y@example.com", "Hello"))

    assert outbox.clear("a") == 2
    assert [call.account_id for call in outbox.recent(10)] == ["b"]
    assert outbox.clear() == 1
