"""Plain `locust -f loadtests`, which imports every file below the directory."""

import subprocess
import sys

import pytest

from loadtests.lab.driving import CLASSES
from loadtests.lab.settings import ROOT

pytest.importorskip("gevent")


def test_plain_locust_finds_every_side() -> None:
    command = [sys.executable, "-m", "locust", "-f", "loadtests", "--list"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert {*CLASSES.values(), "Searching", "Generating"} <= set(done.stdout.split())
