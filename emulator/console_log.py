"""What Workers log: shown on the console with the script's name, and kept for `/_twin/logs`."""

import logging
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO
from zlib import crc32

from emulator.core.clock import Clock

# Of each script, the newest.
MAX_LINES = 1_000
MAX_CHARACTERS = 16_384
MAX_SCRIPTS = 1_000
# Account, script, level and text of a line.
Show = Callable[[str, str, str, str], None]
RESET = "\x1b[0m"
NAMES = ("\x1b[36m", "\x1b[35m", "\x1b[34m", "\x1b[32m")
LEVELS: Mapping[str, str] = {
    "error": "\x1b[31m",
    "warn": "\x1b[33m",
    "debug": "\x1b[2m",
}
# A Worker's text must not steer the terminal.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Line:
    """One call of a script's `console`, or what the runtime says of it. `at`: epoch seconds."""

    at: float
    account_id: str
    script: str
    level: str
    text: str


class ConsoleLog:
    """Takes what scripts log, and tells `show` the same."""

    def __init__(self, clock: Clock, show: Show) -> None:
        self._clock = clock
        self._show = show
        self._rings: dict[tuple[str, str], deque[Line]] = {}

    def __call__(self, account_id: str, script: str, level: str, text: str) -> None:
        line = Line(self._clock.now(), account_id, script, level, text[:MAX_CHARACTERS])
        ring = self._rings.setdefault((account_id, script), deque(maxlen=MAX_LINES))
        ring.append(line)
        if len(self._rings) > MAX_SCRIPTS:
            del self._rings[next(iter(self._rings))]
        self._show(account_id, script, level, text)

    def recent(
        self,
        limit: int,
        *,
        account_id: str | None = None,
        script: str | None = None,
        level: str | None = None,
    ) -> list[Line]:
        """The newest lines that match, the oldest of them first."""
        found = [
            line
            for (account, name), ring in self._rings.items()
            if account_id in (None, account) and script in (None, name)
            for line in ring
            if level in (None, line.level)
        ]
        return sorted(found, key=lambda line: line.at)[-limit:]

    def forget(self, account_id: str) -> None:
        for key in [key for key in self._rings if key[0] == account_id]:
            del self._rings[key]


def printer(stream: TextIO, environment: Mapping[str, str]) -> Show:
    """Prints lines, in colour on a terminal unless `NO_COLOR` is set."""
    coloured = stream.isatty() and not environment.get("NO_COLOR")

    def show(account_id: str, script: str, level: str, text: str) -> None:
        print(shown(script, level, text, coloured=coloured), file=stream, flush=True)

    return show


def shown(script: str, level: str, text: str, *, coloured: bool = False) -> str:
    """`[shop] error: text`; the level is named unless it is `log` or `info`.

    Further lines of a text are indented, so that none looks like another script's.
    """
    text = plain(text).replace("\n", "\n  ")
    prefix = "" if level in ("log", "info") else f"{level}: "
    if not coloured:
        return f"[{script}] {prefix}{text}"
    name = NAMES[crc32(script.encode()) % len(NAMES)]
    return f"{name}[{script}]{RESET} {LEVELS.get(level, '')}{prefix}{text}{RESET}"


class PlainFormatter(logging.Formatter):
    """What requests bring into a log line steers no terminal and begins no line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        message = plain(record.getMessage()).replace("\n", "\\n")
        told = logging.makeLogRecord(record.__dict__ | {"msg": message, "args": None})
        return plain(super().format(told))


def plain(text: str) -> str:
    """The text with what would steer a terminal spelled out."""
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
