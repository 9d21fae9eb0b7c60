"""The coverage table is true and has no hole."""

import subprocess
import sys

from tests.jobmatch.covering import HERE

COMMAND = (sys.executable, "-m", "tests.jobmatch.coverage", "--check")


def test_every_route_status_and_rule_has_a_test_and_the_page_says_so() -> None:
    """In a process of its own: it collects these very tests."""
    done = subprocess.run(COMMAND, cwd=HERE.parents[1], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr
