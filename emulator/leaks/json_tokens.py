"""JSON web tokens, read and made without a key."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import digest
from typing import Any

Json = dict[str, Any]


def claims_of(token: str) -> Json:
    try:
        claims = json.loads(decoded(token.split(".")[1]))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def unsigned(token: str) -> str:
    """With the algorithm `none`, and no signature."""
    return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{payload_of(token)}."


def signed_with(token: str, key: bytes) -> str:
    head = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{payload_of(token)}"
    signature = digest(key, head.encode(), sha256)
    return f"{head}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def tampered(token: str, changes: Mapping[str, Any]) -> str:
    """Other claims below the same signature."""
    parts = (token.split(".") + ["", "", ""])[:3]
    return f"{parts[0]}.{encoded({**claims_of(token), **changes})}.{parts[2]}"


def swapped(token: str, other: str) -> str:
    """The claims of one below the signature of the other."""
    return f"{token.rpartition('.')[0]}.{other.rpartition('.')[2]}"


def payload_of(token: str) -> str:
    return (token.split(".") + ["", ""])[1]


def encoded(value: Json) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
