"""What the edge adds to a request before a Worker sees it, and takes away."""

import ipaddress
from collections.abc import Iterable

import orjson

from emulator.wire.call import Scope
from emulator.workers.runtime.config import CF_HEADER, PROTO_HEADER

Pairs = list[tuple[bytes, bytes]]

# Between two hops alone.
HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
# The edge's own to say.
OURS = frozenset((b"cf-ray", b"cf-visitor", b"cf-ipcountry", b"x-real-ip", PROTO_HEADER.encode()))
PREFIX = b"cftwin-"
# What a client may claim, and the edge has the last word on.
CLAIMED = frozenset((b"cf-connecting-ip", b"x-forwarded-for"))
# Of every request, whatever its `Connection` says.
LASTING = frozenset((b"host", b"content-length"))
COUNTRY = b"NL"
# Where every visitor is; the data centre is the twin's setting.
PLACE = {
    "asOrganization": "Cloudflare Twin",
    "asn": 64512,
    "city": "Amsterdam",
    "continent": "EU",
    "country": COUNTRY.decode(),
    "isEUCountry": "1",
    "latitude": "52.37403",
    "longitude": "4.88969",
    "postalCode": "1012",
    "region": "North Holland",
    "regionCode": "NH",
    "timezone": "Europe/Amsterdam",
    "edgeRequestKeepAliveStatus": 1,
    "requestPriority": "",
    "clientTcpRtt": 1,
    "tlsCipher": "AEAD-AES128-GCM-SHA256",
    "tlsVersion": "TLSv1.3",
}


def worker_headers(scope: Scope, ray: str, colo: str) -> Pairs:
    """The headers as the Worker gets them, `request.cf` for the runtime among them.

    A client may say which address it comes from (`CF-Connecting-IP`): on one machine all come
    from the same, and limits for each of them could not be tried.
    """
    hop = HOP | named_by_connection(scope["headers"])
    given = [
        (name, value)
        for name, value in scope["headers"]
        if name not in hop and not is_ours(name) and not is_ours(name.replace(b"_", b"-"))
    ]
    named = dict(given)
    address = client_address(named.get(b"cf-connecting-ip"), scope)
    scheme = b"https" if scope.get("scheme") in ("https", "wss") else b"http"
    forwarded = named.get(b"x-forwarded-for")
    kept = [pair for pair in given if pair[0].replace(b"_", b"-") not in CLAIMED]
    return [
        *kept,
        (b"cf-connecting-ip", address),
        (b"x-real-ip", address),
        (b"x-forwarded-for", forwarded + b", " + address if forwarded else address),
        (b"cf-ray", ray.encode()),
        (b"cf-visitor", b'{"scheme":"' + scheme + b'"}'),
        (b"cf-ipcountry", COUNTRY),
        (PROTO_HEADER.encode(), scheme),
        (CF_HEADER.encode(), cf_of(scope, colo, named)),
    ]


def is_ours(name: bytes) -> bool:
    return name in OURS or name.startswith(PREFIX)


def named_by_connection(headers: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """What the client says is between it and the edge alone (RFC 9110 §7.6.1)."""
    listed = b",".join(value for name, value in headers if name == b"connection").lower()
    return frozenset(name.strip() for name in listed.split(b",")) - LASTING


def client_address(given: bytes | None, scope: Scope) -> bytes:
    if given is not None:
        try:
            return str(ipaddress.ip_address(given.decode("ascii").strip())).encode()
        except ValueError:
            pass
    client = scope.get("client")
    return client[0].encode() if client else b"127.0.0.1"


def cf_of(scope: Scope, colo: str, headers: dict[bytes, bytes]) -> bytes:
    """`request.cf`, as JSON."""
    encodings = headers.get(b"accept-encoding", b"").decode("latin-1")
    protocol = f"HTTP/{scope.get('http_version', '1.1')}"
    return orjson.dumps(
        PLACE | {"colo": colo, "httpProtocol": protocol, "clientAcceptEncoding": encodings}
    )


def client_headers(headers: Iterable[tuple[bytes, bytes]], ray: str) -> Pairs:
    """A Worker's headers as the client gets them."""
    kept = [
        (lower, value)
        for name, value in headers
        if (lower := name.lower()) not in HOP and lower not in (b"server", b"cf-ray", b"date")
    ]
    return [*kept, (b"server", b"cloudflare"), (b"cf-ray", ray.encode())]
