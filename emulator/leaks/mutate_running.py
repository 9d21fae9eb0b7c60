"""The suite's command, run once more."""

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from time import perf_counter

PLUGIN = Path(__file__).parent / "pytest_plugin"
KEPT_CHARACTERS = 20_000
# What pytest says of a failure, and what is said of one elsewhere.
TOLD = re.compile(r"^(?:FAILED|ERROR|E  |Error|.*\bfail(?:ed|ure)?\b).*$", re.MULTILINE)
FAILED = re.compile(r"^(?:FAILED|ERROR) .+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ran:
    passed: bool
    seconds: float
    output: str
    timed_out: bool = False

    @property
    def why(self) -> str:
        """One line of what the command said when it failed."""
        if self.timed_out:
            return f"it did not end in {self.seconds:.0f} s"
        found = FAILED.findall(self.output) or TOLD.findall(self.output)
        lines = self.output.strip().splitlines()
        return str(found[0] if found else lines[-1] if lines else "it failed without a word")


def run(
    command: Sequence[str], mutation_url: str, cases: Sequence[str], seconds: float | None
) -> Ran:
    """`cases`: only these, where the suite is pytest's; none: all. Raises `OSError`."""
    with TemporaryFile() as output, NamedTemporaryFile("w", encoding="utf-8") as only:
        environment = environment_of(mutation_url)
        if cases:
            only.write("\n".join(cases))
            only.flush()
            environment["CFTWIN_MUTATION_CASES"] = only.name
        began = perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        timed_out = not ended(process, seconds)
        took = perf_counter() - began
        output.seek(0)
        text = output.read().decode("utf-8", "replace")[-KEPT_CHARACTERS:]
    return Ran(process.returncode == 0 and not timed_out, took, text, timed_out)


def ended(process: subprocess.Popen[bytes], seconds: float | None) -> bool:
    """Whether it ended by itself. What it has started ends with it."""
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def environment_of(mutation_url: str) -> dict[str, str]:
    """With the plugin that tells of cases; of no use to a suite that is not pytest's."""
    before = os.environ
    paths = [str(PLUGIN), before.get("PYTHONPATH", "")]
    options = [before.get("PYTEST_ADDOPTS", ""), "-p cftwin_mutation"]
    return {
        **before,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTEST_ADDOPTS": " ".join(filter(None, options)),
        "CFTWIN_MUTATION": mutation_url,
    }
