"""Bodies in aws-chunked form, signed chunk by chunk as AWS describes it.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256

from emulator.r2.s3.sigv4 import Claim, Signed, signing_key

EMPTY = sha256(b"").hexdigest()


def signed_by(
    secret: str, amz_date: str, region: str, signature: str, payload_hash: str = ""
) -> Signed:
    """The request that the chain of signatures begins with."""
    scope = f"{amz_date[:8]}/{region}/s3/aws4_request"
    claim = Claim("id", scope, amz_date, ("host",), signature, payload_hash, None, presigned=False)
    return Signed(claim, signing_key(secret, scope))


class Chain:
    """Makes the signatures, each over the one before."""

    def __init__(self, seed: Signed) -> None:
        self._seed = seed
        self._previous = seed.claim.signature

    def chunk(self, data: bytes) -> str:
        return self._sign("PAYLOAD", f"{EMPTY}\n{sha256(data).hexdigest()}")

    def trailers(self, lines: bytes) -> str:
        return self._sign("TRAILER", sha256(lines).hexdigest())

    def _sign(self, kind: str, rest: str) -> str:
        claim = self._seed.claim
        head = f"AWS4-HMAC-SHA256-{kind}\n{claim.amz_date}\n{claim.scope}\n{self._previous}"
        text = f"{head}\n{rest}"
        self._previous = hmac.new(self._seed.key, text.encode(), sha256).hexdigest()
        return self._previous


def body_of(
    chunks: Iterable[bytes],
    trailers: Mapping[str, str] | None = None,
    *,
    seed: Signed | None = None,
    sign_trailers: bool = False,
) -> bytes:
    """The body on the wire; with a `seed` every chunk is signed."""
    chain = None if seed is None else Chain(seed)
    made = b""
    for data in (*chunks, b""):
        extension = "" if chain is None else f";chunk-signature={chain.chunk(data)}"
        made += f"{len(data):x}{extension}\r\n".encode() + data + (b"\r\n" if data else b"")
    for name, value in (trailers or {}).items():
        made += f"{name}:{value}\r\n".encode()
    if chain is not None and sign_trailers:
        lines = "".join(f"{name}:{value}\n" for name, value in (trailers or {}).items())
        made += f"x-amz-trailer-signature:{chain.trailers(lines.encode())}\r\n".encode()
    return made + b"\r\n"
