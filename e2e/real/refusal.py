"""Whether a deployment may be run against: not when it could be the one that users have."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

WORDS = "dev|develop|development|staging|stage|test|testing|preview|local|localhost"
REHEARSAL = re.compile(rf"({WORDS})\d*")
# Of these domains the last label says nothing: everybody's Workers and sites are below `.dev`.
RESERVED = ("localhost", "local", "test")
AGREED = "--yes-production runs against it all the same"


def host_refused(url: str) -> str | None:
    """Why a host looks like production; None if its name says that it is not."""
    host = urlsplit(url).hostname or ""
    if is_loopback(host):
        return None
    labels = host.split(".")
    told = labels if labels[-1] in RESERVED else labels[:-1]
    words = (word for label in told for word in re.split(r"[-_]", label))
    if any(REHEARSAL.fullmatch(word) for word in words):
        return None
    return f"{host} looks like production: no part of its name says dev, staging, test or preview"


def refused(api: str, site: str | None, environment: str) -> str | None:
    """The sentence to refuse with; None: go ahead."""
    if environment == "production":
        return f"{api}/health says that this is production; {AGREED}"
    reasons = (host_refused(url) for url in (api, site) if url)
    reason = next((one for one in reasons if one is not None), None)
    return None if reason is None else f"{reason}; {AGREED}"


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
