"""Uploads as forms: the metadata and a part for each module."""

import json
from typing import Any

ES_MODULE = "application/javascript+module"
HELLO = 'export default { fetch: () => new Response("hello") };'
Form = list[tuple[str, tuple[str | None, bytes, str]]]


def form(
    *files: tuple[str, str, bytes], main: str | None = "worker.js", **metadata: Any
) -> dict[str, Any]:
    """Keywords for httpx: files are (name, content type, bytes); one worker.js if there is none."""
    if main is not None:
        metadata["main_module"] = main
    return raw_form(json.dumps(metadata).encode(), *(files or (hello(),)))


def raw_form(metadata: bytes, *files: tuple[str, str, bytes]) -> dict[str, Any]:
    parts: Form = [("metadata", (None, metadata, "application/json"))]
    parts += [(name, (name, data, content_type)) for name, content_type, data in files]
    return {"files": parts}


def hello(name: str = "worker.js", code: str = HELLO) -> tuple[str, str, bytes]:
    return name, ES_MODULE, code.encode()
