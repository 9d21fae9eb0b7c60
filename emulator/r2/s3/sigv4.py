"""AWS Signature Version 4, verified as R2 verifies it: by header, or by query for presigned URLs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html —
the path is signed as it was sent. The order of checks and the texts are those that a real
bucket was seen to answer with (`cloudflare-behaviour` §5.5).
"""

import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from emulator.r2.errors import (
    ExpiredRequest,
    InvalidArgument,
    InvalidRegion,
    InvalidRequest,
    RequestTimeTooSkewed,
    SignatureDoesNotMatch,
    Unauthorized,
)
from emulator.r2.limits import MAX_PRESIGNED_SECONDS, MAX_SKEW_SECONDS
from emulator.r2.s3.request import S3Request

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
AMZ_DATE = re.compile(r"\d{8}T\d{6}Z")
BLANKS = re.compile(r"[ \t]+")
FIELD = re.compile(r"\s*(\w+)=([^,]*?)\s*(?:,|$)")
REGIONS = frozenset({"auto", "us-east-1", "", "wnam", "enam", "weur", "eeur", "apac", "oc"})
PRESIGNED = (
    "X-Amz-Algorithm",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)

# From an access key id and a session token to the secret; None for keys nobody issued.
Secrets = Callable[[str, str | None], str | None]


class Claim(NamedTuple):
    """What a request says of who signed it, when and how."""

    key_id: str
    scope: str
    amz_date: str
    signed_headers: tuple[str, ...]
    signature: str
    payload_hash: str
    session_token: str | None
    presigned: bool


class Signed(NamedTuple):
    """A claim that holds. `key` signs what may follow in the body."""

    claim: Claim
    key: bytes


