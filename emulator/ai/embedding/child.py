"""The process that holds the models, as the twin sees it: started late, asked one at a time."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from threading import Lock, Timer
from typing import IO, Any

# One thread, as two make one text slower; no network, ever; and nothing on the terminal.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
LAST_WORDS_BYTES = 4_000
HANG_UP_SECONDS = 5
MAX_HEAD_BYTES = 1_000_000
FLOAT_BYTES = 4

Head = Mapping[str, Any]


class ChildDied(Exception):
    """The process ended, or said what is no answer; the text says how."""


class Child:
    """Starts the process with the first question, and again after it has died.

    `ask` is called by one thread at a time, `close` by any.
    """

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command = command
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._lock = Lock()
        self._closed = False

    def ask(self, question: Head) -> tuple[Head, bytes]:
        """The answer and the float32 values behind it. Raises `ChildDied`."""
        process = self._running()
        late = Timer(self._seconds, process.kill)
        late.daemon = True
        late.start()
        try:
            return exchange(process, json.dumps(question).encode())
        except EOFError:
            reason = self._last_words(process)
        except (OSError, ValueError, LookupError, TypeError) as error:
            reason = f"it answered what is no answer ({type(error).__name__})"
        finally:
            expired = late.finished.is_set()
            late.cancel()
        self._bury(process)
        raise ChildDied(f"no answer in {self._seconds:g} seconds" if expired else reason)

    @property
    def pid(self) -> int | None:
        """The number of the process that runs, if one does."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def close(self) -> None:
        """End the process; a question under way fails, and so do later ones."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            self._bury(process)

    def _running(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._closed:
                raise ChildDied("the twin is closing")
            if self._process is None:
                self._process = self._start()
            return self._process

    def _start(self) -> "subprocess.Popen[bytes]":
        self._complaints = TemporaryFile()
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env={**os.environ, **ENVIRONMENT},
            # An interrupt at the terminal is the twin's: it ends its own process.
            start_new_session=True,
        )

    def _last_words(self, process: "subprocess.Popen[bytes]") -> str:
        """How a process that hung up has ended, and the last line it complained with."""
        with suppress(subprocess.TimeoutExpired):
            process.wait(HANG_UP_SECONDS)
        reason = f"its process ended with {process.returncode}"
        if self._complaints is None:
            return reason
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, size - LAST_WORDS_BYTES))
        lines = self._complaints.read().decode(errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        return f"{reason}: {last.strip()}" if last else reason

    def _bury(self, process: "subprocess.Popen[bytes]") -> None:
        process.kill()
        process.wait()
        with self._lock:
            if self._process is process:
                self._process = None
            for pipe in (process.stdin, process.stdout, self._complaints):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            self._complaints = None


def exchange(process: "subprocess.Popen[bytes]", question: bytes) -> tuple[Head, bytes]:
    """One question and its answer. Raises `EOFError` when the process hangs up."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(question + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        raise EOFError from None
    line = process.stdout.readline(MAX_HEAD_BYTES)
    if not line.endswith(b"\n"):
        if len(line) < MAX_HEAD_BYTES:
            raise EOFError
        raise ValueError("too long")
    head: Head = json.loads(line)
    size = head.get("rows", 0) * head.get("dimensions", 0) * FLOAT_BYTES
    values = process.stdout.read(size)
    if len(values) < size:
        raise EOFError
    return head, values
