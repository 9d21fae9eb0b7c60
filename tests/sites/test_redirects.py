"""`_redirects`, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.sites.redirects import MAX_DYNAMIC, MAX_STATIC, Redirect, parse


def target(text: str, path: str) -> tuple[str, int] | None:
    found = parse(text).find(path)
    return None if found is None else (found.target, found.status)


@pytest.mark.parametrize(
    ("line", "path", "expected"),
    [
        ("/a /b", "/a", ("/b", 302)),
        ("/a /b 301", "/a", ("/b", 301)),
        ("/a https://example.com/x 308", "/a", ("https://example.com/x", 308)),
        ("/a /b # why", "/a", ("/b", 302)),
        ("/blog/* /news/:splat", "/blog/2026/1", ("/news/2026/1", 302)),
        ("/blog/* /news/:splat", "/blog/", ("/news/", 302)),
        ("/u/:name/posts/:id /p/:id?by=:name", "/u/ada/posts/7", ("/p/7?by=ada", 302)),
        ("/u/:name /x", "/u/ada/posts", None),
        ("/a /b 200", "/a", ("/b", 200)),
        ("/a /b", "/A", None),
        ("/a.b /c", "/aXb", None),
        ("/café /c", "/caf%C3%A9", ("/c", 302)),
        ("/:a\u00b2 /x", "/b%C2%B2", ("/x", 302)),
    ],
)
def test_a_rule_leads(line: str, path: str, expected: tuple[str, int] | None) -> None:
    assert target(line, path) == expected


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/a", "a rule is"),
        ("/a /b 302 /c", "a rule is"),
        ("https://example.com/a /b", "must be a path"),
        ("/a b", "must be a path or a URL"),
        ("/a javascript:alert(1)", "must be a path or a URL"),
        ("/a /b 404", "status 404 is none"),
        ("/a https://example.com 200", "only a path"),
        ("/* /index.html 200", "for ever"),
        ("/ /index", "for ever"),
        ("/a/*/b/* /c", "one *"),
        ("/:a:b /c", "two placeholders"),
        ("/:a.:b.:c /d", "two placeholders"),
        (f"/a /{'b' * 2_000}", "longer than"),
    ],
)
def test_a_line_that_is_no_rule_is_told(line: str, why: str) -> None:
    [told] = parse(f"# comment\n\n{line}").ignored

    assert told.startswith("line 3: ")
    assert why in told


def test_the_first_rule_for_a_path_wins() -> None:
    rules = parse("/a /b\n/a /c")

    assert rules.find("/a") == Redirect("/b", 302)
    assert rules.ignored == ["line 2: there is a rule for /a already"]


def test_an_exact_rule_goes_before_a_dynamic_one_only_above_it() -> None:
    assert target("/a /exact\n/* /any", "/a") == ("/exact", 302)
    assert target("/* /any\n/a /exact", "/a") == ("/any", 302)


def test_rules_beyond_the_limits_are_ignored() -> None:
    static = "\n".join(f"/{number} /x" for number in range(MAX_STATIC + 1))
    dynamic = "\n".join(f"/d{number}/* /x" for number in range(MAX_DYNAMIC + 1))

    assert len(parse(static).ignored) == len(parse(dynamic).ignored) == 1
    assert parse(static).find(f"/{MAX_STATIC}") is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    parse(text).find(text)
