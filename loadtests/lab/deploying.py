"""The lab's Worker, put on an account by Cloudflare's API as wrangler does."""

import json
from pathlib import Path
from typing import Any

import httpx

from loadtests.lab.settings import ROOT, Settings

WORKER = ROOT / "loadtests" / "worker"
NAME = "load-lab"
PYTHON = "text/x-python"
PATIENCE = 60.0


def deploy(settings: Settings) -> None:
    """Raises `httpx.HTTPStatusError`."""
    headers = {"authorization": f"Bearer {settings.api_token}"}
    url = f"{settings.account}/workers/scripts/{NAME}"
    with httpx.Client(headers=headers, timeout=PATIENCE, trust_env=False) as client:
        client.put(url, files=parts(settings)).raise_for_status()
        on = {"enabled": True, "previews_enabled": False}
        client.post(f"{url}/subdomain", json=on).raise_for_status()


def parts(settings: Settings) -> list[tuple[str, tuple[str | None, bytes, str]]]:
    metadata = {
        "main_module": "_entry.py",
        "compatibility_date": "2024-12-01",
        "compatibility_flags": ["python_workers"],
        "bindings": bindings(settings),
    }
    modules: list[tuple[str, tuple[str | None, bytes, str]]] = [
        (path.name, (path.name, path.read_bytes(), PYTHON)) for path in sources()
    ]
    return [("metadata", (None, json.dumps(metadata).encode(), "application/json")), *modules]


def sources() -> list[Path]:
    return sorted(WORKER.glob("*.py"))


def bindings(settings: Settings) -> list[dict[str, Any]]:
    return [
        {"type": "d1", "name": "DB", "id": settings.database},
        {"type": "vectorize", "name": "VECTORIZE", "index_name": settings.index},
        {"type": "secret_text", "name": "LOAD_SECRET", "text": settings.worker_secret},
    ]
