"""Statements that may touch everybody's rows: those that say so, and those that are allowed."""

import re
from collections.abc import Iterable

from emulator.guard.tokens import code_of, tokens_of

# In a comment of the statement: `-- tenancy: all, the nightly clean-up`.
ANNOTATION = re.compile(r"\btenancy:\s*all\b[\s,:;.-]*(?P<reason>.*?)\s*(?:\*/)?\s*$", re.DOTALL)


def accepted_in(sql: str) -> str | None:
    """The reason that the statement's comment gives; None if it has no such comment."""
    if "tenancy" not in sql:
        return None
    comments = (token.text for token in tokens_of(sql) if token.kind == "comment")
    found = (match for comment in comments if (match := ANNOTATION.search(comment)))
    return next((match["reason"] or "tenancy: all" for match in found), None)


def allowed(sql: str, statements: Iterable[str]) -> bool:
    """Whether `[guard] allow` of twin.toml names the statement; space and case do not count.

    A `*` at the end stands for whatever follows.
    """
    return any(
        plain(sql).startswith(plain(one.rstrip()[:-1]))
        if one.rstrip().endswith(" *")
        else plain(sql) == plain(one)
        for one in statements
    )


def plain(sql: str) -> str:
    words = (t.text if t.kind in ("string", "name") else t.text.lower() for t in code_of(sql))
    return " ".join(words).removesuffix(" ;")
