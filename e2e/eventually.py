"""Waiting for what happens in the background."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

from e2e.target import Target

Found = TypeVar("Found")
PAUSE_SECONDS = 0.05


def eventually(check: Callable[[], Found], target: Target) -> Found:
    """What `check` gives once it is true; what it gave last when patience ends."""
    ends = monotonic() + target.patience
    # On a real account requests are counted.
    pause = PAUSE_SECONDS if target.control is not None else 40 * PAUSE_SECONDS
    while not (found := check()) and monotonic() < ends:
        Event().wait(pause)
    return found
