"""What is kept of findings, and which request they were made in."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest

from emulator.core.asking import Asked
from emulator.guard.findings import MAX_REQUESTS, Findings, Found, Seen
from emulator.guard.requests import Requests, user_of

FOUND = Found(
    "account", "tenancy/unbound-read", "error", "d1", "db", "binding", "shop", "notes", "SELECT",
    "m", "f",
)  # fmt: skip
SEEN = Seen("GET", "/notes", "ray-1")
ASKED = Asked("account", "binding", "POST", "/query", "shop")


def token(**claims: object) -> list[tuple[bytes, bytes]]:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return [(b"host", b"shop"), (b"authorization", b"Bearer e30." + payload + b".x")]


@pytest.fixture
def requests() -> Requests:
    made = Requests("sub")
    for number, user in enumerate(("anna", "ben")):
        headers = token(sub=user)
        made.begin("account", "shop", f"ray-{number}", "GET", f"/{user}", headers)
    return made


def test_the_same_finding_is_kept_once_and_counted() -> None:
    findings = Findings()

    findings.record(FOUND, [SEEN], 1.0)
    findings.record(FOUND, [replace(SEEN, ray="ray-2")], 2.0)
    findings.record(replace(FOUND, statement="SELECT 2"), [SEEN], 3.0)

    first, second = findings.all()
    assert (first.count, first.first_at, first.last_at, first.requests) == (2, 1.0, 2.0, (SEEN,))
    assert (second.count, second.statement) == (1, "SELECT 2")


def test_findings_that_are_alike_are_one_whatever_the_key() -> None:
    findings = Findings()

    for key in ("a", "b"):
        findings.record(replace(FOUND, statement=key, alike="rule"), [], 1.0)

    assert [(one.statement, one.count) for one in findings.all()] == [("a", 2)]


def test_there_is_an_end_to_findings_and_to_their_requests() -> None:
    findings = Findings(2)

    for number in range(3):
        findings.record(replace(FOUND, statement=str(number)), [SEEN], 1.0)
    for number in range(2 * MAX_REQUESTS):
        findings.record(replace(FOUND, statement="2"), [Seen("GET", f"/{number}")], 2.0)

    assert {one.statement for one in findings.all()} == {"1", "2"}
    assert findings.dropped == 1
    assert max(len(one.requests) for one in findings.all()) == MAX_REQUESTS


def test_findings_of_one_account_are_told_and_forgotten_alone() -> None:
    findings = Findings()
    for account in ("one", "two"):
        findings.record(replace(FOUND, account_id=account), [], 1.0)

    findings.clear("one")

    assert [one.account_id for one in findings.all()] == ["two"]
    assert findings.all("one") == []


def test_the_worst_findings_come_first() -> None:
    findings = Findings()
    findings.record(replace(FOUND, severity="note"), [], 1.0)
    findings.record(replace(FOUND, statement="x", severity="warning"), [], 2.0)
    findings.record(replace(FOUND, statement="y"), [], 3.0)

    assert [one.severity for one in findings.all()] == ["error", "warning", "note"]


def test_a_call_that_names_its_request_is_that_ones(requests: Requests) -> None:
    requests.end("ray-1")

    cause = requests.cause_of(ASKED._replace(cause="ray-1"))

    assert cause.seen == (Seen("GET", "/ben", "ray-1"),)
    assert cause.user == "ben"


def test_a_call_that_names_none_is_one_of_those_its_script_answers(requests: Requests) -> None:
    requests.begin("account", "other", "ray-9", "GET", "/", [])

    cause = requests.cause_of(ASKED)

    assert [(one.path, one.one_of) for one in cause.seen] == [("/anna", True), ("/ben", True)]
    assert cause.user is None


def test_a_request_of_another_account_is_nobodys_cause(requests: Requests) -> None:
    assert requests.cause_of(ASKED._replace(account_id="x", cause="ray-1")).seen == ()


def test_a_cron_is_a_cause_and_the_api_its_own(requests: Requests) -> None:
    cron = requests.cause_of(ASKED._replace(cause="cron 0 3 * * *"))
    api = requests.cause_of(Asked("account", "api", "POST", "/query"))

    assert cron.seen == (Seen("CRON", "0 3 * * *"),)
    assert api.seen == (Seen("POST", "/query"),)


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        (token(sub="anna"), "anna"),
        (token(email="anna@example.com"), None),
        (token(sub=7), None),
        ([(b"authorization", b"Bearer not-a-token")], None),
        ([(b"authorization", b"Bearer a.!.c")], None),
        ([(b"authorization", b"Bearer a.\xff\xfe.c")], None),
        ([(b"authorization", b"Basic YTpi")], None),
        ([], None),
    ],
)
def test_a_bearer_token_says_who_calls(
    headers: list[tuple[bytes, bytes]], user: str | None
) -> None:
    assert user_of(headers, "sub") == user
