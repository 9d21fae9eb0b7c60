"""Workers AI behind a gateway: whoever asks it must hold a token of the account.

A gateway passes `Authorization` on to the provider, whose key it is, and checks nothing. Of
Workers AI the provider is Cloudflare itself, so the stand-in is asked for nobody who has no
token that may run the account's models.
"""

from emulator.ai_gateway.metadata import header_bytes
from emulator.core.errors import NotPermitted
from emulator.identity.store import Directory
from emulator.twin import Account
from emulator.wire.auth import allows
from emulator.wire.envelope import failure
from emulator.wire.upstream import Upstream, UpstreamReply, UpstreamRequest

PERMISSION = "ai:read"


class Guarded:
    """An upstream that answers holders of a token of the account only."""

    def __init__(self, upstream: Upstream, directory: Directory) -> None:
        self._upstream = upstream
        self._directory = directory

    async def send(self, account: Account, request: UpstreamRequest) -> UpstreamReply:
        if not self._admits(account, request):
            refusal = failure(NotPermitted())
            assert isinstance(refusal.body, bytes)
            # [guess] 401 and 403 are both seen for a bad token.
            headers = (("content-type", "application/json"),)
            return UpstreamReply(401, headers, refusal.body)
        return await self._upstream.send(account, request)

    def _admits(self, account: Account, request: UpstreamRequest) -> bool:
        value = dict(request.headers).get("authorization", "")
        credential = self._directory.by_authorization(header_bytes(value))
        scopes = None if credential is None else credential.scopes(account.id)
        return scopes is not None and allows(scopes, PERMISSION)
