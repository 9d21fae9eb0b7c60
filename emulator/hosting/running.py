"""What products ask of whoever runs code: the protocols of Workers and of Pages together."""

from typing import Protocol

from emulator.pages import running as pages
from emulator.workers import running as workers


class Runtime(workers.Runtime, pages.Runtime, Protocol):
    """Runs scripts and Functions."""
