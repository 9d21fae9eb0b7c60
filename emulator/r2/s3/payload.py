"""The body of an upload: as it is, or in `aws-chunked` pieces with signatures and trailers.

Sans-I/O: raw bytes in, content out. What does not verify is a refusal.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

import hmac
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Protocol

from emulator.r2.errors import IncompleteBody, InvalidRequest, SignatureDoesNotMatch
from emulator.r2.s3.sigv4 import ALGORITHM, Signed

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

EMPTY_HASH = sha256(b"").hexdigest()
SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
# A chunk's size in hexadecimal with its signature; a trailer's name and value.
MAX_LINE_BYTES = 4_096
MAX_TRAILERS_BYTES = 16_384


class Decoder(Protocol):
    """Raw bytes in, content out. `trailers` are known at the end."""

    trailers: Mapping[str, str]

    def feed(self, raw: bytes) -> Iterator[bytes | memoryview]: ...

    def finish(self) -> None: ...


class Plain:
    """A body that is the content."""

    trailers: Mapping[str, str] = {}

    def feed(self, raw: bytes) -> Iterator[bytes | memoryview]:
        yield raw

    def finish(self) -> None:
        """Nothing to check: HTTP itself says where the body ends."""


class ChunkSigner:
    """The chain of signatures: each covers its chunk and the one before."""

    def __init__(self, signed: Signed) -> None:
        self._key = signed.key
        self._head = f"{signed.claim.amz_date}\n{signed.claim.scope}"
        self._previous = signed.claim.signature

    def check_chunk(self, digest: str, provided: str) -> None:
        text = f"{ALGORITHM}-PAYLOAD\n{self._head}\n{self._previous}\n{EMPTY_HASH}\n{digest}"
        self._check(text, provided)

    def check_trailers(self, trailers: bytes, provided: str) -> None:
        digest = sha256(trailers).hexdigest()
        self._check(f"{ALGORITHM}-TRAILER\n{self._head}\n{self._previous}\n{digest}", provided)

    def _check(self, text: str, provided: str) -> None:
        expected = hmac.new(self._key, text.encode(), sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), provided.encode()):
            raise SignatureDoesNotMatch()
        self._previous = expected


class AwsChunked:
    """`<size>[;chunk-signature=…]CRLF<data>CRLF … 0CRLF<trailers>CRLF`."""

    def __init__(self, signer: ChunkSigner | None = None, *, sign_trailers: bool = False) -> None:
        self.trailers: Mapping[str, str] = {}
        self._signer = signer
        self._sign_trailers = sign_trailers
        self._pending = bytearray()
        self._left = 0
        self._hash = sha256()
        self._signature = ""
        self._state = self._size_line
        self._trailer_lines: list[bytes] = []
        self._ended = False

    def feed(self, raw: bytes) -> Iterator[bytes | memoryview]:
        self._pending += raw
        while not self._ended:
            if self._left:
                if not self._pending:
                    return
                yield self._data()
            elif not self._state():
                return
        if self._pending:
            raise IncompleteBody()

    def finish(self) -> None:
        if not self._ended:
            raise IncompleteBody()

    def _data(self) -> bytes:
        data = bytes(self._pending[: self._left])
        del self._pending[: self._left]
        self._left -= len(data)
        if self._signer is not None:
            self._hash.update(data)
        if not self._left:
            self._state = self._chunk_end
        return data

    def _line(self) -> bytes | None:
        """The next line without its end; None where it has not all arrived."""
        end = self._pending.find(b"\r\n")
        # Where the end is yet to come, its first byte may be there.
        if (len(self._pending) - 1 if end < 0 else end) > MAX_LINE_BYTES:
            raise IncompleteBody()
        if end < 0:
            return None
        line = bytes(self._pending[:end])
        del self._pending[: end + 2]
        return line

    def _size_line(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size, _, extension = line.partition(b";")
        if not SIZE.fullmatch(size):
            raise IncompleteBody()
        self._left = int(size, 16)
        self._signature = extension.decode("latin-1").removeprefix("chunk-signature=")
        self._hash = sha256()
        if not self._left:
            self._check_chunk()
            self._state = self._trailer_line
        return True

    def _chunk_end(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if line:
            raise IncompleteBody()
        self._check_chunk()
        self._state = self._size_line
        return True

    def _check_chunk(self) -> None:
        if self._signer is not None:
            self._signer.check_chunk(self._hash.hexdigest(), self._signature)

    def _trailer_line(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if line:
            self._trailer_lines.append(line)
            if sum(map(len, self._trailer_lines)) > MAX_TRAILERS_BYTES:
                raise IncompleteBody()
            return True
        self._end()
        return True

    def _end(self) -> None:
        named = [line.decode("latin-1").partition(":") for line in self._trailer_lines]
        trailers = {name.strip().lower(): value.strip() for name, _, value in named}
        provided = trailers.pop("x-amz-trailer-signature", None)
        if self._signer is not None and self._sign_trailers:
            text = "".join(f"{name}:{value}\n" for name, value in trailers.items())
            self._signer.check_trailers(text.encode("latin-1"), provided or "")
        self.trailers = trailers
        self._ended = True


def decoder_for(signed: Signed) -> Decoder:
    """How the body is to be read, by what was signed of it."""
    payload_hash = signed.claim.payload_hash
    if payload_hash == SIGNED_TRAILER:
        return AwsChunked(ChunkSigner(signed), sign_trailers=True)
    if payload_hash == SIGNED:
        return AwsChunked(ChunkSigner(signed))
    if payload_hash == UNSIGNED_TRAILER:
        return AwsChunked()
    if payload_hash.startswith("STREAMING-"):
        raise InvalidRequest(reason=f"x-amz-content-sha256 {payload_hash} is not supported")
    return Plain()
