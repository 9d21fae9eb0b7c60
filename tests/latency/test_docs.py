"""The page on latency has the profiles' figures as they are.

`python -m tests.latency.test_docs` prints the table for the page.
"""

from pathlib import Path

import pytest

from emulator.latency.profile import Profile, Row, load, names, parse

PAGE = Path(__file__).parents[2] / "docs" / "latency.md"
HEAD = "| | same-region | europe-to-us | from |\n|---|---|---|---|"


def named(profile: Profile) -> dict[str, Row]:
    ways = {f"{row.product} {row.door}": row for row in profile.network}
    return ways | {f"{row.product}.{row.operation}": row for row in profile.service}


def shown(row: Row) -> str:
    return f"{row.p50:g}, {row.p95:g}" if row.p50 else f"{row.fixed:g}"


def table() -> str:
    near, far = named(load("same-region")), named(load("europe-to-us"))
    lines = [
        f"| `{name}` | {shown(near[name])} | {shown(row)} | {row.source} |"
        for name, row in far.items()
    ]
    return "\n".join((HEAD, *lines)) + "\n"


def test_the_figures_on_the_page_are_those_of_the_files() -> None:
    assert table() in PAGE.read_text()


@pytest.mark.parametrize("name", names())
def test_each_profile_is_on_the_page(name: str) -> None:
    assert f"| `{name}` |" in PAGE.read_text()


def test_the_example_on_the_page_is_a_profile() -> None:
    example = PAGE.read_text().partition("```toml\n")[2].partition("```")[0]

    assert parse(example).name == "ours"


if __name__ == "__main__":
    print(table(), end="")
