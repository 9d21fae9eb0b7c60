"""Where a link may lead back to: the site, this machine, and what the settings name besides."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

DEFAULT_SITE = "http://localhost:3000"


class Redirects:
    """`setting` is the site's URL and then patterns of further ones, apart by spaces.

    In a pattern `*` and `?` are any text and any character but `.` and `/`; `**` is any text.
    """

    def __init__(self, setting: str) -> None:
        self.site, *patterns = setting.split() or [DEFAULT_SITE]
        self._patterns = [compiled(pattern) for pattern in patterns]

    def allowed(self, *wanted: str) -> str:
        """The first of the URLs wanted that may be; else the site."""
        return next((url for url in wanted if url and self._allows(url)), self.site)

    def _allows(self, url: str) -> bool:
        parts = split(url)
        if parts is None:
            return False
        site = urlsplit(self.site)
        if (parts.scheme, parts.netloc) == (site.scheme, site.netloc):
            return True
        if parts.scheme in ("http", "https") and is_loopback(parts.hostname or ""):
            return True
        return any(pattern.fullmatch(url.partition("#")[0]) for pattern in self._patterns)


def compiled(pattern: str) -> re.Pattern[str]:
    wild = {"**": ".*", "*": "[^./]*", "?": "[^./]"}
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    return re.compile("".join(wild.get(part) or re.escape(part) for part in parts))


def split(url: str) -> SplitResult | None:
    """None for what a `Location` header or a browser could read in another way."""
    if any(character <= " " or character in '\\"<>' or character > "~" for character in url):
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 and parts.scheme and "@" not in parts.netloc else None
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
