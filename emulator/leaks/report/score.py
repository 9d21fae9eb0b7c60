"""How many owner filters a test suite defends: each is taken away once, and the suite run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """A filter that was taken away. `killed_by` is the output of the command that noticed.

    `predicate` is what was neutralised: a condition, a filter of Vectorize, the prefix of a key;
    `statement` is where it stood. `explanation` says why a survivor is none to worry about.
    """

    predicate: str
    statement: str
    table: str = ""
    product: str = "d1"
    killed_by: str = ""
    explanation: str = ""

    @property
    def survived(self) -> bool:
        return not self.killed_by


@dataclass(frozen=True, slots=True)
class Score:
    """Of one command. `untried` are filters for which there was no time."""

    command: str
    mutants: Sequence[Mutant] = ()
    untried: int = 0
    seconds: float = 0.0

    @property
    def survivors(self) -> list[Mutant]:
        return [one for one in self.mutants if one.survived]

    @property
    def killed(self) -> int:
        return len(self.mutants) - len(self.survivors)

    @property
    def percent(self) -> float:
        """Of those that were tried; 100 where there were none."""
        return 100 * self.killed / len(self.mutants) if self.mutants else 100.0
