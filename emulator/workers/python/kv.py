"""`env.KV`: a namespace, by the protocol that workerd speaks."""

from typing import Any
from urllib.parse import quote, urlencode

from emulator.workers.python.messages import source_of
from emulator.workers.python.streams import ReadableStream
from emulator.workers.python.values import (
    JsBuffer,
    JsException,
    JsObject,
    JsProxy,
    dumps,
    options_of,
    parse,
)
from emulator.workers.python.wire import TOKEN_HEADER, Answer, Channel, Sent

MAX_KEY_BYTES = 512
KEY_LENGTH = "KV {} failed: 414 UTF-8 encoded length of {} exceeds key length limit of 512."
TYPES = ("text", "json", "arrayBuffer", "stream")
INT32 = 2**31


class KVNamespace(JsProxy):
    """Options may be an object or keyword arguments."""

    def __init__(self, channel: Channel, token: str) -> None:
        self._channel = channel
        self._headers = [(b"host", b"fake-host"), (TOKEN_HEADER, token.encode())]

    async def get(self, key: Any, given: Any = None, **named: Any) -> Any:
        """The value, or None. Of several keys an object of values by key."""
        if isinstance(key, list | tuple):
            return await self._several(key, given, named, metadata=False)
        answer, kind = await self._get(key, given, named)
        return None if answer is None else await value_of(answer, kind)

    async def getWithMetadata(  # JavaScript's name
        self, key: Any, given: Any = None, **named: Any
    ) -> JsObject:
        if isinstance(key, list | tuple):
            found: JsObject = await self._several(key, given, named, metadata=True)
            return found
        answer, kind = await self._get(key, given, named)
        if answer is None:
            return JsObject(value=None, metadata=None, cacheStatus=None)
        text = answer.header(b"cf-kv-metadata")
        metadata = parse(text.decode("utf-8", "replace")) if text is not None else None
        value = await value_of(answer, kind)
        return JsObject(value=value, metadata=metadata, cacheStatus=None)

    async def put(self, key: str, value: Any, given: Any = None, **named: Any) -> None:
        options = options_of(given, named)
        query = {"urlencoded": "true"}
        for name, field in (("expiration", "expiration"), ("expirationTtl", "expiration_ttl")):
            if name in options:
                query[field] = str(int32(name, options[name]))
        headers = []
        if "metadata" in options:
            headers.append((b"cf-kv-metadata", dumps(options["metadata"])))
        if not (value is None or isinstance(value, int | float)):
            source, kind = source_of(value)
        else:
            text = "null" if value is None else dumps(value).decode()
            source, kind = source_of(text)
        if kind is not None:
            headers.append((b"content-type", kind.encode()))
        length = source.length if isinstance(source, ReadableStream) else None
        body: Sent | None = source.chunks() if isinstance(source, ReadableStream) else source
        target = path_of("PUT", key, query)
        answer = await self._ask("PUT", "PUT", target, headers, body or b"", length)
        await answer.read()

    async def list(self, given: Any = None, **named: Any) -> JsObject:
        options = options_of(given, named)
        query = {}
        if options.get("limit", 0) > 0:
            query["key_count_limit"] = str(int(options["limit"]))
        for name in ("prefix", "cursor"):
            if options.get(name):
                query[name] = str(options[name])
        target = "/?" + urlencode(query, quote_via=quote) if query else "/"
        answer = await self._ask("GET", "GET", target)
        found = parse((await answer.read()).decode())
        for key in found["keys"]:
            if isinstance(key.get("metadata"), str):
                key["metadata"] = parse(key["metadata"])
        found["cacheStatus"] = None
        assert isinstance(found, JsObject)
        return found

    async def delete(self, key: Any) -> None:
        if isinstance(key, list | tuple):
            key = ",".join(map(str, key))
        target = path_of("DELETE", key, {"urlencoded": "true"})
        await (await self._ask("DELETE", "DELETE", target, body=b"")).read()

    async def _get(self, key: str, given: Any, named: Any) -> tuple[Answer | None, str]:
        options, kind = typed(given, named)
        if kind not in TYPES:
            raise JsException(
                "TypeError",
                "Unknown response type. Possible types are "
                '"text", "arrayBuffer", "json", and "stream".',
            )
        query = {"urlencoded": "true"}
        if "cacheTtl" in options:
            query["cache_ttl"] = str(int(options["cacheTtl"]))
        answer = await self._ask("GET", "GET", path_of("GET", key, query), missing=True)
        if answer.status in (404, 410):
            await answer.read()
            return None, kind
        return answer, kind

    async def _several(self, keys: Any, given: Any, named: Any, *, metadata: bool) -> Any:
        options, kind = typed(given, named)
        asked: dict[str, Any] = {"keys": [str(key) for key in keys]}
        if kind != "text":
            asked["type"] = kind
        if metadata:
            asked["withMetadata"] = True
        if "cacheTtl" in options:
            asked["cacheTtl"] = str(int(options["cacheTtl"]))
        answer = await self._ask("GET_BULK", "POST", "/bulk/get", body=dumps(asked))
        return parse((await answer.read()).decode())

    async def _ask(
        self,
        action: str,
        method: str,
        target: str,
        headers: Any = (),
        body: Sent | None = None,
        length: int | None = None,
        *,
        missing: bool = False,
    ) -> Answer:
        """Raises `JsException` with the reason that the answer gives."""
        sent = [*self._headers, *headers]
        answer = await self._channel.request(method, target, sent, body, length)
        if 200 <= answer.status < 300 or (missing and answer.status in (404, 410)):
            return answer
        await answer.read()
        raise JsException("Error", f"KV {action} failed: {answer.status} {answer.reason}")


def typed(given: Any, named: Any) -> tuple[dict[str, Any], str]:
    options = options_of({"type": given} if isinstance(given, str) else given, named)
    return options, options.get("type", "text")


def path_of(action: str, key: Any, query: dict[str, str]) -> str:
    """Raises `JsException` for a key that there cannot be."""
    text = str(key)
    if text == "":
        raise JsException("TypeError", "Key name cannot be empty.")
    if text in (".", ".."):
        raise JsException("TypeError", f'"{text}" is not allowed as a key name.')
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_KEY_BYTES:
        raise JsException("Error", KEY_LENGTH.format(action, size))
    return f"/{quote(text.encode('utf-8', 'replace'), safe='')}?{urlencode(query)}"


def int32(name: str, value: Any) -> int:
    if not isinstance(value, int | float) or not -INT32 <= value < INT32:
        raise JsException("TypeError", f"Value out of range for {name}.")
    return int(value)


async def value_of(answer: Answer, kind: str) -> Any:
    if kind == "stream":
        return ReadableStream(answer.chunks())
    content = await answer.read()
    if kind == "arrayBuffer":
        return JsBuffer(content)
    text = content.decode("utf-8", "replace")
    return parse(text) if kind == "json" else text
