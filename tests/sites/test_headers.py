"""`_headers`, rule by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.sites.headers import parse

PLATFORM = [("cache-control", "public"), ("etag", '"x"')]


def applied(text: str, path: str) -> dict[str, str]:
    return dict(parse(text).apply(path, PLATFORM))


def test_a_rule_sets_headers_for_its_paths_alone() -> None:
    text = "/a/*\n  X-A: one\n  X-B: two"

    assert applied(text, "/a/b") == dict(PLATFORM) | {"x-a": "one", "x-b": "two"}
    assert applied(text, "/b") == dict(PLATFORM)


def test_what_the_platform_set_is_replaced_and_what_a_rule_set_is_added_to() -> None:
    text = "/*\n  Cache-Control: no-store\n  X-A: one\n/a\n  X-A: two"

    assert applied(text, "/a")["cache-control"] == "no-store"
    assert applied(text, "/a")["x-a"] == "one, two"


def test_a_header_is_left_out() -> None:
    assert "etag" not in applied("/*\n  ! ETag", "/a")


def test_placeholders_are_filled_in() -> None:
    assert applied("/u/:name/*\n  X-Of: :name :splat", "/u/ada/b/c")["x-of"] == "ada b/c"


def test_headers_of_a_rule_that_is_ignored_are_nobodys() -> None:
    text = "/*\n  X-A: one\nhttps://:project.pages.dev/*\n  X-Robots-Tag: noindex"

    assert applied(text, "/a") == dict(PLATFORM) | {"x-a": "one"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("X-A: one", "before its headers"),
        ("/a\nno header", "name: value"),
        ("/a\nX A: one", "name: value"),
        ("/a\n! ", "name of a header"),
        ("/a\nX-A: a\x01b", "control"),
        ("/:a:b\n", "two placeholders"),
        ("\n".join(f"/{number}\nX-A: b" for number in range(101)), "more than 100"),
    ],
)
def test_a_line_that_cannot_be_used_is_told(text: str, why: str) -> None:
    assert why in parse(text).ignored[0]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for name, value in parse(text).apply(text, PLATFORM):
        assert "\n" not in name + value
