"""Supabase Storage by its own API, with the service key."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from emulator.migrating.http_client import Refusal, Unreachable, ask, client, reason
from emulator.migrating.models import StoredFile

LISTED = 1_000
BLOCK_BYTES = 1 << 18
MAX_FOLDERS_DEEP = 200


class StorageClient:
    def __init__(self, url: str, service_key: str) -> None:
        headers = {"apikey": service_key, "Authorization": f"Bearer {service_key}"}
        self._http = client(f"{url.rstrip('/')}/storage/v1", headers)

    def close(self) -> None:
        self._http.close()

    def buckets(self) -> list[str]:
        return [str(one["id"]) for one in ask(self._http, "GET", "/bucket").json()]

    def files(self, bucket: str, folder: str = "", depth: int = 0) -> Iterator[StoredFile]:
        """Every object of a bucket, folder by folder. Raises `Refusal`."""
        if depth > MAX_FOLDERS_DEEP:
            raise Refusal(0, f"{bucket}: folders lie deeper than {MAX_FOLDERS_DEEP}")
        offset = 0
        while True:
            sort = {"column": "name", "order": "asc"}
            body = {"prefix": folder, "limit": LISTED, "offset": offset, "sortBy": sort}
            page = ask(self._http, "POST", f"/object/list/{quote(bucket)}", json=body).json()
            for row in page:
                key = f"{folder}/{row['name']}" if folder else row["name"]
                if row["id"] is None:
                    yield from self.files(bucket, key, depth + 1)
                else:
                    yield self._file(bucket, key, row["metadata"] or {})
            if len(page) < LISTED:
                return
            offset += len(page)

    @contextmanager
    def opened(self, bucket: str, key: str) -> Iterator[Iterator[bytes]]:
        """An object's bytes as they come. Raises `Refusal`."""
        path = f"/object/{quote(bucket)}/{quote(key)}"
        try:
            with self._http.stream("GET", path) as response:
                if not response.is_success:
                    response.read()
                    raise Refusal(response.status_code, reason(response))
                yield response.iter_bytes(BLOCK_BYTES)
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from None

    def _file(self, bucket: str, key: str, facts: Mapping[str, Any]) -> StoredFile:
        path = f"/object/info/{quote(bucket)}/{quote(key)}"
        info = ask(self._http, "GET", path).json()
        etag = str(facts.get("eTag") or "").strip('"')
        return StoredFile(
            key,
            int(facts.get("size") or 0),
            etag if len(etag) == 32 and "-" not in etag else "",
            str(facts.get("mimetype") or "application/octet-stream"),
            str(facts.get("cacheControl") or ""),
            info.get("metadata") or {},
        )
