"""Where a request wants to go, and whether a pattern of a setting means that place."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emulator.outbound.errors import BadHost

HOST = re.compile(r"(?P<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253}?)\.?(:(?P<port>\d{1,5}))?")
# As URLs are read: a name whose last label is a number is an IPv4 address.
NUMERIC = re.compile(r"(\d+|0x[0-9a-f]*)")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """`scheme://name:port`; the name in lower case, an IPv6 address in brackets."""

    scheme: str
    name: str
    port: int

    @property
    def host(self) -> str:
        """As a `Host` header has it: the port where it is not the scheme's own."""
        return self.name if self.is_default_port else f"{self.name}:{self.port}"

    @property
    def is_default_port(self) -> bool:
        return self.port == DEFAULT_PORTS[self.scheme]

    @property
    def is_local(self) -> bool:
        """An address, or a name that only this machine or network knows."""
        last = self.name.rpartition(".")[2]
        is_address = self.name.startswith("[") or NUMERIC.fullmatch(last) is not None
        return is_address or "." not in self.name or last in ("localhost", "local", "internal")


def target_of(host: str, scheme: str) -> Target:
    """The target that a `Host` header names. Raises `BadHost`."""
    found = HOST.fullmatch(host.lower())
    scheme = scheme if scheme in DEFAULT_PORTS else "http"
    port = int(found["port"] or DEFAULT_PORTS[scheme]) if found else 0
    if found is None or not 0 < port < 65_536 or not found["name"].strip("."):
        raise BadHost(host=host[:300])
    return Target(scheme, found["name"], port)


def meant(pattern: str, name: str) -> bool:
    """Whether `pattern`, in which `*` is any text, means the name."""
    text = re.escape(pattern.lower()).replace(r"\*", ".*")
    return re.fullmatch(text, name) is not None


@dataclass(frozen=True, slots=True)
class Allowed:
    """One pattern of `allow_hosts`: a name or a pattern of names, and maybe a port.

    Without a port only the scheme's own is meant. A `*` never means this machine or network:
    such a host has to be named.
    """

    name: str
    port: int | None

    @property
    def is_exact(self) -> bool:
        return "*" not in self.name

    def means(self, target: Target) -> bool:
        if self.port != target.port and (self.port is not None or not target.is_default_port):
            return False
        if target.is_local and not self.is_exact:
            return False
        return meant(self.name, target.name)


def allowed(text: str) -> tuple[Allowed, ...]:
    """The patterns of the setting `allow_hosts`. Raises `ValueError`."""
    return tuple(map(allowed_one, text.split()))


def allowed_one(pattern: str) -> Allowed:
    found = HOST.fullmatch(pattern.lower().replace("*", "_"))
    if found is None:
        raise ValueError(f"setting allow_hosts: {pattern!r} is not valid (use host or host:port)")
    name = pattern.lower()[: found.end("name")]
    return Allowed(name, int(found["port"]) if found["port"] else None)


def passing(patterns: Iterable[Allowed], target: Target, *, stood_in: bool) -> Allowed | None:
    """The pattern that lets the target out. A stand-in's host passes only when it is named."""
    matching = [one for one in patterns if one.means(target)]
    exact = [one for one in matching if one.is_exact]
    return next(iter(exact if stood_in else [*exact, *matching]), None)


def more_hosts(text: str, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The hosts of the setting `stand_in_hosts`, such as `pdf_parser=pdf.example.com`, by name.

    Raises `ValueError`.
    """
    hosts: dict[str, tuple[str, ...]] = {}
    for pair in text.split():
        name, _, host = pair.partition("=")
        if name not in names or not host:
            known = ", ".join(names)
            raise ValueError(
                f"setting stand_in_hosts: {pair!r} is not valid (use name=host, name of {known})"
            )
        hosts[name] = (*hosts.get(name, ()), host.lower())
    return hosts
