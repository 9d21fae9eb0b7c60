"""`/storage/v1/`: which handler a path is for, and how what it raises is answered."""

import logging
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.standins.supabase.answers import answer
from emulator.standins.supabase.keys import Keys
from emulator.standins.supabase.storage import bucket_rest, object_rest
from emulator.standins.supabase.storage.call import Call, Handler, Incoming
from emulator.standins.supabase.storage.errors import NotImplementedInTwin, StorageError
from emulator.standins.supabase.storage.signing import Signatures, signatures
from emulator.standins.supabase.storage.store import Store
from emulator.standins.supabase.tokens import AccessTokens
from emulator.wire.body import ClientGone, discard, stream_body

STORAGE = "/storage/v1"
METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]
CLIENT_CLOSED_REQUEST = 499
ROUTES = (
    *bucket_rest.ROUTES,
    *object_rest.ROUTES,
)
UNEXPECTED = {
    "statusCode": "500",
    "error": "Internal",
    "message": "Internal Server Error",
    "code": "InternalError",
}

log = logging.getLogger("cftwin.supabase.storage")


class StorageDoor:
    """Storage of one project; its files are opened with the first request."""

    def __init__(
        self,
        directory: Path,
        access: AccessTokens,
        keys: Keys,
        clock: Clock,
        ids: Ids,
        *,
        full_sync: bool,
    ) -> None:
        self._directory = directory
        self._access = access
        self._keys = keys
        self._clock = clock
        self._ids = ids
        self._full_sync = full_sync
        self._opened: Store | None = None

    @property
    def store(self) -> Store:
        if self._opened is None:
            full_sync = self._full_sync
            self._opened = Store(self._directory, self._clock, self._ids, full_sync=full_sync)
        return self._opened

    @cached_property
    def _signatures(self) -> Signatures:
        return signatures(self._keys, self._clock)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    async def endpoint(self, request: Request) -> Response:
        """Starlette's endpoint for everything below `/storage/v1`."""
        incoming = Incoming(request.receive)
        bounded = Request(request.scope, incoming)
        try:
            return await self._answered(bounded)
        except StorageError as error:
            response = refusal(error)
        except ClientGone:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path[:200])
            response = answer(UNEXPECTED, 500)
        if not incoming.ended:
            # A client listens only when it has sent all.
            await discard(stream_body(incoming, 0))
        return response

    async def _answered(self, request: Request) -> Response:
        path = request.scope["path"].removeprefix(STORAGE)
        handler, parts = route("GET" if request.method == "HEAD" else request.method, path)
        return await handler(Call(self.store, self._signatures, self._access, request, parts))


def route(method: str, path: str) -> tuple[Handler, tuple[str, str]]:
    """The handler for a path, with the bucket and the key it names."""
    path = path.rstrip("/") if path.startswith("/bucket") else path
    if method == "POST" and path.startswith("/bucket/") and path.endswith("/empty"):
        return bucket_rest.empty, (path[len("/bucket/") : -len("/empty")], "")
    for verb, start, count, handler in ROUTES:
        if verb != method or not (path == start or path.startswith(f"{start}/")):
            continue
        bucket, slash, key = path[len(start) + 1 :].partition("/")
        if count == bool(bucket) + bool(key) and (count == 2 or not slash):
            return handler, (bucket, key)
    raise NotImplementedInTwin(operation=f"Supabase Storage's {method} {path[:200]}")


def refusal(error: StorageError) -> Response:
    body = {
        "statusCode": str(error.status),
        "error": error.error or error.code,
        "message": str(error),
        "code": error.code,
    }
    return answer(body, error.answered)
