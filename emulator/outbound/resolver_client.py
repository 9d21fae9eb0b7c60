"""Names that a pattern let out: they may lead anywhere but to this machine and its network."""

import socket
from ipaddress import ip_address

from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult


class PublicResolver(ThreadedResolver):
    """The system's resolver, less what is not on the public internet."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        public = [one for one in found if ip_address(one["host"].partition("%")[0]).is_global]
        if not public:
            raise OSError(f"{host} is of this network: allow_hosts has to name it in full")
        return public
