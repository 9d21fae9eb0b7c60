"""`_headers`: for a path, what its answers carry besides, or (`! Name`) do not.

https://developers.cloudflare.com/workers/static-assets/headers/ (`cloudflare-behaviour` §11.3)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from emulator.sites.redirects import MAX_PATH, ascii_of, filled, pattern_of, unclear

MAX_RULES, MAX_LINE = 100, 2_000
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

Pairs = list[tuple[str, str]]


@dataclass(slots=True)
class Rule:
    """For one pattern of paths: the headers to set and the names to leave out."""

    pattern: re.Pattern[str]
    set: Pairs = field(default_factory=list)
    unset: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HeaderRules:
    """All rules of a file; `ignored` are lines that are none, each with why."""

    rules: Sequence[Rule] = ()
    ignored: Sequence[str] = ()

    def apply(self, path: str, headers: Pairs) -> Pairs:
        """The headers (lower-case names) of an answer for the raw path, with all rules for it."""
        result = dict(headers)
        if len(path) > MAX_PATH:
            return headers
        ours: set[str] = set()
        for rule in self.rules:
            found = rule.pattern.fullmatch(path)
            if found is None:
                continue
            for name in rule.unset:
                result.pop(name, None)
            for name, value in rule.set:
                value = filled(value, found.groupdict())
                # What an earlier rule set is added to, what the platform set is replaced.
                result[name] = f"{result[name]}, {value}" if name in ours else value
                ours.add(name)
        return list(result.items())


@lru_cache(64)
def parsed(text: str) -> HeaderRules:
    """The same, kept: a site has one text for all its requests."""
    return parse(text)


def parse(text: str) -> HeaderRules:
    """Lines that cannot be used are ignored, and said to be."""
    rules: dict[str, Rule] = {}
    ignored: list[str] = []
    current: Rule | None = None
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.strip()
        if not line or line.startswith("#"):
            continue
        why = f"it is longer than {MAX_LINE} characters" if len(line) > MAX_LINE else None
        if why is None and is_path(line):
            source = ascii_of(line)
            why = refusal(source, len(rules))
            # The headers of one that is ignored are so, too.
            current = Rule(pattern_of("/" if why else source))
            if why is None:
                # A second block of the same path takes the place of the first.
                rules[source] = current
        elif why is None:
            why = add_header(current, line)
        if why is not None:
            ignored.append(f"line {number}: {why}")
    return HeaderRules(list(rules.values()), ignored)


def is_path(line: str) -> bool:
    return line.startswith(("/", "https://", "http://"))


def refusal(source: str, rules: int) -> str | None:
    """Why the line begins no rule."""
    if rules >= MAX_RULES:
        return f"there are more than {MAX_RULES} rules"
    if not source.startswith("/"):
        return "rules for one host are not implemented by Cloudflare Twin"
    return unclear(source)


def add_header(rule: Rule | None, line: str) -> str | None:
    """Add the line to the rule; why that cannot be."""
    if rule is None:
        return "a path has to come before its headers"
    if line.startswith("!"):
        name = line[1:].strip().lower()
        if TOKEN.fullmatch(name) is None:
            return "after ! comes the name of a header"
        rule.unset.append(name)
        return None
    name, colon, value = line.partition(":")
    name, value = name.strip().lower(), value.strip()
    if not colon or TOKEN.fullmatch(name) is None or not value:
        return "a header is: name: value"
    if any(character < " " or character == "\x7f" for character in value):
        return "a value has no control characters"
    rule.set.append((name, value))
    return None
