"""An object's metadata as R2 keeps it: words by name, in headers."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def words(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Storage's JSON as R2's words. Names are in lower case: S3's headers make them so.

    Raises `ValueError` for a name that no header can have.
    """
    made: dict[str, str] = {}
    for name, value in metadata.items():
        lower = name.lower()
        if TOKEN.fullmatch(lower) is None or lower in made:
            raise ValueError(f"R2 has no metadata of the name {name!r}")
        made[lower] = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return made


def header(text: str) -> str:
    """A word for a header; what is not plain ASCII as RFC 2047 writes it."""
    if not text or (PLAIN.fullmatch(text) and "=?" not in text and "  " not in text):
        return text
    return f"=?utf-8?B?{b64encode(text.encode()).decode()}?="
