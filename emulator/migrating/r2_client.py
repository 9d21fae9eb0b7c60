"""R2's buckets: listed by Cloudflare's API, written by it or by S3, which keeps metadata too."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

import httpx

from emulator.core.clock import Clock
from emulator.migrating.http_client import (
    Refusal,
    Unreachable,
    ask,
    client,
    envelope,
    reason,
    result,
)
from emulator.migrating.metadata import header
from emulator.migrating.models import R2Object
from emulator.migrating.signature import Keys, keys_of, signed

LISTED = 1_000
# What AWS leaves as it is in a path.
UNQUOTED = "/-_.~"


class R2Client:
    """The buckets of one account; `s3` is the endpoint, or "" for Cloudflare's API alone."""

    def __init__(self, api: str, account_id: str, token: str, s3: str, clock: Clock) -> None:
        self._http = client(api, {"Authorization": f"Bearer {token}"})
        self._base = f"/accounts/{account_id}/r2/buckets"
        self._clock = clock
        self._s3 = client(s3, {}) if s3 else None
        self._host = urlsplit(s3).netloc
        self._keys: Keys | None = None
        self._token = token

    @property
    def keeps_metadata(self) -> bool:
        return self._s3 is not None

    def close(self) -> None:
        self._http.close()
        if self._s3 is not None:
            self._s3.close()

    def check(self, bucket: str) -> None:
        """Raises `Refusal` if there is no such bucket."""
        ask(self._http, "GET", f"{self._base}/{quote(bucket)}")

    def objects(self, bucket: str) -> dict[str, R2Object]:
        """What is in a bucket. Raises `Refusal`."""
        found: dict[str, R2Object] = {}
        cursor = ""
        while True:
            params = {"per_page": str(LISTED), **({"cursor": cursor} if cursor else {})}
            path = f"{self._base}/{quote(bucket)}/objects"
            answer = envelope(ask(self._http, "GET", path, params=params))
            for one in answer["result"]:
                http = one.get("http_metadata") or {}
                found[one["key"]] = R2Object(
                    int(one["size"]),
                    str(one["etag"]).strip('"'),
                    str(http.get("contentType") or ""),
                    str(http.get("cacheControl") or ""),
                    {
                        name.lower(): text
                        for name, text in (one.get("custom_metadata") or {}).items()
                    },
                )
            info = answer.get("result_info") or {}
            cursor = str(info.get("cursor") or "")
            if not info.get("is_truncated") or not cursor:
                return found

    def put(
        self,
        bucket: str,
        key: str,
        blocks: Iterator[bytes],
        about: R2Object,
    ) -> None:
        """Write an object of a size that is known. Raises `Refusal`, `Unreachable`."""
        headers = {"content-type": about.content_type, "content-length": str(about.size)}
        if about.cache_control:
            headers["cache-control"] = about.cache_control
        try:
            response = self._put(bucket, key, blocks, headers, about.metadata)
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from None
        if not response.is_success:
            raise Refusal(response.status_code, reason(response))

    def _put(
        self,
        bucket: str,
        key: str,
        blocks: Iterator[bytes],
        headers: dict[str, str],
        metadata: Mapping[str, str],
    ) -> httpx.Response:
        if self._s3 is None:
            path = f"{self._base}/{quote(bucket)}/objects/{quote(key, safe='/')}"
            return self._http.put(path, content=blocks, headers=headers)
        path = quote(f"/{bucket}/{key}", safe=UNQUOTED)
        headers |= {f"x-amz-meta-{name}": header(text) for name, text in metadata.items()}
        keys = self._s3_keys()
        proven = signed(keys, "PUT", self._host, path, headers, self._clock.now())
        url = self._s3.base_url.copy_with(raw_path=path.encode())
        return self._s3.put(url, content=blocks, headers=proven)

    def _s3_keys(self) -> Keys:
        if self._keys is None:
            told = result(ask(self._http, "GET", "/user/tokens/verify"))
            self._keys = keys_of(told["id"], self._token)
        return self._keys
