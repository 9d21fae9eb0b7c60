"""Which origin may do what, by the rules of a bucket."""

from typing import Any

import pytest

from emulator.r2.cors import CorsRule, fits, rule_for, rules_of


def rule(**allowed: Any) -> CorsRule:
    row = {"allowed": {"origins": ["https://shop.example"], "methods": ["GET"]} | allowed}
    return rules_of([row])[0]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "http://a.example", False),
        ("*", "https://anything", True),
        ("https://*.example", "https://a.b.example", True),
        ("https://*.example", "https://example", False),
        ("https://*.example", "https://a.example.evil", False),
        ("https://a.example", "https://axexample", False),
        ("x-*", "x-", True),
    ],
)
def test_a_star_stands_for_any_text(pattern: str, text: str, expected: bool) -> None:
    assert fits(pattern, text) is expected


def test_origin_method_and_headers_must_all_be_allowed() -> None:
    shop = rule(methods=["GET", "PUT"], headers=["Content-Type", "x-amz-*"])

    assert shop.allows("https://shop.example", "PUT", ["content-type", "x-amz-date"])
    assert not shop.allows("https://evil.example", "PUT")
    assert not shop.allows("https://shop.example", "DELETE")
    assert not shop.allows("https://shop.example", "PUT", ["content-type", "x-other"])


def test_without_headers_a_rule_allows_none() -> None:
    assert rule().allows("https://shop.example", "GET")
    assert not rule().allows("https://shop.example", "GET", ["content-type"])
    assert not rule(headers=None).allows("https://shop.example", "GET", ["content-type"])


def test_the_first_rule_that_allows_it_counts() -> None:
    rules = rules_of(
        [
            {"allowed": {"origins": ["https://a"], "methods": ["PUT"]}, "maxAgeSeconds": 1},
            {"allowed": {"origins": ["*"], "methods": ["GET", "PUT"]}, "maxAgeSeconds": 2},
        ]
    )

    found = [rule_for(rules, origin, "PUT") for origin in ("https://a", "https://b")]

    assert found == [rules[0], rules[1]]
    assert rule_for(rules, "https://a", "GET") is rules[1]
    assert rule_for(rules, "https://a", "DELETE") is None


def test_what_is_exposed_is_kept_as_it_was_given() -> None:
    allowed = {"origins": ["*"], "methods": ["GET"]}
    [shown] = rules_of([{"allowed": allowed, "exposeHeaders": ["ETag"], "maxAgeSeconds": 60}])

    assert (shown.expose, shown.max_age_seconds, shown.any_origin) == (("ETag",), 60, True)
    assert not rule().any_origin
