"""What makes a run of pytest report. In processes of pytest-xdist it only watches."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from e2e.reporting.reporter import FOLDER, Reporter
from e2e.reporting.witness import Witness


def configure(config: pytest.Config, page: Path, rules: Mapping[str, str]) -> None:
    """Write the report to `page`, and beside it as JSON; `rules` has the sentence of each rule."""
    if config.option.collectonly:
        return
    given: Mapping[str, Any] = getattr(config, "workerinput", {})
    shared = Path(given.get(FOLDER) or tempfile.mkdtemp(prefix="e2e-report-"))
    config.pluginmanager.register(Witness(shared), "e2e-witness")
    if not given:
        config.pluginmanager.register(Reporter(config, shared, page, rules), "e2e-reporter")
