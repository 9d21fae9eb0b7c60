"""R2's S3 API as an ASGI application: locate, authenticate, detect, handle, answer.

The pipeline of every request is `S3.__call__`, top to bottom. The signature is checked before
anything is said of buckets; whatever handlers raise is rendered here and nowhere else.
"""

import logging
from collections.abc import Sequence
from itertools import count
from time import perf_counter

from emulator.core.errors import CloudflareError
from emulator.core.events import Event
from emulator.core.trip import Passage, Trip
from emulator.r2.cors import CorsRule, rule_for
from emulator.r2.errors import CorsForbidden, NoSuchBucket, NotImplementedByR2, R2Error
from emulator.r2.s3 import browser, public
from emulator.r2.s3.access import Gate
from emulator.r2.s3.address import Address, host_of, locate
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.operations import check_headers, operation_of
from emulator.r2.s3.request import S3Request
from emulator.r2.s3.sigv4 import Mismatch, is_authenticated
from emulator.r2.s3.xml import error_document
from emulator.r2.streaming import Download
from emulator.twin import Twin
from emulator.wire.api import CLIENT_CLOSED_REQUEST, SERVER
from emulator.wire.body import ClientGone, Receive, discard
from emulator.wire.call import Scope
from emulator.wire.reply import Headers, Reply
from emulator.wire.stream import Send, send_stream
from emulator.wire.walls import SAFE, Walls

XML: Headers = ((b"content-type", b"application/xml"),)

log = logging.getLogger("cftwin.s3")


class Visit:
    """What has become known of one request so far, for its event."""

    def __init__(self, ray: str) -> None:
        self.ray = ray
        self.started = perf_counter()
        self.operation = "unknown"
        self.account_id: str | None = None
        self.code: int | None = None
        self.cors: Sequence[CorsRule] = ()
        self.passage: Passage | None = None


