"""What was measured: this project's commit, and the versions of everything that took part."""

import json
import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import run

from loadtests.bench.process import ROOT

PYTHON_PACKAGES = ("apsw", "cloudflare-twin", "faiss-cpu", "moto", "uvicorn", "uvloop")
NODE_PACKAGES = ("miniflare", "workerd", "wrangler")


def commit() -> str:
    """Its short name, with a `+` where files have changed since; empty outside a checkout."""
    found = git("rev-parse", "--short", "HEAD")
    return found and found + ("+" if git("status", "--porcelain", "-uno") else "")


def git(*arguments: str) -> str:
    try:
        finished = run(("git", *arguments), cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return finished.stdout.strip() if finished.returncode == 0 else ""


def versions(modules: Path | None = None) -> dict[str, str]:
    """By name. `modules` is the `node_modules` of the peers."""
    modules = modules or Path(os.environ.get("TWIN_NODE_MODULES", "node_modules"))
    return {
        "python": platform.python_version(),
        **dict(python_packages()),
        **dict(node_packages(modules)),
    }


def python_packages() -> Iterator[tuple[str, str]]:
    for name in PYTHON_PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def node_packages(modules: Path) -> Iterator[tuple[str, str]]:
    for name in NODE_PACKAGES:
        package = modules / name / "package.json"
        if package.is_file():
            yield name, json.loads(package.read_text())["version"]
