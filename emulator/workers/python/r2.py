"""`env.BUCKET`: an R2 bucket, by the protocol that workerd speaks."""

import base64
from collections.abc import AsyncIterator, Mapping
from typing import Any

from emulator.workers.python.headers import Headers, http_date
from emulator.workers.python.messages import Message, source_of
from emulator.workers.python.streams import ReadableStream
from emulator.workers.python.values import (
    JsArray,
    JsDate,
    JsException,
    JsObject,
    JsProxy,
    dumps,
    is_bytes,
    options_of,
    parse,
)
from emulator.workers.python.wire import TOKEN_HEADER, Answer, Channel

REQUEST, ERROR, SIZE = b"cf-r2-request", b"cf-r2-error", b"cf-r2-metadata-size"
NO_KEY, UNMET = 10007, 10031
DIGESTS = ("md5", "sha1", "sha256", "sha384", "sha512")
FIELDS = {
    "contentType": "content-type",
    "contentLanguage": "content-language",
    "contentDisposition": "content-disposition",
    "contentEncoding": "content-encoding",
    "cacheControl": "cache-control",
    "cacheExpiry": "expires",
}
INCLUDED = {"httpMetadata": 0, "customMetadata": 1}
UNKNOWN_LENGTH = (
    "Provided readable stream must have a known length "
    "(request/response body or readable half of FixedLengthStream)"
)


class R2Object(JsObject):
    """What is known of an object. Its methods beside, its fields as of any object."""

    def writeHttpMetadata(self, headers: Headers) -> None:  # JavaScript's name
        for field, name in FIELDS.items():
            value = (self.get("httpMetadata") or {}).get(field)
            if value is not None:
                headers.set(name, http_date(value) if isinstance(value, JsDate) else value)


class R2ObjectBody(R2Object):
    """An object with its content, which is read once."""

    def hold(self, message: Message) -> None:
        object.__setattr__(self, "message", message)

    @property
    def body(self) -> ReadableStream | None:
        return self._content().body

    @property
    def bodyUsed(self) -> bool:
        return self._content().bodyUsed

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name) if name in ("body", "bodyUsed") else super().__getitem__(name)

    async def text(self) -> str:
        return await self._content().text()

    async def json(self) -> Any:
        return await self._content().json()

    async def arrayBuffer(self) -> Any:
        return await self._content().arrayBuffer()

    bytes = arrayBuffer

    async def blob(self) -> Any:
        return await self._content().blob()

    def _content(self) -> Message:
        message: Message = object.__getattribute__(self, "message")
        return message


