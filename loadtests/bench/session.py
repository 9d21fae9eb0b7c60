"""One run of the benchmark, as its parts see it."""

import sys
from dataclasses import dataclass
from pathlib import Path

from loadtests.bench.rounds import Stopwatch


@dataclass(frozen=True, slots=True)
class Session:
    """The stopwatch, and a directory that is removed at the end."""

    stopwatch: Stopwatch
    directory: Path

    def say(self, text: str) -> None:
        """Progress, for whoever waits."""
        print(f"  {text}", file=sys.stderr, flush=True)
