"""The whole machine: what it is, how busy it is, and a bounded wait for others to be quiet."""

import os
import re
from pathlib import Path
from threading import Event
from time import perf_counter

QUIET_CORES = 0.35
LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 3.0


def cpu_model() -> str:
    """Empty where the system does not say."""
    try:
        told = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
    found = re.search(r"^model name\s*: (.+)$", told, re.MULTILINE)
    return found[1] if found else ""


def busy_seconds() -> float:
    """CPU seconds spent by everybody since boot, time stolen by the hypervisor included."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    ticks = user + nice + system + irq + softirq + steal
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_until_quiet() -> None:
    """Return when the machine idles, or after `PATIENCE_SECONDS`: others may never stop."""
    started = perf_counter()
    while perf_counter() - started < PATIENCE_SECONDS:
        before, since = busy_seconds(), perf_counter()
        Event().wait(LOOK_SECONDS)
        if (busy_seconds() - before) / (perf_counter() - since) < QUIET_CORES:
            return
