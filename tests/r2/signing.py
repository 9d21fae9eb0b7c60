"""Requests signed by botocore, at the moment that a clock shows."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator import Twin
from emulator.app import create_s3
from emulator.core.clock import Clock

HOST = "127.0.0.1:8789"
PAYLOAD_HASH = "X-Amz-Content-SHA256"


@dataclass(frozen=True, slots=True)
class Keys:
    """What an S3 client is configured with."""

    access_key_id: str
    secret: str
    session_token: str | None = None

    def for_botocore(self) -> Any:
        return Credentials(self.access_key_id, self.secret, self.session_token)


def keys_of(twin: Twin, token: str) -> Keys:
    credential = twin.directory.by_authorization(b"Bearer " + token.encode())
    assert credential is not None
    return Keys(credential.id, sha256(token.encode()).hexdigest())


def timestamp(clock: Clock) -> str:
    return f"{datetime.fromtimestamp(clock.now(), UTC):%Y%m%dT%H%M%SZ}"


def add_auth(auth: Any, request: Any, clock: Clock, payload_hash: str | None) -> None:
    """botocore's own `add_auth`, which would ask the operating system for the time."""
    request.context["timestamp"] = timestamp(clock)
    auth._modify_request_before_signing(request)
    if payload_hash is not None:
        del request.headers[PAYLOAD_HASH]
        request.headers[PAYLOAD_HASH] = payload_hash
    to_sign = auth.string_to_sign(request, auth.canonical_request(request))
    auth._inject_signature_to_request(request, auth.signature(to_sign, request))


def signed(
    keys: Keys,
    clock: Clock,
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    region: str = "auto",
    payload_hash: str | None = None,
) -> dict[str, str]:
    """The request's headers, those of the signature among them; names in lower case."""
    request = AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body)
    add_auth(S3SigV4Auth(keys.for_botocore(), "s3", region), request, clock, payload_hash)
    return {name.lower(): value for name, value in request.headers.items()}


def presigned(
    keys: Keys,
    clock: Clock,
    method: str,
    url: str,
    seconds: object = 3600,
    headers: Mapping[str, str] | None = None,
    *,
    region: str = "auto",
) -> str:
    """The URL with its signature."""
    request = AWSRequest(method=method, url=url, headers=dict(headers or {}))
    auth = S3SigV4QueryAuth(keys.for_botocore(), "s3", region, expires=seconds)
    add_auth(auth, request, clock, None)
    return str(request.url)


class Signature(httpx.Auth):
    """Signs what httpx sends; a payload hash that is among the headers stays."""

    requires_request_body = True

    def __init__(self, keys: Keys, clock: Clock, region: str = "auto") -> None:
        self._keys = keys
        self._clock = clock
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        target = request.url.raw_path.decode("latin-1")
        url = f"http://{request.headers['host']}{target}"
        headers = signed(
            self._keys,
            self._clock,
            request.method,
            url,
            request.headers,
            request.content,
            region=self._region,
            payload_hash=request.headers.get(PAYLOAD_HASH),
        )
        # The others are as they were, in bytes that httpx would encode anew.
        request.headers.update({name: text for name, text in headers.items() if text.isascii()})
        yield request


def s3_client(twin: Twin, keys: Keys | None) -> httpx.AsyncClient:
    """A client of the S3 door within this process; without keys it signs nothing."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_s3(twin)),
        base_url=f"http://{HOST}",
        auth=None if keys is None else Signature(keys, twin.clock),
    )
