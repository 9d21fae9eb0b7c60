"""The checkout of ceph/s3-tests: its requirements in an environment of its own, and a run.

The checkout is read only: caches and bytecode are kept out of it.
"""

import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from subprocess import CalledProcessError, check_call
from subprocess import run as run_process

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "s3-tests"
# A test that hangs is a failed test; the longest one moves 50 MiB.
TEST_SECONDS = 300
OURS = ("pytest-xdist>=3.6", "pytest-timeout>=2.3")
TESTS_FAILED = 1  # pytest's own exit code; above it the run itself went wrong


class SuiteFailed(Exception):
    """The suite could not be installed or did not run to its end."""


@dataclass(frozen=True, slots=True)
class Suite:
    directory: Path
    workers: int
    only: str | None
    left_out: Collection[str]

    @property
    def requirements(self) -> Path:
        return self.directory / "requirements.txt"

    @property
    def modules(self) -> list[str]:
        found = sorted((self.directory / "s3tests" / "functional").glob("test_*.py"))
        return [str(path) for path in found if path.name not in self.left_out]


def install(suite: Suite) -> Path:
    """The Python that has what the suite requires; built again when that changes."""
    venv = BUILD / "venv"
    python = venv / "bin" / "python"
    stamp = venv / ".installed"
    if not suite.requirements.exists():
        raise SuiteFailed(f"{suite.directory} is not a checkout of ceph/s3-tests")
    wanted = sha256(suite.requirements.read_bytes() + " ".join(OURS).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print("installing what the suite requires", flush=True)
    try:
        check_call([sys.executable, "-m", "venv", "--clear", str(venv)])
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        check_call([*pip, "--requirement", str(suite.requirements), *OURS])
    except CalledProcessError as failure:
        raise SuiteFailed(f"could not install what the suite requires: {failure}") from None
    stamp.write_text(wanted)
    return python


def run(suite: Suite, python: Path) -> Path:
    """Run it, its progress on our output; the JUnit file with what came out."""
    results = BUILD / "junit.xml"
    results.unlink(missing_ok=True)
    done = run_process(
        [str(python), "-m", "pytest", *options(suite, results), *suite.modules],
        cwd=suite.directory,
        env={**os.environ, **environment()},
    )
    if done.returncode > TESTS_FAILED or not results.exists():
        raise SuiteFailed(f"the suite's pytest ended with {done.returncode}")
    return results


def options(suite: Suite, results: Path) -> list[str]:
    return [
        "--quiet",
        "--tb=no",
        "-rN",
        f"--numprocesses={suite.workers}",
        f"--timeout={TEST_SECONDS}",
        f"--junitxml={results}",
        *("-p", "no:cacheprovider", "-p", "no:warnings"),
        *("-p", "tests.s3_conformance.in_suite"),
        *(("-k", suite.only) if suite.only else ()),
    ]


def environment() -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "S3_CONFORMANCE_DIR": str(BUILD),
        "NO_PROXY": "127.0.0.1",
        # Nothing of this machine's AWS configuration may reach the suite's clients.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
