"""One request, as a handler sees it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from emulator.core.errors import NoRoute
from emulator.identity.models import Credential
from emulator.twin import Account

Scope = Mapping[str, Any]


class Call:
    """An authorised request: its account, path parameters, query, headers and whole body.

    A handler gets the `Account` itself, so it cannot name another tenant's data.
    """

    __slots__ = ("_account", "_query", "body", "credential", "detail", "params", "scope")

    def __init__(
        self,
        scope: Scope,
        params: Mapping[str, str],
        credential: Credential | None,
        account: Account | None,
        body: bytes,
    ) -> None:
        self.scope = scope
        self.params = params
        self.credential = credential
        self.body = body
        # What the event of this request shall say beyond the usual (SQL, counts, …).
        self.detail: dict[str, object] | None = None
        self._account = account
        self._query: dict[str, str] | None = None

    @property
    def account(self) -> Account:
        if self._account is None:
            raise NoRoute()
        return self._account

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
    def origin(self) -> str:
        """`http://host:port` as the caller wrote it: what URLs we hand out start with."""
        return f"{self.scope['scheme']}://{self.header(b'host') or 'localhost'}"
