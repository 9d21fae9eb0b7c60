"""A report as files. jinja2 is loaded for the page alone."""

import json
from pathlib import Path

from emulator.leaks.report.report import Report


def write(report: Report, page: Path | None = None, sarif: Path | None = None) -> list[Path]:
    """The page with JSON beside it, and SARIF; which files were written."""
    written = []
    if page is not None:
        from emulator.leaks.report.page import html
        from emulator.leaks.report.told import document

        written.append(put(page, html(report)))
        beside = page.with_suffix(".json")
        written.append(put(beside, json.dumps(document(report), indent=1, ensure_ascii=False)))
    if sarif is not None:
        from emulator.leaks.report.sarif import log

        written.append(put(sarif, json.dumps(log(report), indent=1, ensure_ascii=False)))
    return written


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    return path
