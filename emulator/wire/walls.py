"""What keeps web pages out: who listens on loopback is still reached by every browser there.

Two ways lead in. A page of elsewhere sends requests across origins, which browsers mark with
`Origin` and `Sec-Fetch-Site`; and it has its own name resolve to this machine (DNS rebinding),
which `Host` shows. Clients that are no browsers send neither mark and a name of this machine.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from emulator.core.errors import CloudflareError

RawHeaders = Iterable[tuple[bytes, bytes]]

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
HINT = "the setting own_names adds names"
# Nobody but Cloudflare resolves them; a hosts file may lead them here.
CLOUDFLARES = ("api.cloudflare.com", "gateway.ai.cloudflare.com")
CLOUDFLARES_BUCKETS = (".r2.cloudflarestorage.com", ".r2.dev")


class ForeignHost(CloudflareError):
    code, status = 403, 403
    message = "The Host {host} is no name of this machine; " + HINT


class ForeignOrigin(CloudflareError):
    code, status = 403, 403
    message = "Requests of web pages from {origin} are refused; " + HINT


class Walls:
    """The check of one listener. `own_names` are further names of this machine."""

    def __init__(self, own_names: str) -> None:
        self._names = frozenset(own_names.lower().split())

    def check(
        self, method: str, headers: RawHeaders, *, strict: bool = False, known_host: bool = False
    ) -> None:
        """Raises `ForeignHost`, `ForeignOrigin`.

        `strict`: nothing but the listener's own pages, which load nothing from elsewhere
        either; else whatever is served on this machine, as a site calls its Supabase.
        `known_host`: the caller knows the name, such as a custom domain.
        """
        host = origin = site = mode = b""
        hosts = 0
        for name, value in headers:
            if name == b"host":
                host, hosts = value, hosts + 1
            elif name == b"origin":
                origin = value
            elif name == b"sec-fetch-site":
                site = value
            elif name == b"sec-fetch-mode":
                mode = value
        if not known_host or hosts > 1:
            self.check_host(host if hosts < 2 else b"more.than.one")
        if origin:
            self._check_origin(origin, host, strict=strict)
        elif site == b"cross-site" and (
            method not in SAFE or (strict and mode not in (b"navigate", b""))
        ):
            raise ForeignOrigin(origin="another site")

    def check_host(self, host: bytes) -> None:
        """Raises `ForeignHost`. Without the header it is no browser."""
        name = name_in(host)
        if name and not is_ours(name) and name not in self._names:
            raise ForeignHost(host=shown(host))

    def is_foreign(self, origin: bytes, host: bytes) -> bool:
        """Whether a page of that origin is of another machine than this, or of no origin."""
        page = name_in(origin.partition(b"://")[2])
        return not page or not (is_loopback(page) or page == name_in(host) or page in self._names)

    def _check_origin(self, origin: bytes, host: bytes, *, strict: bool) -> None:
        same = origin.lower() in (b"http://" + host.lower(), b"https://" + host.lower())
        if not (same and host) and (strict or self.is_foreign(origin, host)):
            raise ForeignOrigin(origin=shown(origin))


@lru_cache(maxsize=1_024)
def name_in(host: bytes) -> str:
    """The name in a Host header: lower case, without port, brackets and final dot."""
    text = host.decode("latin-1").strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].removesuffix(".")


@lru_cache(maxsize=1_024)
def is_ours(name: str) -> bool:
    """Whether no stranger's domain can be called so: addresses, and names that DNS has not."""
    return (
        "." not in name
        or is_loopback(name)
        or name.endswith(".internal")
        or name in CLOUDFLARES
        or name.endswith(CLOUDFLARES_BUCKETS)
        or address_of(name) is not None
    )


def is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = address_of(name)
    return address is not None and address.is_loopback


@lru_cache(maxsize=1_024)
def address_of(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def shown(value: bytes) -> str:
    return ascii(value.decode("latin-1")[:100])[1:-1]
