"""The suites' README tells the truth. `python -m tests.e2e.test_readme` writes its table anew."""

from pathlib import Path

from e2e.areas import PROBES
from e2e.settings import ROOT, table

README = ROOT / "e2e" / "README.md"
START = "<!-- settings: written by `python -m tests.e2e.test_readme`, checked by the tests -->\n"
END = "<!-- /settings -->"


def suites() -> set[str]:
    return {path.parent.name for path in (ROOT / "e2e").glob("*/test_*.py")}


def test_every_setting_is_in_the_table() -> None:
    assert README.read_text().partition(START)[2].partition(END)[0] == f"{table()}\n"


def test_every_suite_is_an_area_and_named() -> None:
    text = README.read_text().partition("```console")[0]

    assert suites() <= PROBES.keys()
    assert all(f"`{suite}`" in text for suite in suites())


def test_every_part_is_named() -> None:
    parts = {path.name for path in (ROOT / "e2e").iterdir() if is_part(path)}

    assert not [name for name in parts - suites() if name not in README.read_text()]


def is_part(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith((".", "__"))


if __name__ == "__main__":
    before, _, rest = README.read_text().partition(START)
    README.write_text(f"{before}{START}{table()}\n{END}{rest.partition(END)[2]}")
