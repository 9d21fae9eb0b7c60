"""One account's use of Workers AI: neurons, calls, batches and rules of its own."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from emulator.ai.batches import Batches
from emulator.ai.calls import Calls
from emulator.ai.errors import FreeAllocationUsed, TooManyRequests
from emulator.ai.limits import (
    FREE_NEURONS_PER_DAY,
    MINUTE_SECONDS,
    MODEL_REQUESTS_PER_MINUTE,
    REQUESTS_PER_MINUTE,
    SECONDS_PER_DAY,
)
from emulator.ai.rules import Rules
from emulator.core.clock import Clock, iso
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.core.settings import Settings

SCHEMA = """
CREATE TABLE IF NOT EXISTS neurons (day INTEGER, model TEXT, neurons REAL, requests INTEGER,
    prompt_tokens INTEGER, completion_tokens INTEGER, PRIMARY KEY (day, model)) WITHOUT ROWID
"""
SPEND = """
INSERT INTO neurons VALUES (?, ?, ?, 1, ?, ?)
ON CONFLICT DO UPDATE SET neurons = neurons + excluded.neurons, requests = requests + 1,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens
"""


class AIStore:
    """What one account has asked of its models. Neurons are on disk, the rest in memory."""

    def __init__(self, directory: Path, settings: Settings, clock: Clock, ids: Ids) -> None:
        self._database = Database(directory / "ai.sqlite", SCHEMA)
        self._clock = clock
        self._limited = settings.rate_limit
        self._free = settings.ai_free_allocation
        self._windows: Counter[str] = Counter()
        self._minute = 0
        self._closed = False
        # Told the model and the neurons of each inference.
        self.heard: list[Callable[[str, float], None]] = []
        self.calls = Calls(settings.ai_calls)
        self.rules = Rules(ids)
        self.batches = Batches(ids)

    def admit(self, model: str, task: str) -> None:
        """Count a request; raises `TooManyRequests`, and `FreeAllocationUsed` on the free plan."""
        if self._limited:
            self._count(model, task)
        if self._free and self.neurons_today() >= FREE_NEURONS_PER_DAY:
            raise FreeAllocationUsed()

    def spend(self, model: str, neurons: float, prompt_tokens: int, completion_tokens: int) -> None:
        """Add one inference to the model's figures of the day (UTC)."""
        if self._closed:
            # A stream that outlives a reset of its account: nobody is left to be charged.
            return
        values = (self._day(), model, neurons, prompt_tokens, completion_tokens)
        self._database.execute(SPEND, values)
        for hear in self.heard:
            hear(model, neurons)

    def neurons_today(self) -> float:
        """What the account has spent since midnight UTC."""
        row = self._database.one("SELECT sum(neurons) FROM neurons WHERE day = ?", (self._day(),))
        return float(row[0] or 0.0) if row else 0.0

    def usage(self) -> list[dict[str, object]]:
        """Each day's (UTC) and model's neurons, requests and tokens, newest day first."""
        rows = self._database.all("SELECT * FROM neurons ORDER BY day DESC, model")
        return [{**dict(row), "day": iso(row["day"] * SECONDS_PER_DAY)[:10]} for row in rows]

    def close(self) -> None:
        self.batches.close()
        self._closed = True
        self._database.close()

    def _day(self) -> int:
        return int(self._clock.now() // SECONDS_PER_DAY)

    def _count(self, model: str, task: str) -> None:
        """In fixed minutes: by the model where it has a limit of its own, else by its task."""
        minute = int(self._clock.now() // MINUTE_SECONDS)
        if minute != self._minute:
            self._windows.clear()
            self._minute = minute
        limit = MODEL_REQUESTS_PER_MINUTE.get(model)
        of = task if limit is None else model
        limit = limit or REQUESTS_PER_MINUTE.get(task)
        if limit is not None and self._windows[of] >= limit:
            raise TooManyRequests(limit=limit, task=of)
        self._windows[of] += 1
