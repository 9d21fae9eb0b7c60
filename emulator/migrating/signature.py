"""AWS's signature, version 4, of a request to R2's S3 API whose body is not signed."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

UNSIGNED = "UNSIGNED-PAYLOAD"
REGION = "auto"


@dataclass(frozen=True, slots=True)
class Keys:
    access_key_id: str
    secret_access_key: str


def keys_of(token_id: str, token: str) -> Keys:
    """R2's keys of an API token, by Cloudflare's rule."""
    return Keys(token_id, sha256(token.encode()).hexdigest())


def signed(
    keys: Keys, method: str, host: str, path: str, headers: Mapping[str, str], now: float
) -> dict[str, str]:
    """The headers with their signature. `path` is quoted, and has no query."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    day = moment[:8]
    own = {"host": host, "x-amz-content-sha256": UNSIGNED, "x-amz-date": moment}
    meta = {name: text for name, text in headers.items() if name.startswith("x-amz-meta-")}
    covered = dict(sorted((own | meta).items()))
    names = ";".join(covered)
    lines = "".join(f"{name}:{' '.join(text.split())}\n" for name, text in covered.items())
    canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{UNSIGNED}"
    scope = f"{day}/{REGION}/s3/aws4_request"
    digest = sha256(canonical.encode()).hexdigest()
    key = f"AWS4{keys.secret_access_key}".encode()
    for part in (day, REGION, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    proof = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{keys.access_key_id}/{scope}"
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={proof}"
    )
    return {**headers, **own, "authorization": authorization}
