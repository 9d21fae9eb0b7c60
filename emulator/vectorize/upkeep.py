"""Work that nobody waits for: one thread that does a step after the other until none is due."""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread, get_native_id

log = logging.getLogger("cftwin.vectorize")

# As nice(1) has it: whoever waits for an answer comes first.
NICENESS = 5


class Upkeep:
    """Runs `step` while it returns True. The thread ends when nothing is left to do."""

    def __init__(self, name: str, step: Callable[[], bool]) -> None:
        self._name = name
        self._step = step
        self._lock = Lock()
        self._thread: Thread | None = None
        self._wanted = False
        self.closed = False

    def wake(self) -> None:
        """Something may be due. Never waits."""
        with self._lock:
            self._wanted = True
            if self._thread is None and not self.closed:
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def finish(self) -> None:
        """Wait until nothing is due any more."""
        while (thread := self._thread) is not None:
            thread.join()

    def close(self) -> None:
        """Stop after the current step."""
        with self._lock:
            self.closed = True
        self.finish()

    def _run(self) -> None:
        with suppress(AttributeError, OSError):
            # On Linux this is the thread's alone.
            os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
        while self._is_wanted():
            try:
                while not self.closed and self._step():
                    continue
            except Exception:
                # The index answers without what this would have brought.
                log.exception("%s: upkeep failed", self._name)

    def _is_wanted(self) -> bool:
        with self._lock:
            wanted = self._wanted and not self.closed
            self._wanted = False
            if not wanted:
                self._thread = None
            return wanted
