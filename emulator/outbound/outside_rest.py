"""The stand-ins for people, browsers and plain clients, on the API's listener.

`/_outside/{host}/…` is what the stand-in for that host answers at `/…`; the default account's,
or that of `cftwin-account` in the query or a header. `/supabase/…` is the project of the
account that the API key names. A host without a stand-in is unknown here: this is no proxy.
"""

import base64
import binascii
import logging
from collections.abc import Mapping
from itertools import count
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

import orjson

from emulator.core.errors import CloudflareError, InternalError
from emulator.core.events import Event
from emulator.core.settings import DEFAULT_ACCOUNT_ID
from emulator.outbound.binding import MAX_BODY_BYTES, forwarded
from emulator.outbound.errors import NoStandIn, NoSuchAccount
from emulator.outbound.hosts import target_of
from emulator.outbound.outside import Outside
from emulator.outbound.sending import (
    PROJECT,
    REF_DIGITS,
    SUPABASE,
    Request,
    Sending,
    of_project,
)
from emulator.standins.standin import StandIn
from emulator.twin import Account, Twin
from emulator.wire.api import CLIENT_CLOSED_REQUEST
from emulator.wire.binding import answer, refused_in_text
from emulator.wire.body import ClientGone, Receive, read_body
from emulator.wire.call import Scope
from emulator.wire.reply import Reply
from emulator.wire.stream import Send

OUTSIDE = b"/_outside/"
ACCOUNT = "cftwin-account"

log = logging.getLogger("cftwin.outside")


def is_outside(raw_path: bytes) -> bool:
    return raw_path.startswith((OUTSIDE, PROJECT))


class Visit:
    """What has become known of one request, for its event."""

    def __init__(self, ray: str) -> None:
        self.ray = ray
        self.started = perf_counter()
        self.operation = "outside.unknown"
        self.account_id: str | None = None


class OutsideDoor:
    """Answers for the stand-ins, of all accounts."""

    def __init__(self, twin: Twin, outside: Outside) -> None:
        self._twin = twin
        self._outside = outside
        self._sending = Sending(outside, twin.clock)
        self._rays = count(int(twin.ids.hex(12), 16))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        visit = Visit(f"{next(self._rays):016x}-{self._twin.settings.colo}")
        try:
            reply = await self._reply(scope, receive, visit)
        except ClientGone:
            self._record(scope, visit, CLIENT_CLOSED_REQUEST)
            return
        await answer(scope, receive, send, reply, None)
        self._record(scope, visit, reply.status)

    async def _reply(self, scope: Scope, receive: Receive, visit: Visit) -> Reply:
        try:
            body = await read_body(receive, MAX_BODY_BYTES)
            stand_in, request = self._request(scope, body)
            visit.operation = f"outside.{stand_in.name}"
            visit.account_id = request.account.id
            app = self._outside.app(request.account, stand_in)
            _, reply = await self._sending.ask(request, stand_in.name, app)
            return reply
        except CloudflareError as refusal:
            return refused_in_text(refusal)
        except ClientGone:
            raise
        except Exception:
            log.exception("%s %s failed; reference = %s", scope["method"], scope["path"], visit.ray)
            return refused_in_text(InternalError(reference=visit.ray))

    def _request(self, scope: Scope, body: bytes) -> tuple[StandIn, Request]:
        if scope["raw_path"].startswith(OUTSIDE):
            request = self._request_outside(scope, body)
            stand_in = self._outside.stand_in_for(request.target.name)
        else:
            request = self._request_of_project(scope, body)
            stand_in = self._outside.named(SUPABASE)
        if stand_in is None:
            raise NoStandIn(host=request.target.host, known=" ".join(self._outside.hosts))
        return stand_in, request

    def _request_outside(self, scope: Scope, body: bytes) -> Request:
        host, _, path = scope["raw_path"].removeprefix(OUTSIDE).partition(b"/")
        target = target_of(host.decode("latin-1"), "https")
        headers = forwarded(scope["headers"])
        account, query = self._account_of(scope["query_string"], dict(headers))
        return Request(account, None, target, scope["method"], b"/" + path, query, headers, body)

    def _request_of_project(self, scope: Scope, body: bytes) -> Request:
        headers = forwarded(scope["headers"])
        query = scope["query_string"]
        account = self._account_of_key(query, dict(headers))
        host = dict(headers).get(b"host", b"localhost").decode("latin-1")
        target = target_of(host, scope["scheme"])
        path = scope["raw_path"]
        return of_project(
            Request(account, None, target, scope["method"], path, query, headers, body)
        )

    def _account_of(self, query: bytes, headers: Mapping[bytes, bytes]) -> tuple[Account, bytes]:
        """The account that the caller names, and the query without its name."""
        pairs = query.split(b"&")
        naming = [pair for pair in pairs if pair.startswith(b"cftwin-account=")]
        wanted = headers.get(ACCOUNT.encode(), b"").decode("latin-1")
        if naming:
            wanted = dict(parse_qsl(naming[-1].decode("latin-1"))).get(ACCOUNT, "")
        rest = b"&".join(pair for pair in pairs if pair not in naming)
        if not wanted:
            return self._default(), rest
        if not self._twin.directory.knows(wanted):
            raise NoSuchAccount(account_id=wanted)
        return self._twin.account(wanted), rest

    def _account_of_key(self, query: bytes, headers: Mapping[bytes, bytes]) -> Account:
        """The account whose project a key is of. Whether the key is good Supabase will say."""
        keys = (
            headers.get(b"apikey", b""),
            dict(parse_qsl(query.decode("latin-1"))).get("apikey", "").encode(),
            headers.get(b"authorization", b"").rpartition(b" ")[2],
        )
        refs = [ref for key in keys if (ref := ref_of(key))]
        known = [record.id for record in self._twin.directory.accounts()]
        found = next((one for ref in refs for one in known if one[:REF_DIGITS] == ref), None)
        return self._twin.account(found) if found else self._default()

    def _default(self) -> Account:
        """The account every twin has; where there is none, the first."""
        known = [record.id for record in self._twin.directory.accounts()]
        if not known:
            raise NoSuchAccount(account_id=DEFAULT_ACCOUNT_ID)
        return self._twin.account(DEFAULT_ACCOUNT_ID if DEFAULT_ACCOUNT_ID in known else known[0])

    def _record(self, scope: Scope, visit: Visit, status: int) -> None:
        self._twin.events.record(
            Event(
                self._twin.clock.now(),
                visit.ray,
                "outside",
                visit.operation,
                visit.account_id,
                scope["method"],
                scope["path"],
                status,
                None,
                (perf_counter() - visit.started) * 1000,
                None,
            )
        )


def ref_of(key: bytes) -> str | None:
    """The project that a JWT says it is for: its claim `ref`, unchecked."""
    parts = key.split(b".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = orjson.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
    ref = claims.get("ref") if isinstance(claims, dict) else None
    return ref if isinstance(ref, str) and len(ref) == REF_DIGITS else None
