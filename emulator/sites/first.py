"""Which paths go to the Worker before any file: `run_worker_first`, and Pages' `_routes.json`."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from emulator.sites.paths import normal

MAX_RULES, MAX_RULE = 100, 100


class Turn(StrEnum):
    """Whose turn it is."""

    SCRIPT = "script"
    FILES = "files"
    # Files, and the script where there is none.
    EITHER = "either"


def matches(rules: Iterable[str], path: str) -> bool:
    """Whether one of the rules means the path, as a URL has it."""
    path = normal(path)
    return any(wild(rule, path) for rule in rules)


def wild(pattern: str, text: str) -> bool:
    """A pattern with `*`, without a regular expression that could take for ever."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    if not text.startswith(first) or not text.endswith(rest[-1]):
        return False
    position, end = len(first), len(text) - len(rest[-1])
    for part in rest[:-1]:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return position <= end


def turn(setting: object, path: str) -> Turn:
    """`run_worker_first`: true or false for all, or rules, of which those with `!` except."""
    if not isinstance(setting, list):
        return Turn.SCRIPT if setting is True else Turn.EITHER
    rules = [rule for rule in setting if isinstance(rule, str)]
    if matches((rule[1:] for rule in rules if rule.startswith("!")), path):
        return Turn.FILES
    first = matches((rule for rule in rules if not rule.startswith("!")), path)
    return Turn.SCRIPT if first else Turn.EITHER


@dataclass(frozen=True, slots=True)
class Routes:
    """Of Pages: the Function answers what is included and not excluded."""

    include: tuple[str, ...] = ("/*",)
    exclude: tuple[str, ...] = ()

    def mean(self, path: str) -> bool:
        return matches(both_ends(self.include), path) and not matches(both_ends(self.exclude), path)


def both_ends(rules: Iterable[str]) -> list[str]:
    """In Pages `/a/*` means `/a`, too, and `/a` and `/a/` are one."""
    found: list[str] = []
    for rule in rules:
        if rule.endswith("*"):
            found += [rule, rule.removesuffix("/*")]
        else:
            found += [rule.rstrip("/"), f"{rule.rstrip('/')}/"]
    return [rule for rule in found if rule]


def parse_routes(value: object) -> Routes:
    """`_routes.json` as it was uploaded. Raises `ValueError` with the reason."""
    if not isinstance(value, dict) or value.get("version") != 1:
        raise ValueError("_routes.json needs a version, which is 1")
    include, exclude = value.get("include"), value.get("exclude", [])
    if not isinstance(include, list) or not include:
        raise ValueError("_routes.json needs at least one rule to include")
    rules = [*include, *(exclude if isinstance(exclude, list) else [None])]
    if not all(isinstance(rule, str) and rule.startswith("/") for rule in rules):
        raise ValueError("the rules of _routes.json are paths")
    if len(rules) > MAX_RULES or max(map(len, rules)) > MAX_RULE:
        raise ValueError(
            f"_routes.json has at most {MAX_RULES} rules, each of at most {MAX_RULE} characters"
        )
    return Routes(tuple(include), tuple(exclude))
