"""CORS rules: what a browser may do from which origin. Pure.

https://developers.cloudflare.com/r2/buckets/cors/
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CorsRule:
    """`*` in an origin or a header stands for any text."""

    origins: Sequence[str]
    methods: Sequence[str]
    headers: Sequence[str]
    expose: Sequence[str]
    max_age_seconds: int | None

    def allows(self, origin: str, method: str, headers: Iterable[str] = ()) -> bool:
        return (
            any(fits(pattern, origin) for pattern in self.origins)
            and method in self.methods
            and all(any(fits(pattern, name) for pattern in self.headers) for name in headers)
        )

    @property
    def any_origin(self) -> bool:
        return "*" in self.origins


def rules_of(rows: Iterable[Mapping[str, Any]]) -> tuple[CorsRule, ...]:
    """Rules as the API spells them."""
    return tuple(
        CorsRule(
            tuple(row["allowed"]["origins"]),
            tuple(row["allowed"]["methods"]),
            tuple(name.lower() for name in row["allowed"].get("headers") or ()),
            tuple(row.get("exposeHeaders") or ()),
            row.get("maxAgeSeconds"),
        )
        for row in rows
    )


def rule_for(
    rules: Iterable[CorsRule], origin: str, method: str, headers: Iterable[str] = ()
) -> CorsRule | None:
    """The first rule that allows the request; header names in lower case."""
    wanted = tuple(headers)
    return next((rule for rule in rules if rule.allows(origin, method, wanted)), None)


def fits(pattern: str, text: str) -> bool:
    if "*" not in pattern:
        return pattern == text
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def is_origin(pattern: str) -> bool:
    """`*`, or scheme, host and perhaps port, without a path; `*` may stand for a part."""
    return pattern == "*" or re.fullmatch(r"[a-z*][a-z0-9+.*-]*://[^/?#\s]+", pattern) is not None
