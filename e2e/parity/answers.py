"""One answer as the record keeps it: without what differs from run to run."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from e2e.exchanges import Exchange
from e2e.parity.freedom import masked
from e2e.parity.masks import Json, Masker

SECURITY = (
    "content-security-policy",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "origin-agent-cluster",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-powered-by",
    "x-xss-protection",
)
COMPARED = (
    *SECURITY,
    "cache-control",
    "content-disposition",
    "content-type",
    "location",
    "vary",
    "x-ratelimit-limit",
)
# Their values say when it was.
PRESENT = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset")
# Lists in which neither order nor case says anything.
LISTS = (
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "vary",
)
MAGIC: Mapping[bytes, str] = {
    b"%PDF-": "pdf",
    b"PK\x03\x04": "zip",
    b"\x89PNG\r\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"RIFF": "riff",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind` of its body: json, empty, text, a binary format by its magic, or unknown.
    `body` is the JSON, None for all else.
    """

    route: str
    person: str
    status: int
    headers: Mapping[str, str]
    kind: str
    body: Json = None


def answer_of(exchange: Exchange, masker: Masker) -> Answer:
    route = exchange.route or f"{exchange.method} {masker.text(exchange.path)}"
    kind, body = body_of(exchange)
    if kind == "json":
        body = masked(body, route, exchange.status, masker)
    headers = headers_of(exchange.headers, masker)
    return Answer(route, exchange.person, exchange.status, headers, kind, body)


def headers_of(headers: Mapping[str, str], masker: Masker) -> dict[str, str]:
    """Those that count, by their names in lower case."""
    return dict(sorted(counted({name.lower(): headers[name] for name in headers}, masker)))


def counted(headers: Mapping[str, str], masker: Masker) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if name in PRESENT:
            yield name, "<present>"
        elif name in LISTS:
            yield name, ", ".join(sorted({one.strip().lower() for one in value.split(",")}))
        elif name == "content-type":
            yield name, ";".join(part.strip().lower() for part in value.split(";"))
        elif name in COMPARED or name.startswith("access-control-"):
            yield name, masker.text(value)


def body_of(exchange: Exchange) -> tuple[str, Json]:
    """The kind of a body, and what it says when it is JSON."""
    if not exchange.body:
        return "empty", None
    media_type = exchange.headers.get("content-type", "").partition(";")[0].lower()
    if media_type.endswith("json"):
        try:
            return "json", json.loads(exchange.body)
        except ValueError:
            return "broken json", None
    if media_type.startswith("text/"):
        return "text", None
    return next((MAGIC[start] for start in MAGIC if exchange.body.startswith(start)), "other"), None
