"""`python -m tests.jobmatch.coverage` writes COVERAGE.md: route × status × rule.

With `--check` it writes nothing, and ends with 1 when the page is old or something has no test.
"""

import sys
from collections.abc import Iterator

from e2e.contract import ROUTES, RULES, statuses_of
from tests.jobmatch.covering import HERE, Coverage, coverage_of, written

PAGE = HERE / "COVERAGE.md"
OLD = "COVERAGE.md is old, run: python -m tests.jobmatch.coverage"


def holes(coverage: Coverage) -> list[str]:
    """What the contract promises and no test sees."""
    missing = [
        f"{route} {status}"
        for route in ROUTES
        for status in statuses_of(route)
        if (route, status) not in coverage.answers
    ]
    return missing + [rule for rule in RULES if rule not in coverage.rules]


def table(coverage: Coverage) -> str:
    return "\n".join([*heading(), *by_route(coverage), *by_rule(coverage)]) + "\n"


def heading() -> Iterator[str]:
    yield "# What the tests of JobMatch's API see"
    yield ""
    yield (
        "`python -m tests.jobmatch.coverage` writes this page from the tests' `@covers`, each of"
        " which is checked as its test runs. In brackets: how many tests see that status."
    )


def by_route(coverage: Coverage) -> Iterator[str]:
    yield from ("", "| route | statuses | rules |", "|---|---|---|")
    for route in ROUTES:
        seen = {status for name, status in coverage.answers if name == route}
        statuses = ", ".join(
            f"{status} ({len(coverage.answers.get((route, status), ()))})"
            for status in sorted(seen | {*statuses_of(route)})
        )
        rules = ", ".join(rule for rule in RULES if rule in coverage.touched.get(route, ()))
        yield f"| `{route}` | {statuses} | {rules} |"


def by_rule(coverage: Coverage) -> Iterator[str]:
    yield from ("", "| rule | says | tests |", "|---|---|---|")
    for rule, text in RULES.items():
        yield f"| {rule} | {text} | {len(coverage.rules.get(rule, ()))} |"


def main(*, check: bool) -> int:
    coverage = coverage_of(written())
    missing, page = holes(coverage), table(coverage)
    for hole in missing:
        print(f"no test: {hole}")
    if not check:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    is_old = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page
    if is_old:
        print(OLD)
    return int(is_old or bool(missing))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
