"""One request, as a handler sees it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from emulator.core.asking import CAUSE_HEADER, Asked
from emulator.core.errors import NoRoute
from emulator.identity.models import Credential
from emulator.twin import Account

Scope = Mapping[str, Any]


class Call:
    """An authorised request: its account, path parameters, query, headers and whole body.

    Of a route that streams, `body` is empty and `chunks()` is the body, to be read once.

    A handler gets the `Account` itself, so it cannot name another tenant's data.
    """

    __slots__ = ("_account", "_chunks", "_query", "body", "credential", "detail", "params", "scope")

    def __init__(
        self,
        scope: Scope,
        params: Mapping[str, str],
        credential: Credential | None,
        account: Account | None,
        body: bytes,
        chunks: AsyncIterator[bytes] | None = None,
    ) -> None:
        self.scope = scope
        self.params = params
        self.credential = credential
        self.body = body
        # What the event of this request shall say beyond the usual (SQL, counts, …).
        self.detail: dict[str, object] | None = None
        self._account = account
        self._chunks = chunks
        self._query: dict[str, str] | None = None

    @property
    def account(self) -> Account:
        if self._account is None:
            raise NoRoute()
        return self._account

    def chunks(self) -> AsyncIterator[bytes]:
        """The body of a route that streams, as it comes. Raises `BodyTooLarge`, `ClientGone`."""
        if self._chunks is None:
            raise RuntimeError("the route does not stream")
        return self._chunks

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of a repeated one the last counts."""
        if self._query is None:
            text = self.scope["query_string"].decode("latin-1")
            self._query = dict(parse_qsl(text, keep_blank_values=True))
        return self._query

    def header(self, name: bytes) -> str | None:
        """The value of a header, by its lower-case name."""
        for key, value in self.scope["headers"]:
            if key == name:
                return str(value, "latin-1")
        return None

    @property
    def asked(self) -> Asked:
        """Who asks, for whoever looks on."""
        method, path, cause = self.scope["method"], self.scope["path"], self.header(CAUSE_HEADER)
        return Asked(self.account.id, "api", method, path, cause=cause)

    @property
    def origin(self) -> str:
        """`http://host:port` as the caller wrote it: what URLs we hand out start with."""
        return f"{self.scope['scheme']}://{self.header(b'host') or 'localhost'}"