class R2Bucket(JsProxy):
    """Options may be an object or keyword arguments."""

    def __init__(self, channel: Channel, token: str) -> None:
        self._channel = channel
        self._headers = [(b"host", b"fake-host"), (TOKEN_HEADER, token.encode())]

    async def head(self, key: str) -> R2Object | None:
        answer, code = await self._get("head", {"object": str(key)})
        found, _ = await split(answer)
        return None if code == NO_KEY else object_of(found)

    async def get(self, key: str, given: Any = None, **named: Any) -> R2Object | None:
        """The object with its body; without, where a condition is not met; None where none is."""
        options = options_of(given, named)
        asked: dict[str, Any] = {"object": str(key), **conditions(options), **encryption(options)}
        window = options.get("range")
        if isinstance(window, Headers):
            asked["rangeHeader"] = window.get("range") or ""
        elif window is not None:
            asked["range"] = {
                name: str(int(value)) for name, value in window.items() if value is not None
            }
        answer, code = await self._get("get", asked)
        if code == NO_KEY:
            await answer.read()
            return None
        found, rest = await split(answer)
        if code == UNMET:
            return object_of(found)
        made = R2ObjectBody(object_of(found))
        made.hold(Message(None, ReadableStream(rest, made["range"]["length"])))
        return made

    async def put(self, key: str, value: Any, given: Any = None, **named: Any) -> R2Object | None:
        """The object, or None where a condition is not met."""
        options = options_of(given, named)
        asked = {"object": str(key), **metadata(options), **digest(options)}
        asked |= {**conditions(options), **encryption(options)}
        answer, code = await self._put("put", asked, value)
        found = await answer.read()
        return None if code == UNMET else object_of(parse(found.decode()))

    async def delete(self, keys: Any) -> None:
        several = isinstance(keys, list | tuple)
        asked = {"objects": [str(key) for key in keys]} if several else {"object": str(keys)}
        answer, _ = await self._put("delete", asked)
        await answer.read()

    async def list(self, given: Any = None, **named: Any) -> JsObject:
        options = options_of(given, named)
        asked: dict[str, Any] = {"newRuntime": True}
        for name in ("prefix", "cursor", "delimiter", "startAfter"):
            if name in options:
                asked[name] = str(options[name])
        if "limit" in options:
            asked["limit"] = int(options["limit"])
        if given is not None or named:
            asked["include"] = [INCLUDED[one] for one in options.get("include", ())]
        answer, _ = await self._get("list", asked)
        found, _ = await split(answer)
        page = JsObject(objects=JsArray(object_of(one) for one in found["objects"]))
        page["truncated"] = found["truncated"]
        page["cursor"] = found.get("cursor")
        page["delimitedPrefixes"] = found.get("delimitedPrefixes", JsArray())
        return page

    async def createMultipartUpload(
        self, key: str, given: Any = None, **named: Any
    ) -> "MultipartUpload":
        options = options_of(given, named)
        asked = {"object": str(key), **metadata(options), **encryption(options)}
        answer, _ = await self._put("createMultipartUpload", asked)
        made = parse((await answer.read()).decode())
        return MultipartUpload(self, str(key), made["uploadId"])

    def resumeMultipartUpload(self, key: str, upload_id: str) -> "MultipartUpload":
        return MultipartUpload(self, str(key), str(upload_id))

    async def _get(self, action: str, asked: Mapping[str, Any]) -> tuple[Answer, int]:
        request = dumps({"version": 1, "method": action, **asked})
        headers = [*self._headers, (REQUEST, request)]
        answer = await self._channel.request("GET", "/", headers)
        return answer, await refusal(action, answer)

    async def _put(
        self, action: str, asked: Mapping[str, Any], value: Any = b""
    ) -> tuple[Answer, int]:
        request = dumps({"version": 1, "method": action, **asked})
        source, _ = source_of(b"" if value is None else value)
        if isinstance(source, ReadableStream) and source.length is None:
            raise JsException("TypeError", UNKNOWN_LENGTH)
        headers = [*self._headers, (SIZE, b"%d" % len(request))]
        if isinstance(source, ReadableStream):
            length = len(request) + (source.length or 0)
            body = preceded(request, source.chunks())
            answer = await self._channel.request("PUT", "/", headers, body, length)
        else:
            answer = await self._channel.request("PUT", "/", headers, request + (source or b""))
        return answer, await refusal(action, answer)


class MultipartUpload(JsProxy):
    """An upload in parts."""

    def __init__(self, bucket: R2Bucket, key: str, upload_id: str) -> None:
        self._bucket = bucket
        self.key = key
        self.uploadId = upload_id

    def __getitem__(self, name: str) -> Any:
        return {"key": self.key, "uploadId": self.uploadId}[name]

    async def uploadPart(
        self, number: int, value: Any, given: Any = None, **named: Any
    ) -> JsObject:
        asked = {**self._named(), "partNumber": int(number)}
        asked |= encryption(options_of(given, named))
        answer, _ = await self._bucket._put("uploadPart", asked, value)
        made = parse((await answer.read()).decode())
        return JsObject(partNumber=int(number), etag=made["etag"])

    async def complete(self, parts: Any) -> R2Object:
        listed = [{"etag": one["etag"], "part": int(one["partNumber"])} for one in parts]
        asked = {**self._named(), "parts": listed}
        answer, _ = await self._bucket._put("completeMultipartUpload", asked)
        return object_of(parse((await answer.read()).decode()))

    async def abort(self) -> None:
        answer, _ = await self._bucket._put("abortMultipartUpload", self._named())
        await answer.read()

    def _named(self) -> dict[str, Any]:
        return {"object": self.key, "uploadId": self.uploadId}


async def refusal(action: str, answer: Answer) -> int:
    """0, or the code of what is no error to a Worker. Raises `JsException` for the others."""
    if answer.status < 400:
        return 0
    error = parse((answer.header(ERROR) or b'{"message":"Unspecified error","v4code":0}').decode())
    code = int(error["v4code"])
    if answer.status == 404 and code == NO_KEY and action in ("head", "get", "delete"):
        return code
    if answer.status == 412 and code == UNMET and action in ("get", "put"):
        return code
    await answer.read()
    raise JsException("Error", f"{action}: {error['message']} ({code})")


async def split(answer: Answer) -> tuple[Any, AsyncIterator[bytes]]:
    """What is told of the object, and its content as it comes."""
    size = int(answer.header(SIZE) or b"0")
    chunks, begun = answer.chunks(), b""
    while len(begun) < size:
        begun += await anext(chunks)
    told = parse(begun[:size].decode()) if size else JsObject()
    rest = preceded(begun[size:], chunks)
    if answer.header(b"content-length") == b"%d" % size:
        async for _ in rest:
            pass
    return told, rest


