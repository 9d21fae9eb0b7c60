"""`_redirects`: lines of `from to [status]`, exact ones and those with `*` and `:name`.

https://developers.cloudflare.com/workers/static-assets/redirects/ (`cloudflare-behaviour` §11.3)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from urllib.parse import quote

from emulator.sites.paths import normal

PRINTABLE = "".join(map(chr, range(32, 127)))
MAX_STATIC, MAX_DYNAMIC, MAX_LINE = 2_000, 100, 2_000
STATUSES = frozenset((200, 301, 302, 303, 307, 308))
REWRITE, DEFAULT_STATUS = 200, 302
ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
NAME = re.compile(r":[A-Za-z][A-Za-z0-9_]*")
PLACEHOLDER = re.compile(rf"\*|{NAME.pattern}")
# More of them between two slashes, or a longer path, could be looked at for ever.
MAX_PLACEHOLDERS, MAX_PATH = 2, 2_048
# It would be answered by itself for ever.
LOOPS = ({"/*"}, {"/index", "/index.html"}), ({"/"}, {"/index", "/index.html", "/"})


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a path leads; status 200 shows another path's file in its place."""

    target: str
    status: int


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A rule with placeholders. `pattern` has a group for each of them."""

    pattern: re.Pattern[str]
    redirect: Redirect


@dataclass(frozen=True, slots=True)
class Redirects:
    """All rules of a file; `ignored` are lines that are none, each with why."""

    static: Mapping[str, Redirect] = field(default_factory=dict)
    dynamic: Sequence[Dynamic] = ()
    ignored: Sequence[str] = ()

    def find(self, path: str) -> Redirect | None:
        """The first rule for the (raw) path, its placeholders filled in."""
        if len(path) > MAX_PATH:
            return None
        if (exact := self.static.get(path)) is not None:
            return Redirect(location(exact.target), exact.status)
        for rule in self.dynamic:
            if (found := rule.pattern.fullmatch(path)) is not None:
                target = filled(rule.redirect.target, found.groupdict())
                return Redirect(location(target), rule.redirect.status)
        return None


@lru_cache(64)
def parsed(text: str) -> Redirects:
    """The same, kept: a site has one text for all its requests."""
    return parse(text)


def parse(text: str) -> Redirects:
    """Lines that cannot be used are ignored, and said to be."""
    static: dict[str, Redirect] = {}
    dynamic: list[Dynamic] = []
    ignored: list[str] = []
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        rule = ascii_of(line.partition(" #")[0].strip())
        if not rule or rule.startswith("#"):
            continue
        why = refusal(rule, seen)
        source, target, status = parts_of(rule)
        if why is None and not is_dynamic(source) and not dynamic and len(static) >= MAX_STATIC:
            why = f"there are more than {MAX_STATIC} static rules"
        if why is None and (is_dynamic(source) or dynamic) and len(dynamic) >= MAX_DYNAMIC:
            why = f"there are more than {MAX_DYNAMIC} dynamic rules"
        if why is not None:
            ignored.append(f"line {number}: {why}")
            continue
        seen.add(source)
        redirect = Redirect(target, int(status))
        # One without placeholders is dynamic, too, after the first that has them.
        if is_dynamic(source) or dynamic:
            dynamic.append(Dynamic(pattern_of(source), redirect))
        else:
            static[source] = redirect
    return Redirects(static, dynamic, ignored)


def parts_of(rule: str) -> tuple[str, str, str]:
    source, target, status, *_ = [*rule.split(), "", "", ""]
    return source, target, status or str(DEFAULT_STATUS)


def refusal(rule: str, seen: set[str]) -> str | None:
    """Why the line is no rule."""
    source, target, status = parts_of(rule)
    if len(rule) > MAX_LINE:
        return f"it is longer than {MAX_LINE} characters"
    if len(rule.split()) not in (2, 3):
        return "a rule is: from to [status]"
    if not source.startswith("/"):
        return "what is redirected must be a path"
    if source in seen:
        return f"there is a rule for {source} already"
    if not status.isdecimal() or int(status) not in STATUSES:
        return f"the status {status} is none of 200, 301, 302 (default), 303, 307, 308"
    if not target.startswith("/") and ABSOLUTE.match(target) is None:
        return "the target must be a path or a URL"
    if int(status) == REWRITE and not target.startswith("/"):
        return "only a path can be shown in place of another (200)"
    if any(source in sources and target in targets for sources, targets in LOOPS):
        return "it would lead to itself for ever"
    return unclear(source)


def is_dynamic(source: str) -> bool:
    return "*" in source or NAME.search(source) is not None


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each whole `:name` that has a value replaced by it."""
    return NAME.sub(lambda found: values.get(found[0][1:], found[0]), text)


def location(target: str) -> str:
    """The target; a path is made one that cannot be taken for a host."""
    if ABSOLUTE.match(target) is not None:
        return target
    address, mark, fragment = target.partition("#")
    path, question, query = address.partition("?")
    return re.sub("/+", "/", normal(path)) + question + query + mark + fragment


def unclear(source: str) -> str | None:
    """Why a pattern is not taken."""
    if source.count("*") > 1:
        return "there may be one * in a rule"
    for segment in source.split("/"):
        found = list(PLACEHOLDER.finditer(segment))
        touching = any(one.end() == two.start() for one, two in pairwise(found))
        if touching or len(found) > MAX_PLACEHOLDERS:
            return "between two slashes there may be two placeholders, with text between them"
    return None


def ascii_of(text: str) -> str:
    """As a request has it: other letters are escaped."""
    return quote(text, safe=PRINTABLE)


def pattern_of(source: str) -> re.Pattern[str]:
    """`*` is any text and `:name` all up to the next slash; each name once."""
    found: set[str] = set()
    text, position = "", 0
    for placeholder in PLACEHOLDER.finditer(source):
        text += re.escape(source[position : placeholder.start()])
        name = "splat" if placeholder[0] == "*" else placeholder[0][1:]
        inner = ".*" if placeholder[0] == "*" else "[^/]+"
        text += f"(?:{inner})" if name in found else f"(?P<{name}>{inner})"
        found.add(name)
        position = placeholder.end()
    return re.compile(text + re.escape(source[position:]), re.DOTALL)
