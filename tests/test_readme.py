"""The README tells the truth: settings, commands and products are those of the code.

`python -m tests.test_readme` writes the settings table anew.
"""

from dataclasses import fields
from pathlib import Path

import pytest

import emulator
from emulator.cli import main
from emulator.core.settings import Settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
START = "<!-- settings: written by `python -m tests.test_readme`, checked by the tests -->\n"
END = "<!-- /settings -->"


def settings_table() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for item in fields(Settings):
        rows.append(f"| `{item.name}` | `{item.default}` | {item.metadata['help']} |")
    return "\n".join(rows) + "\n"


def products() -> list[str]:
    package = Path(emulator.__file__).parent
    return [path.parent.name for path in sorted(package.glob("*/rest.py"))]


def test_every_setting_is_documented() -> None:
    text = README.read_text()

    assert text.partition(START)[2].partition(END)[0] == settings_table()


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_documented(command: str) -> None:
    assert f"`cftwin {command}`" in README.read_text()


@pytest.mark.parametrize("option", [one.opts[0] for one in main.commands["up"].params])
def test_every_option_of_up_is_documented(option: str) -> None:
    assert f"`{option}" in README.read_text()


@pytest.mark.parametrize("product", products())
def test_every_product_has_a_readme_that_is_linked(product: str) -> None:
    assert (ROOT / "emulator" / product / "README.md").is_file()
    assert f"emulator/{product}/README.md" in README.read_text()


if __name__ == "__main__":
    before, _, rest = README.read_text().partition(START)
    README.write_text(before + START + settings_table() + END + rest.partition(END)[2])