class S3:
    """Serves every account's buckets to S3 clients."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._gate = Gate(twin.directory, twin.clock)
        self._walls = Walls(twin.settings.own_names)
        self._rays = count(int(twin.ids.hex(12), 16))
        self._colo = twin.settings.colo

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        visit = Visit(f"{next(self._rays):016x}-{self._colo}")
        request = S3Request(scope, receive)
        try:
            reply = await self._answer(request, visit)
        except ClientGone:
            self._record(request, visit, CLIENT_CLOSED_REQUEST)
            return
        except CloudflareError as refusal:
            visit.code = refusal.code
            reply = refused(refusal)
            await discard(request.body)
        except Exception:
            log.exception("%s %s failed; reference = %s", request.method, scope["path"], visit.ray)
            visit.code = 10001
            text = f"We encountered an internal error. Please try again. ({visit.ray})"
            reply = Reply(error_document("InternalError", text), status=500, headers=XML)
        extra = browser.headers_for(request, visit.cors) if visit.cors else []
        if visit.passage is not None:
            await visit.passage.leave(visit.operation, None)
        extra += [SERVER, (b"cf-ray", visit.ray.encode())]
        await respond(send, receive, request, reply, extra)
        self._record(request, visit, reply.status)

    async def _answer(self, request: S3Request, visit: Visit) -> Reply:
        self._walls.check_host(request.headers.get("host", "").encode("latin-1"))
        host = host_of(request.headers.get("host", ""))
        if host.public_id is not None:
            return await self._public(request, host.public_id, visit)
        address = locate(host, request.raw_path, request.headers.get("cf-r2-jurisdiction"))
        if browser.is_preflight(request):
            visit.operation = "r2.s3.Preflight"
            account_id = self._gate.account_of(request, address)
            return browser.preflight(request, self._cors(account_id, address))
        if is_form_upload(request, address):
            raise NotImplementedByR2(what="Presigned post requests are not yet implemented")
        if "origin" in request.headers:
            visit.cors = self._cors(self._gate.account_of(request, address), address)
            self._check_page(request, visit.cors)
        caller = self._gate.admit(request, address)
        visit.account_id = caller.account_id
        operation = operation_of(request, address)
        visit.operation = f"r2.s3.{operation.name}"
        caller.check(operation, request, address)
        check_headers(request)
        call = S3Call(
            request,
            address,
            self._twin.account(caller.account_id).r2,
            caller.account_id,
            caller.signed,
            caller.reach,
        )
        if (delays := self._twin.latency.delays) is not None:
            trip = Trip("rest", visit.operation, caller.account_id, "", request.scope)
            visit.passage = await delays.enter(trip)
        return await operation.handler(call)

    def _check_page(self, request: S3Request, rules: Sequence[CorsRule]) -> None:
        """Raises `CorsForbidden` for a change that a stranger's page asks for, without preflight.

        R2 leaves that to the browser; but its keys are secret, and the twin's are not.
        """
        origin, host = request.headers["origin"], request.headers.get("host", "")
        if request.method in SAFE or not self._walls.is_foreign(
            origin.encode("latin-1"), host.encode("latin-1")
        ):
            return
        if rule_for(rules, origin, request.method) is None:
            raise CorsForbidden()

    async def _public(self, request: S3Request, public_id: str, visit: Visit) -> Reply:
        visit.operation = "r2.public"
        address = locate(host_of(""), b"/-" + request.raw_path, None)
        for record in self._twin.directory.accounts():
            r2 = self._twin.account(record.id).r2
            if (bucket := r2.public_bucket(public_id)) is not None:
                visit.account_id = record.id
                visit.cors = r2.cors_rules(bucket.bucket)
                if browser.is_preflight(request):
                    return browser.preflight(request, visit.cors)
                return await public.serve(request, bucket, address.key)
        return await public.serve(request, None, None)

    def _cors(self, account_id: str | None, address: Address) -> Sequence[CorsRule]:
        """The rules of the bucket that is addressed; none where there is no such bucket."""
        if account_id is None or address.bucket is None:
            return ()
        if account_id not in {record.id for record in self._twin.directory.accounts()}:
            return ()
        r2 = self._twin.account(account_id).r2
        try:
            return r2.cors_rules(r2.get_bucket(address.bucket, address.jurisdiction))
        except NoSuchBucket:
            return ()

    def _record(self, request: S3Request, visit: Visit, status: int) -> None:
        self._twin.events.record(
            Event(
                self._twin.clock.now(),
                visit.ray,
                "s3",
                visit.operation,
                visit.account_id,
                request.method,
                request.raw_path.decode("latin-1"),
                status,
                visit.code,
                (perf_counter() - visit.started) * 1000,
                None,
            )
        )


def is_form_upload(request: S3Request, address: Address) -> bool:
    """What R2 takes for a browser's form: an unsigned POST on a bucket."""
    return (
        request.method == "POST"
        and address.bucket is not None
        and address.key is None
        and "delete" not in request.params
        and not is_authenticated(request)
    )


def refused(refusal: CloudflareError) -> Reply:
    named = "AccessDenied" if refusal.status == 403 else "InvalidRequest"
    code = refusal.s3_code if isinstance(refusal, R2Error) else named
    details = refusal.details if isinstance(refusal, Mismatch) else ()
    body = error_document(code, str(refusal), details)
    headers = XML
    if refusal.retry_after_seconds is not None:
        headers = (*XML, (b"retry-after", b"%d" % refusal.retry_after_seconds))
    return Reply(body, status=refusal.status, headers=headers)


async def respond(
    send: Send,
    receive: Receive,
    request: S3Request,
    reply: Reply,
    extra: Sequence[tuple[bytes, bytes]],
) -> None:
    """Send the reply. A stream tells its length itself, and so does an answer to HEAD."""
    headers = [*reply.headers, *extra]
    body = reply.body
    if isinstance(body, bytes) and request.method != "HEAD" and reply.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    try:
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if isinstance(body, bytes):
            await send({"type": "http.response.body", "body": body})
        else:
            await discard(request.body)
            await send_stream(send, receive, body)
    finally:
        if isinstance(body, Download):
            await body.aclose()
