"""Requests that really leave the machine, because `allow_hosts` says so. Bodies go as they are."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from emulator.outbound.errors import HostUnreachable
from emulator.outbound.hosts import Target
from emulator.wire.reply import Reply

if TYPE_CHECKING:
    import aiohttp

CONNECT_SECONDS = 10.0
# Between two parts of an answer.
READ_SECONDS = 300.0

HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    b" transfer-encoding upgrade".split()
)
NOT_SENT = HOP_BY_HOP | {b"host", b"content-length"}


async def send_out(
    target: Target,
    method: str,
    path: bytes,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    *,
    public_only: bool,
) -> Reply:
    """The answer, its body unread. `path` has its query; redirects are answers like any other.

    `public_only`: a name that leads to this machine or network is as good as unknown.
    Raises `HostUnreachable`.
    """
    import aiohttp
    from yarl import URL

    session = new_session(public_only)
    url = URL(f"{target.scheme}://{target.host}{path.decode('latin-1')}", encoded=True)
    sent = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if name not in NOT_SENT
    ]
    try:
        response = await session.request(
            method, url, headers=sent, data=body or None, allow_redirects=False
        )
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        await session.close()
        reason = str(error) or type(error).__name__
        raise HostUnreachable(host=target.host, reason=reason) from error
    except BaseException:
        await session.close()
        raise
    answered = tuple(
        (name.lower(), value)
        for name, value in response.raw_headers
        if name.lower() not in HOP_BY_HOP
    )
    return Reply(Arriving(session, response), status=response.status, headers=answered)


class Arriving:
    """A response's body as it comes; closing it closes the connection."""

    def __init__(
        self, session: "aiohttp.ClientSession", response: "aiohttp.ClientResponse"
    ) -> None:
        self._session = session
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for block, _ in self._response.content.iter_chunks():
            if block:
                yield block

    async def aclose(self) -> None:
        self._response.close()
        await self._session.close()


def new_session(public_only: bool) -> "aiohttp.ClientSession":
    """One for each request: nobody says when the last one has been."""
    import aiohttp

    from emulator.outbound.resolver_client import PublicResolver

    resolver = PublicResolver() if public_only else aiohttp.ThreadedResolver()
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, force_close=True),
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        loop=asyncio.get_running_loop(),
    )
