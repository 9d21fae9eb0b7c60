"""What a case leaves behind while it runs, for the report on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e.exchanges import Exchange


@dataclass(frozen=True, slots=True)
class Attached:
    """A file. `kind`: screenshot, trace or video."""

    kind: str
    caption: str
    path: Path


@dataclass(slots=True)
class Evidence:
    """Of one case. `witnesses` are called as soon as it has failed, while all is as it was.

    `asked` is what pages have asked the Worker; `mistakes` let the case fail at its end.
    """

    folder: Path
    failed: bool = False
    mistakes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[Attached] = field(default_factory=list)
    asked: list[Exchange] = field(default_factory=list)
    witnesses: list[Callable[[], None]] = field(default_factory=list)

    def attach(self, kind: str, caption: str, name: str) -> Path:
        """Where to write it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        self.files.append(Attached(kind, caption, path))
        return path

    def judge(self) -> None:
        """Let the case fail, once, if something beside it has."""
        if self.mistakes and not self.failed:
            pytest.fail("A script of the page failed: " + "\n".join(self.mistakes), pytrace=False)


# Of an item; the plugin puts it there before anything of the case runs.
EVIDENCE = pytest.StashKey[Evidence]()
