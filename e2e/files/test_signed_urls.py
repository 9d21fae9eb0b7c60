"""Links to files: open without an account, for one file and for a while."""

from urllib.parse import urlsplit

import pytest

from e2e.eventually import eventually
from e2e.files.samples import resume_pdf
from e2e.files.stored import altered, link, of, stored
from e2e.people import Person
from e2e.target import Target

rule = pytest.mark.rule
guards = pytest.mark.guards


@rule("R12")
def test_a_link_opens_a_file_without_an_account_until_the_file_is_deleted(
    anna: Person, anyone: Person
) -> None:
    resume = resume_pdf()
    told = stored(anna, resume, "cv.pdf")
    url = link(anna, told["key"])

    opened, unlinked = anyone.get(url), anyone.get(told["downloadURL"])
    deleted = anna.delete(of(told["key"]))
    gone = anyone.get(url)

    assert (opened.status_code, opened.content) == (200, resume)
    assert opened.headers["content-type"] == "application/pdf"
    assert (unlinked.status_code, deleted.status_code, gone.status_code) == (401, 200, 404)


@rule("R12")
def test_a_link_that_was_sent_opens_the_corrected_file(anna: Person, anyone: Person) -> None:
    told = stored(anna, b"First draft", "letter.txt", kind="text/plain")
    url = link(anna, told["key"])
    before = anyone.get(url)

    again = stored(anna, b"Second draft", "letter.txt", kind="text/plain")

    assert (before.content, again["key"]) == (b"First draft", told["key"])
    assert anyone.get(url).content == b"Second draft"


@rule("R12")
@guards("signed-url:signature")
def test_a_link_with_one_character_changed_opens_nothing(anna: Person, anyone: Person) -> None:
    told = stored(anna, b"secret", "cv.pdf")
    url = link(anna, told["key"])

    answers = [anyone.get(one) for one in altered(url)]

    assert len(answers) > 4
    for answer in answers:
        assert answer.status_code in (401, 403)
        assert b"secret" not in answer.content
    assert anyone.get(url).content == b"secret"


@rule("R3", "R12")
@guards("signed-url:signature")
def test_a_link_opens_the_file_it_was_made_for_and_no_other(
    anna: Person, ben: Person, anyone: Person
) -> None:
    sent = stored(anna, b"sent", "sent.pdf")
    kept, foreign = stored(anna, b"kept", "kept.pdf"), stored(ben, b"foreign", "sent.pdf")
    permission = urlsplit(link(anna, sent["key"])).query

    others = [f"{one['downloadURL']}?{permission}" for one in (kept, foreign)]
    answers = [person.get(path) for person in (anyone, ben) for path in others]

    for answer in answers:
        assert answer.status_code == 403
    assert anyone.get(f"{sent['downloadURL']}?{permission}").content == b"sent"
    assert ben.get(foreign["downloadURL"]).content == b"foreign"


@rule("R12")
@guards("signed-url:expiry")
def test_a_short_link_runs_out_while_a_long_one_stays_open(
    target: Target, anna: Person, anyone: Person
) -> None:
    key = stored(anna, b"for a while", "cv.pdf")["key"]
    long, short = link(anna, key, 600), link(anna, key, 1)

    # The API's shortest life of a link is the one wait that proves it ends.
    ended = eventually(lambda: anyone.get(short).status_code == 403, target)

    assert ended, "a link of one second is still open"
    assert anyone.get(long).content == b"for a while"
    assert anna.get(f"{of(key)}/signed-url").status_code == 200
