"""Which paths go to the Worker before any file: `run_worker_first`, and Pages' `_routes.json`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_RULES, MAX_RULE = 100, 100


def matches(rules: Iterable[str], path: str) -> bool:
    """Whether one of the rules means the path; `*` is any text."""
    return any(wild(rule).fullmatch(path) is not None for rule in rules)


def wild(rule: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.split(r"\*+", rule)]
    return re.compile(".*".join(parts), re.DOTALL)


def worker_first(setting: object, path: str) -> bool:
    """`run_worker_first`: true or false for all, or rules, of which those with `!` except."""
    if not isinstance(setting, list):
        return setting is True
    rules = [rule for rule in setting if isinstance(rule, str)]
    exceptions = [rule[1:] for rule in rules if rule.startswith("!")]
    if matches(exceptions, path):
        return False
    return matches((rule for rule in rules if not rule.startswith("!")), path)


@dataclass(frozen=True, slots=True)
class Routes:
    """Of Pages: the Function answers what is included and not excluded."""

    include: tuple[str, ...] = ("/*",)
    exclude: tuple[str, ...] = ()

    def mean(self, path: str) -> bool:
        return matches(self.include, path) and not matches(self.exclude, path)


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
