"""A program as the configuration of a Python Worker's process."""

from pathlib import Path

import orjson

from emulator.workers.python.config import render
from emulator.workers.runtime.program import (
    Entrance,
    FetcherBinding,
    Module,
    ModuleKind,
    ObjectBinding,
    Program,
    TextBinding,
    WrappedBinding,
    Wrapping,
)


def test_a_configuration_has_all_that_the_process_needs(tmp_path: Path) -> None:
    program = Program(
        "script",
        "2026-01-01",
        "out",
        "cache",
        (Module("entry.py", ModuleKind.PYTHON, tmp_path / "a"),),
        bindings=(
            TextBinding("VAR", "é"),
            WrappedBinding("DB", Wrapping.D1, "d1-token"),
            FetcherBinding("ASSETS", "assets-token"),
            ObjectBinding("ROOM", "Room"),
        ),
        entrances=(Entrance("to-1", "Admin"),),
        tail="tail-token",
    )

    config = orjson.loads(render(program, "unix:/run/bindings"))

    assert (config["listener"], config["tail"]) == ("/run/bindings", "tail-token")
    module = {"name": "entry.py", "python": True, "path": str(tmp_path / "a")}
    assert config["modules"] == [module]
    assert config["entrypoints"] == {"to-1": "Admin"}
    assert config["bindings"] == [
        {"name": "VAR", "kind": "text", "text": "é"},
        {"name": "DB", "kind": "d1", "token": "d1-token"},
        {"name": "ASSETS", "kind": "fetcher", "token": "assets-token"},
        {"name": "ROOM", "kind": "absent", "text": "object of a Python Worker"},
    ]
