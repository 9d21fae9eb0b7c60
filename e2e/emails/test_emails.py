"""Applications that go out by mail: what arrives, what is remembered, what is refused."""

from collections.abc import Callable

import pytest

from e2e.applications.written import APPLICATIONS, changed, read, variant
from e2e.cast import New
from e2e.emails.sent import SEND, history, left, mailed, send
from e2e.people import Person
from e2e.refusals import ID, assert_absent
from e2e.target import Json

pytestmark = pytest.mark.needs("applications")
rule = pytest.mark.rule
guards = pytest.mark.guards
Mails = Callable[[str], list[Json]]
HOSTILE = '<img src=x onerror=alert(1)> & "Zoë" \'n <b>'


@rule("R10", "R3")
@guards("list:email_history")
def test_anna_mails_her_letter_sees_it_in_the_history_and_ben_sees_none_of_it(
    anna: Person, ben: Person, make_application: New
) -> None:
    made = make_application(anna)
    before, bens = left(anna), (left(ben), len(history(ben)))
    assert read(anna, made["id"])["last_email_sent_at"] is None

    assert mailed(anna, made["id"])

    [row] = history(anna, applicationId=made["id"])
    assert (row["recipient_email"], row["status"], row["user_id"]) == (anna.email, "sent", anna.id)
    assert row in history(anna)
    assert (left(anna), bool(read(anna, made["id"])["last_email_sent_at"])) == (before - 1, True)
    assert (left(ben), len(history(ben))) == bens
    assert history(ben, applicationId=made["id"]) == []


@rule("R3")
@guards("email:application", "get:applications")
def test_nobody_mails_anothers_letter(anna: Person, ben: Person, make_application: New) -> None:
    made, own = make_application(anna), make_application(ben)
    mailed(ben, own["id"])
    before, rows = read(anna, made["id"]), history(ben)

    body = {"applicationId": ID, "recipientEmail": ben.email}
    assert_absent(ben, f"POST {SEND}", made["id"], "Application", body)

    assert history(ben) == rows
    assert history(ben, applicationId=made["id"]) == history(anna, applicationId=made["id"]) == []
    assert read(anna, made["id"]) == before


@rule("R10")
@pytest.mark.needs("profile")
def test_the_mail_arrives_with_letter_resume_and_sender(
    anna: Person, make_application: New, mails: Mails
) -> None:
    anna.patch("/api/profile", json={"first_name": "Mira", "last_name": "Ågren"})
    letter = variant("Dear Ms Öberg,\n\nI build bridges.", skills=["Statics", "C++"])
    made = make_application(anna, jobTitle="Engineer", company="日本橋", variants=[letter])

    mailed(anna, made["id"])

    [mail] = mails(anna.email)
    [row] = history(anna, applicationId=made["id"])
    assert mail["subject"] == row["subject"] == "Application for Engineer at 日本橋"
    for part in (mail["text"], mail["html"]):
        assert all(said in part for said in ("Dear Ms Öberg", "I build bridges.", "Statics", "C++"))
    assert "Mira Ågren" in mail["sender"]
    assert anna.email in mail["reply_to"]


@rule("R10")
@pytest.mark.needs("profile")
def test_markup_of_users_arrives_as_text(anna: Person, make_application: New, mails: Mails) -> None:
    anna.patch("/api/profile", json={"first_name": "<i>Al", "last_name": "Ice</i>"})
    letter = variant(f"Dear {HOSTILE},\n\nhello.", summary=HOSTILE, skills=[HOSTILE])
    lines = f"{HOSTILE}\r\nBcc: everybody@example.com"
    made = make_application(anna, jobTitle=lines, company=HOSTILE, variants=[letter])

    mailed(anna, made["id"])

    [mail] = mails(anna.email)
    assert [tag for tag in ("<img", "<b>", "<i>") if tag in mail["html"].lower()] == []
    assert mail["html"].count("&lt;img src=x") >= 3
    assert f"Dear {HOSTILE}" in mail["text"]
    assert not set("\r\n") & set(mail["subject"])
    assert history(anna, applicationId=made["id"])[0]["subject"] == mail["subject"]


@rule("R10")
def test_every_mail_has_the_letter_as_it_was_when_it_left(
    anna: Person, make_application: New, mails: Mails
) -> None:
    letters = [variant("The first letter.", "first"), variant("The other letter.", "other")]
    made = make_application(anna, variants=letters, selectedVariantId="other")
    mailed(anna, made["id"])
    changed(anna, made["id"], selectedVariantId="first")
    mailed(anna, made["id"])
    changed(anna, made["id"], variants=[variant("A new letter.", "first")], company="Southwind")
    mailed(anna, made["id"])

    texts = [mail["text"] for mail in mails(anna.email)]
    said = ("A new letter.", "The first letter.", "The other letter.")
    assert [[one in text for one in said] for text in texts] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]
    subjects = [row["subject"] for row in history(anna, applicationId=made["id"])]
    assert ["Southwind" in one for one in subjects] == [True, False, False]


@rule("R10")
def test_a_mail_that_could_not_be_sent_is_in_the_history_too(
    anna: Person, make_application: New, mails: Mails
) -> None:
    made = make_application(anna)
    # An address that the API takes and no mail server does.
    nowhere = f"{'x' * 65}@example.com"
    before = left(anna)

    answer = send(anna, made["id"], nowhere)
    mailed(anna, made["id"])

    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    later, failed = history(anna, applicationId=made["id"])
    assert (failed["recipient_email"], failed["status"]) == (nowhere, "failed")
    assert (later["status"], left(anna)) == ("sent", before - 2)
    assert (mails(nowhere), len(mails(anna.email))) == ([], 1)


@rule("R14", "R10")
@guards("limits:shared")
@pytest.mark.fresh
def test_after_ten_tries_an_hour_anna_has_to_wait_and_ben_does_not(
    anna: Person, ben: Person, make_application: New
) -> None:
    made, own = make_application(anna), make_application(ben)
    headers = [send(anna, made["id"]).headers for _ in range(2)]
    # What is refused is a try as well.
    headers += [send(anna, made["id"], "nobody").headers for _ in range(8)]
    assert [int(one["x-ratelimit-remaining"]) for one in headers] == [*range(9, -1, -1)]

    refused = send(anna, made["id"])

    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert len(history(anna)) == 2
    assert mailed(ben, own["id"])
    assert anna.get(f"{APPLICATIONS}/{made['id']}").status_code == 200


@rule("R10")
def test_the_history_remembers_a_letter_that_is_deleted(
    anna: Person, make_application: New
) -> None:
    made = make_application(anna, company="Southwind")
    mailed(anna, made["id"])
    [row] = history(anna, applicationId=made["id"])

    assert anna.delete(f"{APPLICATIONS}/{made['id']}").status_code == 204

    after = next(one for one in history(anna) if one["id"] == row["id"])
    assert (after["application_id"], after["subject"]) == (None, row["subject"])
    assert "Southwind" in after["subject"]
    body = {"applicationId": ID, "recipientEmail": anna.email}
    assert_absent(anna, f"POST {SEND}", made["id"], "Application", body)
