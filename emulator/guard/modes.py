"""Whether somebody looks on, and what becomes of what is found.

off: nobody does. observe: findings are kept. warn: the answer to the request says so, too.
enforce: what would be a finding is refused.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from emulator.core.clock import Clock
from emulator.guard.findings import Findings

if TYPE_CHECKING:
    from emulator.guard.watching import Guard


class Mode(StrEnum):
    OFF = "off"
    OBSERVE = "observe"
    WARN = "warn"
    ENFORCE = "enforce"


def mode_of(text: str) -> Mode:
    """Raises ValueError."""
    try:
        return Mode(text)
    except ValueError:
        raise ValueError(f"the guard's mode is one of {', '.join(Mode)}, not {text!r}") from None


class Watch:
    """The tenancy audit of one twin. `guard` is None while it is off, and doors ask no more."""

    def __init__(self, clock: Clock, mode: str) -> None:
        self._clock = clock
        self._declared: Mapping[str, Any] = {}
        self.guard: Guard | None = None
        self.findings = Findings()
        # The setting, which is stronger than what twin.toml says.
        self._asked = bool(mode)
        self.turn(mode or Mode.OFF)

    @property
    def mode(self) -> Mode:
        return Mode.OFF if self.guard is None else self.guard.mode

    def declare(self, table: Mapping[str, Any]) -> None:
        """`[guard]` of twin.toml. Raises ValueError for what cannot be read in it."""
        self._declared = table
        mode = self.mode if self._asked else table.get("mode", Mode.OFF)
        self.guard = None
        if table:
            from emulator.guard.watching import check

            check(table)
        self.turn(mode)

    def forget(self, account_id: str) -> None:
        """The account is empty, or gone."""
        self.findings.clear(account_id)

    def turn(self, mode: str) -> None:
        """Change the mode; findings stay. Raises ValueError for one that there is not."""
        wanted = mode_of(mode)
        if wanted is Mode.OFF:
            self.guard = None
        elif self.guard is not None:
            self.guard.mode = wanted
        else:
            # With the first look, not with the twin.
            from emulator.guard.watching import Guard

            self.guard = Guard(wanted, self._declared, self.findings, self._clock)
