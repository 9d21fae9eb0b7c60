"""Temporary credentials: a token that its parent key has signed, and what it lets through.

https://developers.cloudflare.com/r2/api/s3/temporary-credentials/ — anybody who has the parent's
secret may make them, so the twin keeps none: what the signed text says is all there is. PyJWT
brings a library of ciphers along and is loaded when first needed.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from emulator.r2.errors import ExpiredRequest, InvalidArgument, Unauthorized

if TYPE_CHECKING:
    from jwt.types import Options

ALGORITHM = "HS256"
PREFIX = "jwt/"
READ_ONLY, READ_WRITE = "object-read-only", "object-read-write"
ADMIN_READ_ONLY, ADMIN_READ_WRITE = "admin-read-only", "admin-read-write"
SCOPES = (READ_ONLY, READ_WRITE, ADMIN_READ_ONLY, ADMIN_READ_WRITE)
# What the list of actions calls an operation that S3 calls otherwise.
ACTION_NAMES = {"ListObjects": "ListObjectsV1"}


@dataclass(frozen=True, slots=True)
class TemporaryCredentials:
    """The three values an S3 client takes."""

    access_key_id: str
    secret_access_key: str
    session_token: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What the holder of temporary credentials may do, in one bucket."""

    secret_access_key: str
    bucket: str
    scope: str | None
    actions: frozenset[str] | None
    prefixes: Sequence[str]
    objects: Sequence[str]

    def allows(self, operation: str, *, is_write: bool, is_admin: bool) -> bool:
        """Whether the operation, by S3's name, is among those permitted."""
        if self.actions is not None:
            return ACTION_NAMES.get(operation, operation) in self.actions
        if is_admin and self.scope not in (ADMIN_READ_ONLY, ADMIN_READ_WRITE):
            return False
        return not is_write or self.scope in (READ_WRITE, ADMIN_READ_WRITE)

    def reaches(self, key: str) -> bool:
        """Whether the key is among those permitted."""
        if not self.prefixes and not self.objects:
            return True
        return key in self.objects or any(key.startswith(prefix) for prefix in self.prefixes)

    def reaches_prefix(self, prefix: str) -> bool:
        """Whether everything below the prefix is among the keys permitted."""
        if not self.prefixes and not self.objects:
            return True
        return any(prefix.startswith(one) for one in self.prefixes)


def issue(claims: dict[str, Any], parent_id: str, parent_secret: str) -> TemporaryCredentials:
    """Credentials with these claims (bucket, scope, paths, exp, …), signed by their parent."""
    import jwt

    signed = jwt.encode({**claims, "iss": parent_id}, parent_secret, algorithm=ALGORITHM)
    token = b64encode(f"{PREFIX}{signed}".encode()).decode()
    return TemporaryCredentials(parent_id, sha256(signed.encode()).hexdigest(), token)


def read(session_token: str, parent_id: str, parent_secret: str, now: float) -> Grant:
    """What the token grants. Raises `Unauthorized`, and `ExpiredRequest` when its time is over."""
    import jwt

    signed = signed_text(session_token)
    # Time is the twin's, and the audience is whatever host the client knew the twin by.
    checks: Options = {
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": False,
    }
    try:
        claims = jwt.decode(
            signed, parent_secret, algorithms=[ALGORITHM], issuer=parent_id, options=checks
        )
        expires_at = float(claims["exp"])
        paths = claims.get("paths") or {}
        actions = claims.get("actions")
        grant = Grant(
            sha256(signed.encode()).hexdigest(),
            str(claims["bucket"]),
            claims.get("scope"),
            None if actions is None else frozenset(actions),
            tuple(map(str, paths.get("prefixPaths") or ())),
            tuple(map(str, paths.get("objectPaths") or ())),
        )
    except (
        jwt.InvalidTokenError,
        AttributeError,
        KeyError,
        OverflowError,
        TypeError,
        ValueError,
    ):
        raise Unauthorized() from None
    if grant.scope not in SCOPES and grant.actions is None:
        raise Unauthorized()
    if now >= expires_at:
        raise ExpiredRequest()
    return grant


def signed_text(session_token: str) -> str:
    """The JWT within. Raises `InvalidArgument` for what is no session token."""
    try:
        text = b64decode(session_token, validate=True).decode("ascii")
    except (Base64Error, ValueError):
        text = ""
    if not text.startswith(PREFIX):
        raise InvalidArgument(reason="X-Amz-Security-Token")
    return text.removeprefix(PREFIX)
