"""JSON as it is read at the door, and forms."""

from typing import Any

import pytest

from jobmatch.bodies import MAX_DEPTH, Malformed, flag, parse
from jobmatch.forms import form_of, parts_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5.0", 5),
        ("5.5", 5.5),
        ("1e3", 1000),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ('"\\ud83d\\ude00"', "😀"),
        ('["\\ud800x", {"\\udc00": 1}]', ["\ufffdx", {"\ufffd": 1}]),
    ],
)
def test_json_is_read_as_javascript_reads_it(text: str, value: Any) -> None:
    assert parse(text.encode()) == value


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"\xff",
        b"[" * 100_000,
        b"9" * 5_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    ],
)
def test_what_could_not_be_sent_back_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        parse(content)


def test_depth_up_to_the_limit_is_read() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None


def test_a_flag_means_what_it_says() -> None:
    assert [flag(one) for one in ("true", "1", "false", "0")] == [True, True, False, False]
    with pytest.raises(ValueError, match="must be"):
        flag("yes")


def part(disposition: str, content: str) -> str:
    return f"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n"


def test_a_form_has_fields_and_files() -> None:
    text = part('name="bucket"', "avatars") + part('name="file"; filename="ä.png"', "bytes")
    form = form_of(parts_of((text + "--b--\r\n").encode(), b"b"))

    assert form.fields == {"bucket": "avatars"}
    assert (form.files["file"].name, form.files["file"].data) == ("ä.png", b"bytes")


def test_of_two_files_the_first_counts() -> None:
    text = part('name="f"; filename="1"', "a") + part('name="f"; filename="2"', "b")

    assert form_of(parts_of((text + "--b--\r\n").encode(), b"b")).files["f"].name == "1"


def test_more_parts_than_a_form_has_are_refused() -> None:
    text = part('name="x"', "") * 51 + "--b--\r\n"

    with pytest.raises(ValueError, match="too many"):
        parts_of(text.encode(), b"b")
