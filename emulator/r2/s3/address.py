"""Which account, bucket and key a request means: by host name and path, or by path alone.

Cloudflare's endpoints are `<account>.r2.cloudflarestorage.com`, `<account>.eu.…` for a
jurisdiction, and a bucket may stand in front of either. Here `r2.localhost` may take the
place of Cloudflare's domain, the account may be left out, and any other host, an address
or a container's name, is an endpoint for paths.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from emulator.r2.errors import InvalidObjectName
from emulator.r2.models import DEFAULT_JURISDICTION, JURISDICTIONS

DOMAINS = (".r2.cloudflarestorage.com", ".r2.localhost", ".localhost")
PUBLIC_HOST = re.compile(r"pub-([0-9a-f]{32})\.r2\.(?:dev|localhost)")
ACCOUNT = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Host:
    """What the host name says; None: nothing."""

    account_id: str | None = None
    jurisdiction: str | None = None
    bucket: str | None = None
    public_id: str | None = None


class Address(NamedTuple):
    """What a request is about. `bucket` is None for the account itself, `key` for a bucket."""

    account_id: str | None
    jurisdiction: str
    bucket: str | None
    key: str | None


@lru_cache(maxsize=1_024)
def host_of(header: str) -> Host:
    """The parts of a host name, its port aside."""
    name = re.sub(r":\d+$", "", header.lower())
    if (public := PUBLIC_HOST.fullmatch(name)) is not None:
        return Host(public_id=public[1])
    for domain in DOMAINS:
        if name.endswith(domain):
            return from_labels(name.removesuffix(domain).split("."))
    return Host()


def from_labels(labels: list[str]) -> Host:
    """From `[bucket.][account.][jurisdiction]`; `r2` by itself is an endpoint, too."""
    account_id = jurisdiction = None
    if labels[-1] == "r2":
        labels = labels[:-1]
    if labels and labels[-1] in JURISDICTIONS:
        jurisdiction = labels.pop()
    if labels and ACCOUNT.fullmatch(labels[-1]):
        account_id = labels.pop()
    return Host(account_id, jurisdiction, ".".join(labels) or None)


def locate(host: Host, raw_path: bytes, jurisdiction: str | None) -> Address:
    """The address of a request; `jurisdiction` is what its header says. The path is decoded once.

    Raises `InvalidObjectName` for a key that is not UTF-8.
    """
    rest = raw_path[1:]
    bucket = host.bucket
    if bucket is None:
        head, slash, rest = rest.partition(b"/")
        bucket = decoded(head)
        if not bucket:
            return Address(host.account_id, chosen(host, jurisdiction), None, None)
    return Address(
        host.account_id, chosen(host, jurisdiction), bucket, decoded(rest) if rest else None
    )


def chosen(host: Host, jurisdiction: str | None) -> str:
    return host.jurisdiction or jurisdiction or DEFAULT_JURISDICTION


def decoded(raw: bytes) -> str:
    try:
        return (unquote_to_bytes(raw) if b"%" in raw else raw).decode()
    except UnicodeDecodeError:
        raise InvalidObjectName() from None
