"""One request to Storage, as a handler sees it."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from emulator.core.errors import BodyTooLarge
from emulator.standins.supabase.storage import forms
from emulator.standins.supabase.storage.access import ANYBODY, Caller, caller_of
from emulator.standins.supabase.storage.errors import NoSuchBucket, NoSuchKey, TooLarge
from emulator.standins.supabase.storage.models import Bucket, Stored
from emulator.standins.supabase.storage.signing import Signatures
from emulator.standins.supabase.storage.store import Store
from emulator.standins.supabase.tokens import AccessTokens
from emulator.wire.body import Receive, read_body

MAX_BODY_BYTES = 1_048_576

F = TypeVar("F", bound=forms.Form)
Handler = Callable[["Call"], Awaitable[Response]]


class Incoming:
    """The body of a request, and whether it has been read to its end."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def __call__(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self.ended = message["type"] == "http.disconnect" or not message.get("more_body")
        return message


@dataclass(frozen=True)
class Call:
    """A request; `parts` is what its path says: a bucket and a key, where it has them."""

    store: Store
    signatures: Signatures
    access: AccessTokens
    request: Request
    parts: tuple[str, str]

    @cached_property
    def caller(self) -> Caller:
        """Raises `AccessDenied` for a bearer token that is not good."""
        return caller_of(self.access, self.request.headers.get("authorization", ""))

    @property
    def anyone(self) -> Caller:
        """The caller, of whom a bad token or none makes anybody."""
        return self.caller if self.request.headers.get("authorization") else ANYBODY

    @cached_property
    def bucket(self) -> Bucket:
        return self.store.bucket(self.parts[0])

    @property
    def key(self) -> str:
        return self.parts[1]

    @property
    def upserts(self) -> bool:
        return self.request.headers.get("x-upsert") == "true"

    async def form(self, form: type[F]) -> F:
        return forms.read(form, await self.body())

    async def body(self) -> bytes:
        try:
            return await read_body(self.request.receive, MAX_BODY_BYTES)
        except BodyTooLarge:
            raise TooLarge(what="request") from None

    def seen(self, bucket_id: str, key: str) -> Stored:
        """An object that the caller may see. Others' are as if absent."""
        item = self.store.find(bucket_id, key)
        if item is None or not self.caller.sees(item):
            raise NoSuchKey()
        return item

    def published(self) -> Stored:
        """The path's object, if its bucket is public."""
        if not self.bucket.public:
            raise NoSuchBucket()
        item = self.store.find(self.bucket.id, self.key)
        if item is None:
            raise NoSuchKey()
        return item

    def readable(self) -> Stored:
        """The path's object, by its bucket or by its owner."""
        if self.bucket.public:
            return self.published()
        if self.anyone is ANYBODY:
            raise NoSuchBucket()
        return self.seen(self.bucket.id, self.key)