async def preceded(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for chunk in rest:
        yield chunk


def object_of(told: Mapping[str, Any]) -> R2Object:
    made = R2Object(key=told["name"], version=told["version"], size=int(told["size"]))
    made |= {"etag": told["etag"], "httpEtag": f'"{told["etag"]}"'}
    made["uploaded"] = JsDate.of(float(told["uploaded"]))
    http = told.get("httpFields")
    made["httpMetadata"] = http if http is None else JsObject(http)
    if http and "cacheExpiry" in http:
        made["httpMetadata"]["cacheExpiry"] = JsDate.of(float(http["cacheExpiry"]))
    custom = told.get("customFields")
    made["customMetadata"] = custom and JsObject((one["k"], one["v"]) for one in custom)
    if custom is not None and not custom:
        made["customMetadata"] = JsObject()
    window = told.get("range")
    made["range"] = window and JsObject({name: int(value) for name, value in window.items()})
    sums = told.get("checksums") or {}
    made["checksums"] = Checksums({DIGESTS[int(number)]: text for number, text in sums.items()})
    made["storageClass"] = told.get("storageClass", "Standard")
    made["ssecKeyMd5"] = (told.get("ssec") or {}).get("keyMd5")
    return made


class Checksums(JsObject):
    def toJSON(self) -> JsObject:
        return JsObject(self)


def metadata(options: Mapping[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    http = options.get("httpMetadata")
    if isinstance(http, Headers):
        named = {field: http.get(name) for field, name in FIELDS.items() if field != "cacheExpiry"}
        http = {field: value for field, value in named.items() if value is not None}
    if http is not None:
        fields = {name: value for name, value in http.items() if value is not None}
        if "cacheExpiry" in fields:
            fields["cacheExpiry"] = millis(fields["cacheExpiry"])
        asked["httpFields"] = fields
    custom = options.get("customMetadata")
    if custom is not None:
        asked["customFields"] = [{"k": str(k), "v": str(v)} for k, v in custom.items()]
    if "storageClass" in options:
        asked["storageClass"] = str(options["storageClass"])
    return asked


def digest(options: Mapping[str, Any]) -> dict[str, str]:
    given = {name: options[name] for name in DIGESTS if name in options}
    if len(given) > 1:
        raise JsException("TypeError", "You cannot specify multiple hashing algorithms.")
    for name, value in given.items():
        content = bytes(value) if is_bytes(value) else bytes.fromhex(str(value))
        return {name: base64.b64encode(content).decode() if name == "md5" else content.hex()}
    return {}


def encryption(options: Mapping[str, Any]) -> dict[str, Any]:
    key = options.get("ssecKey")
    if key is None:
        return {}
    return {"ssec": {"key": bytes(key).hex() if is_bytes(key) else str(key)}}


def conditions(options: Mapping[str, Any]) -> dict[str, Any]:
    given = options.get("onlyIf")
    if given is None:
        return {}
    asked: dict[str, Any] = {}
    if isinstance(given, Headers):
        asked = by_headers(given)
    else:
        for name in ("etagMatches", "etagDoesNotMatch"):
            if given.get(name) is not None:
                asked[name] = [etag(str(given[name]))]
        for name in ("uploadedBefore", "uploadedAfter"):
            if given.get(name) is not None:
                asked[name] = millis(given[name])
        if given.get("secondsGranularity"):
            asked["secondsGranularity"] = True
    return {"onlyIf": asked}


def by_headers(headers: Headers) -> dict[str, Any]:
    from email.utils import parsedate_to_datetime

    asked: dict[str, Any] = {"secondsGranularity": True}
    for name, field in (("if-match", "etagMatches"), ("if-none-match", "etagDoesNotMatch")):
        if (text := headers.get(name)) is not None:
            asked[field] = [etag(one.strip(), quoted=True) for one in text.split(",")]
    dates = (("if-unmodified-since", "uploadedBefore"), ("if-modified-since", "uploadedAfter"))
    for name, field in dates:
        if (text := headers.get(name)) is not None:
            asked[field] = millis(parsedate_to_datetime(text))
    return asked


def etag(text: str, *, quoted: bool = False) -> dict[str, str]:
    if text == "*":
        return {"type": "wildcard"}
    kind = "weak" if text.startswith("W/") else "strong"
    value = text.removeprefix("W/").strip('"') if quoted else text
    return {"type": kind, "value": value}


def millis(moment: Any) -> str:
    """Milliseconds of a date, or of a number of them, as text."""
    seconds = getattr(moment, "timestamp", None)
    return str(round(seconds() * 1000) if seconds is not None else int(moment))