class Verifier:
    """Checks requests at a given moment against secrets it is handed."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._key = lru_cache(maxsize=1_024)(signing_key)

    def verify(self, request: S3Request, now: float) -> Signed:
        """Who signed the request. Raises the refusal that R2 would answer with."""
        claim = claim_of(request, now)
        secret = self._secrets(claim.key_id, claim.session_token)
        if secret is None:
            raise Unauthorized()
        region = claim.scope.split("/")[1]
        if region not in REGIONS:
            raise InvalidRegion(region=region)
        key = self._key(secret, claim.scope)
        canonical = canonical_request(request, claim)
        to_sign = string_to_sign(claim, canonical)
        expected = hmac.digest(key, to_sign.encode(), "sha256").hex()
        if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
            raise Mismatch(to_sign, canonical, claim.signature)
        return Signed(claim, key)


class Mismatch(SignatureDoesNotMatch):
    """With what was signed here, for whoever looks for the difference."""

    def __init__(self, to_sign: str, canonical: str, provided: str) -> None:
        super().__init__()
        self.details = (
            ("StringToSign", to_sign),
            ("StringToSignBytes", to_sign.encode().hex(" ")),
            ("CanonicalRequest", canonical),
            ("CanonicalRequestBytes", canonical.encode("latin-1").hex(" ")),
            ("SignatureProvided", provided),
        )


def is_authenticated(request: S3Request) -> bool:
    """Whether the request claims anything at all."""
    return "authorization" in request.headers or "X-Amz-Credential" in request.params


def claim_of(request: S3Request, now: float) -> Claim:
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return header_claim(request, authorization, now)
    if "X-Amz-Credential" in request.params:
        return query_claim(request, now)
    raise InvalidArgument(reason="Authorization")


def header_claim(request: S3Request, authorization: str, now: float) -> Claim:
    headers = request.headers
    payload_hash = headers.get("x-amz-content-sha256")
    if payload_hash is None:
        raise InvalidRequest(reason="Missing x-amz-content-sha256")
    source = "x-amz-date" if "x-amz-date" in headers else "date"
    if source not in headers:
        raise InvalidArgument(reason="No date provided in x-amz-date nor date header")
    amz_date = headers[source]
    if abs(now - moment_of(amz_date, f"'{source}' header")) > MAX_SKEW_SECONDS:
        raise RequestTimeTooSkewed()
    scheme, _, rest = authorization.partition(" ")
    fields = dict(FIELD.findall(rest))
    if scheme != ALGORITHM or not {"Credential", "SignedHeaders", "Signature"} <= set(fields):
        raise InvalidRequest(reason=f"Please use {ALGORITHM}")
    key_id, scope = credential_of(fields["Credential"], amz_date)
    return Claim(
        key_id,
        scope,
        amz_date,
        signed_headers(fields["SignedHeaders"]),
        fields["Signature"],
        payload_hash,
        headers.get("x-amz-security-token"),
        presigned=False,
    )


def query_claim(request: S3Request, now: float) -> Claim:
    params = request.params
    missing = [name for name in PRESIGNED if name not in params]
    if missing:
        plural = "s" if len(missing) > 1 else ""
        named = ",  ".join(missing)
        raise InvalidArgument(reason=f"Required search parameter{plural} {named} missing")
    if params["X-Amz-Algorithm"] != ALGORITHM:
        raise InvalidRequest(reason=f"Please use {ALGORITHM}")
    amz_date = params["X-Amz-Date"]
    signed_at = moment_of(amz_date, "X-Amz-Date")
    key_id, scope = credential_of(params["X-Amz-Credential"], amz_date)
    check_expiry(params["X-Amz-Expires"], signed_at, now)
    return Claim(
        key_id,
        scope,
        amz_date,
        signed_headers(params["X-Amz-SignedHeaders"]),
        params["X-Amz-Signature"],
        UNSIGNED,
        params.get("X-Amz-Security-Token"),
        presigned=True,
    )


def check_expiry(text: str, signed_at: float, now: float) -> None:
    try:
        seconds = float(text)
    except ValueError:
        raise InvalidArgument(reason="X-Amz-Expires should be a number") from None
    if seconds > MAX_PRESIGNED_SECONDS:
        raise InvalidArgument(
            reason="X-Amz-Expires must be less than a week (in seconds); that is, the given"
            f" X-Amz-Expires must be less than {MAX_PRESIGNED_SECONDS} seconds"
        )
    if not seconds >= 1 or now > signed_at + seconds:
        raise ExpiredRequest()
    # A URL signed for a later day would outlive its week.
    if signed_at - now > MAX_SKEW_SECONDS:
        raise RequestTimeTooSkewed()


@lru_cache(maxsize=1_024)
def moment_of(text: str, source: str) -> float:
    try:
        if not AMZ_DATE.fullmatch(text):
            raise ValueError(text)
        places = (text[:4], text[4:6], text[6:8], text[9:11], text[11:13], text[13:15])
        year, month, day, hour, minute, second = map(int, places)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        reason = f"Date provided in {source} ({text}) didn't parse successfully"
        raise InvalidArgument(reason=reason) from None


@lru_cache(maxsize=1_024)
def credential_of(text: str, amz_date: str) -> tuple[str, str]:
    """The access key id and the scope: date, region, service, terminator."""
    parts = text.split("/")
    if len(parts) < 5:
        raise InvalidArgument(
            reason="Credential sigv4 header should have at least 5 slash-separated parts,"
            f" not {len(parts)}"
        )
    date, _, service, terminator = parts[-4:]
    if service != "s3":
        raise InvalidArgument(reason=f"Credential service should be s3, not {service}")
    if terminator != "aws4_request":
        reason = f"Credential termination string should be aws4_request, not {terminator}"
        raise InvalidArgument(reason=reason)
    if not amz_date.startswith(date):
        raise InvalidArgument(
            reason=f"Credential signed date {date} does not match {amz_date[:8]}"
            " from 'x-amz-date' header"
        )
    return "/".join(parts[:-4]), "/".join(parts[-4:])


@lru_cache(maxsize=1_024)
def signed_headers(text: str) -> tuple[str, ...]:
    names = tuple(text.lower().split(";"))
    if "host" not in names or not text.isascii():
        raise Unauthorized()
    return names


def signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def canonical_request(request: S3Request, claim: Claim) -> str:
    headers = request.headers
    values = "".join(f"{name}:{squeezed(headers.get(name, ''))}\n" for name in claim.signed_headers)
    query = request.query.canonical(presigned=claim.presigned)
    path = request.raw_path.decode("latin-1")
    names = ";".join(claim.signed_headers)
    return f"{request.method}\n{path}\n{query}\n{values}\n{names}\n{claim.payload_hash}"


def squeezed(value: str) -> str:
    # HTTP's white space alone: within UTF-8 there are bytes that Python takes for some, too.
    trimmed = value.strip(" \t")
    return BLANKS.sub(" ", trimmed) if "  " in trimmed or "\t" in trimmed else trimmed


def string_to_sign(claim: Claim, canonical: str) -> str:
    # Header values were decoded byte by byte, and all else is ASCII.
    digest = sha256(canonical.encode("latin-1")).hexdigest()
    return f"{ALGORITHM}\n{claim.amz_date}\n{claim.scope}\n{digest}"
