"""The tokens of an asset upload: real JWTs, signed with a secret of the account's own.

The upload token opens a session's uploads to whoever holds it; the completion token says that
all of its files are here. PyJWT brings a library of ciphers along and is loaded when first used.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jwt.types import Options

ALGORITHM = "HS256"


class Purpose(StrEnum):
    UPLOAD = "upload"
    COMPLETE = "complete"


class TokenInvalid(Exception):
    """It was not signed here, or not for this; the text says which."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. `expires_at` is in epoch seconds."""

    purpose: Purpose
    manifest: str
    script: str
    expires_at: float


def issue(claims: Claims, secret: str) -> str:
    import jwt

    payload = {
        "purpose": claims.purpose.value,
        "manifest": claims.manifest,
        "script": claims.script,
        "exp": int(claims.expires_at),
    }
    return jwt.encode(payload, secret, algorithm=ALGORITHM)


def read(token: str, purpose: Purpose, secret: str, now: float) -> Claims:
    """The claims of a token for that purpose. Raises `TokenInvalid`."""
    import jwt

    # Time is the twin's.
    checks: Options = {"verify_exp": False}
    try:
        payload = jwt.decode(token, secret, algorithms=[ALGORITHM], options=checks)
        claims = Claims(
            Purpose(payload["purpose"]),
            str(payload["manifest"]),
            str(payload["script"]),
            float(payload["exp"]),
        )
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
        raise TokenInvalid("it was not issued here") from None
    if claims.purpose is not purpose:
        raise TokenInvalid(f"it is an {claims.purpose} token")
    if now >= claims.expires_at:
        raise TokenInvalid("it has expired")
    return claims
