"""The verdict as text: the deviating tests as a table, the hints, the three counts."""

from collections.abc import Iterable, Mapping

from tests.s3_conformance.verdict import Verdict

LINE = 160


def render(verdict: Verdict) -> str:
    return "\n".join(
        [
            *table("unexpected", verdict.unexpected),
            *listing("refused by design, yet passed (a hint, not a failure)", verdict.hints),
            "",
            f"{len(verdict.passed):5} expected to pass and passed",
            f"{len(verdict.refused):5} refused by design",
            f"{len(verdict.unexpected):5} unexpected",
            "",
        ]
    )


def table(title: str, rows: Mapping[str, str]) -> list[str]:
    if not rows:
        return []
    width = max(map(len, rows))
    lines = [f"  {test:<{width}}  {error}"[:LINE] for test, error in rows.items()]
    return ["", f"{title}:", *lines]


def listing(title: str, tests: Iterable[str]) -> list[str]:
    lines = [f"  {test}" for test in tests]
    return ["", f"{title}:", *lines] if lines else []
