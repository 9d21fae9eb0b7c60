"""A project's keys: its ref, the secret of its JWTs, and the two API keys made with it.

All are derived from the account's id and one secret of the twin, so an application's
environment stays good over restarts and resets. Nothing is stored. Made without PyJWT:
that brings `cryptography` along, and the keys are wanted when the twin starts.
"""

import base64
import hmac
from dataclasses import dataclass
from functools import lru_cache

import orjson

from emulator.core.settings import Settings

REF_CHARACTERS = 20
# Fixed, so that the keys are too: 2025-01-01 to 2100-01-01.
ISSUED_AT, EXPIRES_AT = 1_735_689_600, 4_102_444_800


@dataclass(frozen=True, slots=True)
class Keys:
    """What an application is given, and `jwt_secret`, which signs what it is given."""

    ref: str
    jwt_secret: str
    anon: str
    service_role: str


def keys_of(settings: Settings, account_id: str) -> Keys:
    """The keys of the account's project."""
    return derive(settings.supabase_secret, account_id)


@lru_cache(maxsize=256)
def derive(secret: str, account_id: str) -> Keys:
    ref = account_id[:REF_CHARACTERS]
    jwt_secret = hmac.digest(secret.encode(), f"supabase {account_id}".encode(), "sha256").hex()
    anon, service_role = (api_key(ref, role, jwt_secret) for role in ("anon", "service_role"))
    return Keys(ref, jwt_secret, anon, service_role)


def api_key(ref: str, role: str, secret: str) -> str:
    claims = {"iss": "supabase", "ref": ref, "role": role, "iat": ISSUED_AT, "exp": EXPIRES_AT}
    signed = b".".join(
        encoded(orjson.dumps(part)) for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    )
    return b".".join((signed, encoded(hmac.digest(secret.encode(), signed, "sha256")))).decode()


def encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
