"""Access tokens: JWTs by the project's secret (HS256) or by its key pair (ES256).

Tokens by the secret are always good: the API keys are such, and applications make their own.
The clock of the twin decides whether one has expired, never the machine's.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from emulator.core.clock import Clock
from emulator.standins.supabase.errors import BadJwt
from emulator.standins.supabase.models import Json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from jwt.types import Options

HS256, ES256 = "HS256", "ES256"
TOKEN_SECONDS = 3_600
# Only the signature is its business: the clock is ours, and the rest nobody checks.
UNCHECKED: "Options" = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
MALFORMED = "token is malformed: token contains an invalid number of segments"
UNSIGNED = "token signature is invalid: signature is invalid"
UNVERIFIABLE = (
    "token is unverifiable: error while executing keyfunc:"
    " unrecognized JWT kid {kid} for algorithm {algorithm}"
)
EXPIRED = "token has invalid claims: token is expired"
TOO_EARLY = "token has invalid claims: token is not valid yet"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An elliptic key that follows from the project's secret, so it outlives a reset."""

    id: str
    private: "EllipticCurvePrivateKey"
    public: Json


class AccessTokens:
    """Makes and checks the tokens of one project: HS256, or ES256 if `asymmetric`."""

    def __init__(self, secret: str, clock: Clock, *, asymmetric: bool = False) -> None:
        self._secret = secret
        self._clock = clock
        self._pair = key_pair(secret) if asymmetric else None

    def public_keys(self) -> list[Json]:
        """The keys of `jwks.json`; tokens by the secret have none there."""
        return [self._pair.public] if self._pair else []

    def sign(self, claims: Mapping[str, Any]) -> str:
        if self._pair is None:
            return jwt.encode(dict(claims), self._secret, HS256)
        return jwt.encode(dict(claims), self._pair.private, ES256, {"kid": self._pair.id})

    def claims(self, token: str) -> Json:
        """What a token says that is ours and in time. Raises `BadJwt` as Auth words it."""
        key, algorithm = self._key_of(token)
        try:
            claims: Json = jwt.decode(token, key, [algorithm], options=UNCHECKED)
        except jwt.InvalidSignatureError:
            raise BadJwt(reason=UNSIGNED) from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise BadJwt(reason=MALFORMED) from None
        self._check_time(claims)
        return claims

    def _key_of(self, token: str) -> tuple[Any, str]:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise BadJwt(reason=MALFORMED) from None
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm == HS256:
            return self._secret, HS256
        if self._pair is not None and (algorithm, kid) == (ES256, self._pair.id):
            return self._pair.private.public_key(), ES256
        named = {"kid": "<nil>" if kid is None else kid, "algorithm": algorithm}
        raise BadJwt(reason=UNVERIFIABLE.format(**named))

    def _check_time(self, claims: Json) -> None:
        now = self._clock.now()
        self._require(claims, "exp", lambda expires_at: now < expires_at, EXPIRED)
        self._require(claims, "nbf", lambda valid_from: now >= valid_from, TOO_EARLY)

    def _require(
        self, claims: Json, name: str, holds: Callable[[float], bool], otherwise: str
    ) -> None:
        value = claims.get(name)
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadJwt(reason=f"token is malformed: could not parse claims: {name} is invalid")
        if not holds(value):
            raise BadJwt(reason=otherwise)


def key_pair(secret: str) -> KeyPair:
    """The P-256 key of a secret."""
    # With the first project that wants one: a large library.
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
    from jwt.algorithms import ECAlgorithm

    # Below the curve's order, whose first half is nearly all ones; the bias matters to nobody.
    number = int.from_bytes(hashlib.sha512(secret.encode()).digest()) % (2**255) + 1
    private = derive_private_key(number, SECP256R1())
    key_id = hashlib.sha256(f"kid {secret}".encode()).hexdigest()[:32]
    key_id = "-".join((key_id[:8], key_id[8:12], key_id[12:16], key_id[16:20], key_id[20:]))
    shown = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    public = {
        **shown,
        "kid": key_id,
        "alg": ES256,
        "use": "sig",
        "key_ops": ["verify"],
        "ext": True,
    }
    return KeyPair(key_id, private, public)
