"""A bucket's binding as the Workers runtime speaks to it, and how to read what it is told."""

from typing import Any

import httpx
import orjson


class Env:
    """A bucket's binding, as the runtime speaks to it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def read(self, method: str, **fields: Any) -> httpx.Response:
        request = orjson.dumps({"version": 1, "method": method, **fields})
        return await self.client.get("/", headers=[(b"cf-r2-request", request)])

    async def write(self, method: str, content: bytes = b"", **fields: Any) -> httpx.Response:
        request = orjson.dumps({"version": 1, "method": method, **fields})
        size = {"cf-r2-metadata-size": str(len(request))}
        return await self.client.put("/", content=request + content, headers=size)

    async def upload(self, key: str, **fields: Any) -> dict[str, Any]:
        """A new upload; what names it."""
        created = await self.write("createMultipartUpload", object=key, **fields)
        return {"object": key, "uploadId": created.json()["uploadId"]}


def told(response: httpx.Response) -> tuple[Any, bytes]:
    """The JSON of an answer to a GET, and the content behind it."""
    size = int(response.headers["cf-r2-metadata-size"])
    return orjson.loads(response.content[:size]), response.content[size:]


def refusal(response: httpx.Response) -> tuple[int, int, str]:
    """The status, the code and the text of a refusal."""
    error = orjson.loads(dict(response.headers.raw)[b"cf-r2-error"])
    assert error["version"] == 1
    return response.status_code, error["v4code"], error["message"]
