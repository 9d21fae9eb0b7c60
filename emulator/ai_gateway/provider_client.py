"""Real providers, over HTTP: where the setting `ai_gateway_upstreams` leads."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emulator.ai_gateway.metadata import header_bytes
from emulator.twin import Account
from emulator.wire.upstream import (
    HeaderList,
    UpstreamReply,
    UpstreamRequest,
    UpstreamUnreachable,
)

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
# Between two parts of an answer: a model may think for long.
READ_SECONDS = 600.0

HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    " transfer-encoding upgrade".split()
)
# The provider shall see its caller's request, not how that reached this machine.
NOT_SENT = HOP_BY_HOP | frozenset(
    "host content-length accept-encoding expect cookie forwarded x-real-ip true-client-ip"
    " cf-cache-ttl cf-skip-cache".split()
)
NOT_SENT_PREFIXES = ("cf-aig-", "cf-connecting-", "x-forwarded-")


class HttpUpstream:
    """One provider at its base URL. Redirects are answers like any other."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._client: httpx.AsyncClient | None = None

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply:
        """The answer, its body unread. Raises `UpstreamUnreachable`."""
        import httpx

        if self._client is None:
            self._client = new_client()
        try:
            built = self._client.build_request(
                request.method,
                f"{self._base_url}/{request.path}",
                headers=sent_headers(request.headers),
                content=request.body or None,
            )
            response = await self._client.send(built, stream=True, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise UpstreamUnreachable(str(error)) from error
        headers = tuple(
            (name.lower().decode("latin-1"), value.decode("latin-1"))
            for name, value in response.headers.raw
        )
        return UpstreamReply(response.status_code, headers, Body(response))


class Body:
    """A response's body as it comes; closing it closes the connection."""

    def __init__(self, response: "httpx.Response") -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import httpx

        try:
            async for block in self._response.aiter_raw():
                yield block
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise UpstreamUnreachable(str(error)) from error

    async def aclose(self) -> None:
        await self._response.aclose()


def new_client() -> "httpx.AsyncClient":
    """Without connections that are kept: nobody says when the last request has been."""
    import httpx

    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=timeout, limits=limits)


def sent_headers(headers: HeaderList) -> list[tuple[bytes, bytes]]:
    """What the provider gets of a request's headers. Encodings would hide an answer's usage."""
    named = {
        one.strip().lower()
        for name, value in headers
        if name == "connection"
        for one in value.split(",")
    }
    sent = [
        (name.encode(), header_bytes(value))
        for name, value in headers
        if name not in NOT_SENT | named and not name.startswith(NOT_SENT_PREFIXES)
    ]
    return [*sent, (b"accept-encoding", b"identity")]


def configured(text: str) -> Mapping[str, HttpUpstream]:
    """The upstreams of a setting such as `openai=https://api.openai.com/v1 groq=…`.

    Raises `ValueError`.
    """
    upstreams = {}
    for pair in text.split():
        name, _, url = pair.partition("=")
        parts = urlsplit(url)
        if not name or parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"setting ai_gateway_upstreams: {pair!r} is not valid (use provider=https://…)"
            )
        upstreams[name] = HttpUpstream(url)
    return upstreams
