"""One request to the S3 API, as its parts see it: headers and query by name, the body unread."""

from collections.abc import Mapping
from typing import Any

from emulator.r2.limits import MAX_UPLOAD_BYTES
from emulator.r2.s3.query import Query
from emulator.wire.body import Receive, stream_body


class S3Request:
    """What came over the wire. Header names are in lower case; repeated ones are joined."""

    def __init__(self, scope: Mapping[str, Any], receive: Receive) -> None:
        self.scope = scope
        self._query: Query | None = None
        # To be read once. Chunks, their signatures and trailers come on top of the content.
        self.body = stream_body(receive, 2 * MAX_UPLOAD_BYTES)
        self.method: str = scope["method"]
        self.raw_path: bytes = scope["raw_path"]
        self.headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            known = self.headers.get(name)
            self.headers[name] = value if known is None else f"{known},{value}"

    @property
    def query(self) -> Query:
        if self._query is None:
            self._query = Query(self.scope["query_string"].decode("latin-1"))
        return self._query

    @property
    def params(self) -> Mapping[str, str]:
        """Query parameters by name; of a repeated one the first counts."""
        return self.query.params
