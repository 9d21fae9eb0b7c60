"""Signed addresses: a token says which object and for what, until when.

Signed by a secret of their own, which follows from the project's: no such token is anybody's
bearer token, and no bearer token opens an address.
"""

import hmac
from dataclasses import dataclass

from emulator.core.clock import Clock
from emulator.standins.supabase.errors import BadJwt
from emulator.standins.supabase.keys import Keys
from emulator.standins.supabase.models import Json
from emulator.standins.supabase.storage.access import worded
from emulator.standins.supabase.storage.errors import InvalidJwt, InvalidSignature
from emulator.standins.supabase.tokens import AccessTokens

DOWNLOAD, UPLOAD = "download", "upload"
UPLOAD_SECONDS = 7_200


@dataclass(frozen=True, slots=True)
class Signatures:
    """Makes and checks the tokens of one project's addresses."""

    tokens: AccessTokens
    clock: Clock

    def sign(self, scope: str, bucket: str, key: str, seconds: int, **more: object) -> str:
        now = int(self.clock.now())
        claims = {**more, "url": f"{bucket}/{key}", "scope": scope, "iat": now}
        return self.tokens.sign({**claims, "exp": now + seconds})

    def check(self, token: str, scope: str, bucket: str, key: str) -> Json:
        """What a token says that is good now for this. Raises a refusal."""
        try:
            claims = self.tokens.claims(token)
        except BadJwt as error:
            raise InvalidJwt(reason=worded(str(error))) from None
        if claims.get("scope") != scope or claims.get("url") != f"{bucket}/{key}":
            raise InvalidSignature()
        return claims


def signatures(keys: Keys, clock: Clock) -> Signatures:
    secret = hmac.digest(keys.jwt_secret.encode(), b"storage", "sha256").hex()
    return Signatures(AccessTokens(secret, clock), clock)
