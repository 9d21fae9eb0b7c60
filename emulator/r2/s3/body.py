"""Uploads as they arrive: decoded, digested and written off the event loop, then checked."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass

from emulator.r2.content import Content, Incoming
from emulator.r2.digests import CHECKSUM_BYTES, MD5, SHA256, Digests, checksum
from emulator.r2.errors import (
    BadDigest,
    ContentSha256Mismatch,
    EntityTooLarge,
    IncompleteBody,
    InvalidDigest,
    InvalidRequest,
    MalformedXml,
    MissingContentLength,
)
from emulator.r2.limits import MAX_UPLOAD_BYTES
from emulator.r2.models import Checksum
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.payload import Decoder, decoder_for
from emulator.r2.streaming import fill

MAX_XML_BYTES = 4 * 1_048_576
PREFIX = "x-amz-checksum-"
HEX_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the headers promise of the body."""

    md5: bytes | None
    sha256: str | None
    checksum: Checksum | None
    # The algorithm whose value comes as a trailer, or is to be worked out.
    algorithm: str | None

    @property
    def algorithms(self) -> set[str]:
        names = {self.checksum.algorithm} if self.checksum else set()
        if self.algorithm is not None:
            names.add(self.algorithm)
        return names | ({SHA256} if self.sha256 else set())


@dataclass(frozen=True, slots=True)
class Received:
    """Content that is all that was promised, and its checksum if it has one."""

    content: Content
    checksum: Checksum | None


async def receive_content(
    call: S3Call, *, part: bool = False, algorithm: str | None = None
) -> Received:
    """The upload in this request. Nothing is left of it where this raises.

    `algorithm` is worked out even if the request does not mention it.
    """
    headers = call.headers
    length = length_of(call)
    expected = expected_of(call, algorithm)
    decoder = decoder_for(call.signed)
    incoming = call.r2.incoming(expected.algorithms, part=part)
    try:
        sink = Sink(decoder, incoming, length)
        content = await fill(call.request.body, sink.feed, sink.finish)
        return Received(content, check(content, expected, decoder, headers.get("x-amz-trailer")))
    except BaseException:
        incoming.discard()
        raise


async def receive_xml(call: S3Call, *, has_checksum: bool = True) -> bytes:
    """A small body, whole, and checked as an upload is.

    Without `has_checksum` the checksum in the headers is of something else.
    """
    raw = bytearray()
    async for chunk in call.request.body:
        raw += chunk
        if len(raw) > MAX_XML_BYTES:
            raise MalformedXml()
    expected = expected_of(call, None, has_checksum=has_checksum)
    decoder = decoder_for(call.signed)
    data = b"".join(decoder.feed(bytes(raw)))
    decoder.finish()
    digests = Digests(expected.algorithms)
    digests.update(data)
    content = Content(len(data), digests.results(), data, None)
    check(content, expected, decoder, call.headers.get("x-amz-trailer"))
    return data


class Sink:
    """Where raw bytes go: through the decoder into the incoming content."""

    def __init__(self, decoder: Decoder, incoming: Incoming, length: int | None) -> None:
        self._decoder = decoder
        self._incoming = incoming
        self._length = length

    def feed(self, raw: bytes) -> None:
        for data in self._decoder.feed(raw):
            self._incoming.write(data)

    def finish(self) -> Content:
        """The content, if it is as long as it was said to be and may be."""
        self._decoder.finish()
        if self._length is not None and self._incoming.size != self._length:
            raise IncompleteBody()
        if self._incoming.size > MAX_UPLOAD_BYTES:
            raise EntityTooLarge()
        return self._incoming.finish()


def length_of(call: S3Call) -> int | None:
    """How long the content is said to be. Raises `MissingContentLength`."""
    is_chunked = call.signed.claim.payload_hash.startswith("STREAMING-")
    decoded = call.headers.get("x-amz-decoded-content-length")
    if is_chunked and decoded is not None:
        if not decoded.isdecimal() or len(decoded) > 18:
            raise InvalidRequest(reason="x-amz-decoded-content-length must be a whole number")
        return int(decoded)
    if "content-length" not in call.headers:
        raise MissingContentLength()
    if not call.headers["content-length"].isdecimal():
        raise InvalidRequest(reason="Content-Length must be a whole number")
    return None if is_chunked else int(call.headers["content-length"])


def expected_of(call: S3Call, algorithm: str | None, *, has_checksum: bool = True) -> Expected:
    headers = call.headers
    given = [
        Checksum(name, headers[PREFIX + name.lower()])
        for name in CHECKSUM_BYTES
        if has_checksum and PREFIX + name.lower() in headers
    ]
    if len(given) > 1:
        raise InvalidRequest(reason="Expecting a single x-amz-checksum- header")
    for one in given:
        digest_of(f"x-amz-checksum-{one.algorithm.lower()} header", one.value, one.algorithm)
    trailer = headers.get("x-amz-trailer", "").strip().lower().removeprefix(PREFIX).upper()
    if trailer and trailer not in CHECKSUM_BYTES:
        reason = "The value specified in the x-amz-trailer header is not supported"
        raise InvalidRequest(reason=reason)
    md5 = headers.get("content-md5")
    payload_hash = call.signed.claim.payload_hash
    return Expected(
        None if md5 is None else digest_of("Content-MD5", md5, MD5),
        payload_hash if HEX_HASH.fullmatch(payload_hash) else None,
        given[0] if given else None,
        trailer or algorithm,
    )


def digest_of(name: str, text: str, algorithm: str) -> bytes:
    """The bytes of a digest in base64. Raises `InvalidDigest`."""
    try:
        digest = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise InvalidDigest(name=name) from None
    if len(digest) != CHECKSUM_BYTES.get(algorithm, 16):
        raise InvalidDigest(name=name)
    return digest


def check(
    content: Content, expected: Expected, decoder: Decoder, trailer: str | None
) -> Checksum | None:
    """Whether the content is what was promised; the checksum that goes with it."""
    if expected.sha256 is not None and content.digests[SHA256].hex() != expected.sha256:
        raise ContentSha256Mismatch()
    if expected.md5 is not None and content.md5 != expected.md5:
        raise BadDigest(name=MD5, given=expected.md5.hex(), actual=content.md5.hex())
    given = expected.checksum
    if trailer:
        value = decoder.trailers.get(trailer.strip().lower())
        if value is None or expected.algorithm is None:
            raise IncompleteBody()
        given = Checksum(expected.algorithm, value)
    if given is None:
        name = expected.algorithm
        return None if name is None else checksum(name, content.digests[name])
    actual = checksum(given.algorithm, content.digests[given.algorithm])
    if actual != given:
        raise BadDigest(name=given.algorithm, given=given.value, actual=actual.value)
    return actual
