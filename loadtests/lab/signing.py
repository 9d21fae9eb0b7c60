"""AWS's signature version 4 for R2's S3 API; the body stays out of it, as S3 allows."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

REGION = "auto"
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Keys:
    id: str
    secret: str = field(repr=False)


def signed(
    keys: Keys, method: str, endpoint: str, path: str, query: Mapping[str, str] | None = None
) -> tuple[str, dict[str, str]]:
    """The URL, and the headers to send with it. `path` is quoted already."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    day = moment[:8]
    asked = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in sorted((query or {}).items())
    )
    headers = {"host": urlsplit(endpoint).netloc, "x-amz-content-sha256": UNSIGNED}
    headers["x-amz-date"] = moment
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = "\n".join((method, path, asked, lines, names, UNSIGNED))
    scope = f"{day}/{REGION}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    signature = mac(key_of(keys, day), text).hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={keys.id}/{scope},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    return f"{endpoint}{path}{'?' if asked else ''}{asked}", headers


def key_of(keys: Keys, day: str) -> bytes:
    key = mac(f"AWS4{keys.secret}".encode(), day)
    for part in (REGION, "s3", "aws4_request"):
        key = mac(key, part)
    return key


def mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
