"""A Vectorize index by Cloudflare's public API."""

from collections.abc import Sequence
from threading import Event
from urllib.parse import quote

from emulator.migrating.http_client import Unreachable, ask, client, result
from emulator.migrating.vectors import Item

FETCHED = 20
WAITS = 240
WAIT_SECONDS = 0.25


class VectorizeClient:
    """One index. What is written is seen a moment later: `settle` waits for it."""

    def __init__(self, api: str, account_id: str, token: str, index: str) -> None:
        self._http = client(api, {"Authorization": f"Bearer {token}"})
        self._path = f"/accounts/{account_id}/vectorize/v2/indexes/{quote(index)}"
        self._pending = ""

    def close(self) -> None:
        self._http.close()

    def fetch(self, ids: Sequence[str]) -> dict[str, Item]:
        """Those of the ids that are there."""
        found: dict[str, Item] = {}
        for start in range(0, len(ids), FETCHED):
            body = {"ids": list(ids[start : start + FETCHED])}
            for one in result(ask(self._http, "POST", f"{self._path}/get_by_ids", json=body)):
                found[one["id"]] = Item(
                    one["id"], tuple(one["values"]), one.get("namespace"), one.get("metadata")
                )
        return found

    def upsert(self, items: Sequence[Item]) -> None:
        lines = b"\n".join(item.line() for item in items)
        headers = {"content-type": "application/x-ndjson"}
        path = f"{self._path}/upsert"
        answer = result(ask(self._http, "POST", path, content=lines, headers=headers))
        self._pending = str(answer["mutationId"])

    def count(self) -> int:
        return int(result(ask(self._http, "GET", f"{self._path}/info"))["vectorCount"])

    def settle(self) -> None:
        """Until the index has taken in what was written last."""
        for _ in range(WAITS):
            if not self._pending:
                return
            info = result(ask(self._http, "GET", f"{self._path}/info"))
            if str(info.get("processedUpToMutation")) == self._pending:
                self._pending = ""
            else:
                Event().wait(WAIT_SECONDS)
        raise Unreachable("Vectorize has not taken in what was written within a minute")
