"""Where workerd is: `$WORKERD`, the PATH, or what npm has installed with wrangler."""

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from emulator.workers.runtime.failures import RuntimeAbsent

# As npm names its packages.
SYSTEMS: Mapping[str, str] = {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"}
MACHINES: Mapping[str, str] = {"x86_64": "64", "AMD64": "64", "aarch64": "arm64", "arm64": "arm64"}


def find(start: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """The binary, for a project in the directory `start`. Raises `RuntimeAbsent`."""
    for candidate in candidates(start, environment):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    raise RuntimeAbsent()


def candidates(start: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    if (named := environment.get("WORKERD")) is not None:
        yield Path(named)
        return
    package = f"workerd-{SYSTEMS.get(platform.system())}-{MACHINES.get(platform.machine())}"
    installed = Path("node_modules", "@cloudflare", package, "bin", "workerd")
    for directory in (start, *start.parents):
        yield directory / installed
    if (on_path := shutil.which("workerd", path=environment.get("PATH"))) is not None:
        yield Path(on_path)
