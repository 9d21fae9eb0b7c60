"""The table of switches and of the cases that notice them, for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from e2e.switches.checking import Notice
from e2e.switches.guarding import switches

PAGE = Path(__file__).parents[1] / "SWITCHES.md"
HEAD = """# Unsafe switches, and who notices

`python -m e2e.switches` turned each on alone at the reference Worker, ran the cases that guard
it, and wrote this page. What a failed case asked and was answered is what its report shows first.

| switch | what it takes away | cases that fail | rule | request | answer |
|---|---|---|---|---|---|
"""


def page(found: Mapping[str, Sequence[Notice]]) -> str:
    return HEAD + "".join(row(name, found[name]) for name in sorted(found))


def row(name: str, notices: Sequence[Notice]) -> str:
    failed = [notice for notice in notices if notice.failed]
    cases = "<br>".join(f"`{short(notice.case)}`" for notice in failed) or "**none**"
    first = failed[0] if failed else Notice("", False, (), "", "")
    cells = (f"`{name}`", switches()[name], cases, ", ".join(first.rules), first.request)
    return f"| {' | '.join(cell(text) for text in (*cells, first.answer[:80]))} |\n"


def short(case: str) -> str:
    return case.removeprefix("e2e/")


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
