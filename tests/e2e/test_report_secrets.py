"""What reports never hold, whatever it is found in."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from e2e.reporting.bodies import curl
from e2e.reporting.masking import MASK, Mask
from tests.e2e.reported import run

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLW9mLWl0"
SUITE = f"""
import pytest


@pytest.fixture
def anna():
    class Person:
        password = "known-password"
    return Person


def test_it_fails(ask, anna, capsys):
    headers = {{"authorization": "Bearer header-secret-0", "apikey": "key-secret-00"}}
    ask(200, "/a/", headers=headers, json={{"password": "typed-secret", "name": anna.password}})
    answer = ask(200, "/b/", params={{"token": "query-secret"}}, json={{"access_token": "{TOKEN}"}})
    assert answer.text == anna.password
"""
SECRETS = (
    "header-secret-0 key-secret-00 cookie-secret typed-secret known-password query-secret".split()
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"a token {TOKEN} here", f"a token {MASK} here"),
        ("Authorization: Bearer abcdef123456", f"Authorization: Bearer {MASK}"),
        ('{"refresh_token": "a\\"b", "n": 1}', f'{{"refresh_token": "{MASK}", "n": 1}}'),
        ('{"accessToken":"abc"}', f'{{"accessToken":"{MASK}"}}'),
        (r'"{\"password\": \"abc\", \"n\": 1}"', rf'"{{\"password\": \"{MASK}\", \"n\": 1}}"'),
        ("/f?expires=1&signature=ab12&n=1", f"/f?expires=1&signature={MASK}&n=1"),
        ("password=abc&name=anna", f"password={MASK}&name=anna"),
        ('{"name":"apikey","value":"abc"}', f'{{"name":"apikey","value":"{MASK}"}}'),
        ("known to all: s3cret/value", f"known to all: {MASK}"),
        ("known%20to%20all: s3cret%2Fvalue", f"known%20to%20all: {MASK}"),
    ],
)
def test_a_secret_is_masked_wherever_it_stands(text: str, masked: str) -> None:
    assert Mask(["s3cret/value"]).text(text) == masked


@pytest.mark.parametrize(
    "text", ['{"tokens_used": "5"}', "the design=flat", '{"title": "Secretary"}', "a token"]
)
def test_what_only_looks_like_one_is_left(text: str) -> None:
    assert Mask().text(text) == text


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["eyJ-", "\\", '"', '"a_', "&a-", "bearer ", '"name":"', '\\"', " a", '"token" : ']
)
def test_hostile_texts_cost_no_more_than_others(piece: str) -> None:
    assert len(Mask(["secret"]).text(piece * 200_000)) > 0


def test_a_trace_is_masked(tmp_path: Path) -> None:
    path = tmp_path / "trace.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("trace.network", json.dumps({"name": "apikey", "value": "abc"}))
        archive.writestr("resources/picture.png", b"\x89PNG\xff")

    Mask().archive(path)

    with ZipFile(path) as archive:
        assert json.loads(archive.read("trace.network"))["value"] == MASK
        assert archive.read("resources/picture.png") == b"\x89PNG\xff"


def test_a_line_for_a_shell_asks_for_the_token() -> None:
    headers = {"authorization": "Bearer abcdef123", "host": "x", "content-type": "text/plain"}

    line = curl("POST", "http://x/a?token=abc", headers, b"it's", Mask())

    assert line == (
        f"curl -i -X POST 'http://x/a?token={MASK}' -H \"authorization: Bearer $TOKEN\""
        " -H 'content-type: text/plain' --data-raw 'it'\\''s'"
    )


def test_no_secret_is_in_what_a_run_reports(tmp_path: Path) -> None:
    found = run(tmp_path / "project", SUITE)

    # What the report says after pytest's own last line.
    lines = found.said.splitlines()
    last = max(at for at, line in enumerate(lines) if re.search(r" in [\d.]+s", line))
    told = found.page + json.dumps(found.summary) + "\n".join(lines[last + 1 :])
    assert [secret for secret in (*SECRETS, TOKEN) if secret in told] == []
    assert "POST" in told
