"""Digests of content as it passes: MD5 for ETags, S3's five checksum algorithms.

zlib knows CRC32; CRC32C and CRC64NVME come from the AWS runtime, loaded when first asked for.
"""

import hashlib
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from emulator.r2.models import Checksum

Bytes = bytes | bytearray | memoryview

MD5 = "MD5"
SHA256 = "SHA256"
CRC64NVME = "CRC64NVME"
# S3's checksum algorithms, and the length of their digests in bytes.
CHECKSUM_BYTES = {"CRC32": 4, "CRC32C": 4, CRC64NVME: 8, "SHA1": 20, SHA256: 32}


class Digest(Protocol):
    """What hashlib's objects do."""

    def update(self, data: Bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class Crc:
    """A cyclic redundancy check with the interface of a hash."""

    def __init__(self, function: Callable[[Bytes, int], int], size_bytes: int) -> None:
        self._function = function
        self._size = size_bytes
        self._value = 0

    def update(self, data: Bytes, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


def crc32c() -> Crc:
    from awscrt.checksums import crc32c

    return Crc(lambda data, value: crc32c(bytes(data), value), 4)


def crc64nvme() -> Crc:
    from awscrt.checksums import crc64nvme

    return Crc(lambda data, value: crc64nvme(bytes(data), value), 8)


MAKERS: dict[str, Callable[[], Digest]] = {
    MD5: partial(hashlib.md5, usedforsecurity=False),
    "SHA1": partial(hashlib.sha1, usedforsecurity=False),
    SHA256: hashlib.sha256,
    "SHA384": hashlib.sha384,
    "SHA512": hashlib.sha512,
    "CRC32": lambda: Crc(zlib.crc32, 4),
    "CRC32C": crc32c,
    CRC64NVME: crc64nvme,
}


class Digests:
    """Several digests of one content, fed together. MD5 is always among them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._running = {name: MAKERS[name]() for name in {MD5, *names}}

    def update(self, data: Bytes) -> None:
        for digest in self._running.values():
            digest.update(data)

    def results(self) -> dict[str, bytes]:
        return {name: digest.digest() for name, digest in self._running.items()}


def checksum(algorithm: str, digest: bytes) -> Checksum:
    return Checksum(algorithm, b64encode(digest).decode())


def composite(algorithm: str, digests: Sequence[bytes]) -> Checksum:
    """The checksum of the parts' checksums, with their number."""
    whole = MAKERS[algorithm]()
    whole.update(b"".join(digests))
    value = f"{b64encode(whole.digest()).decode()}-{len(digests)}"
    return Checksum(algorithm, value, composite=True)


def combined_crc64nvme(parts: Iterable[tuple[bytes, int]]) -> Checksum:
    """The checksum of the whole from the digests and sizes of its parts."""
    from awscrt.checksums import combine_crc64nvme

    value = 0
    for digest, size in parts:
        value = combine_crc64nvme(value, int.from_bytes(digest, "big"), size)
    return checksum(CRC64NVME, value.to_bytes(8, "big"))


def multipart_etag(md5s: Sequence[bytes]) -> str:
    """The ETag of a multipart object: the MD5 of the parts' MD5s, and their number."""
    joined = hashlib.md5(b"".join(md5s), usedforsecurity=False).hexdigest()
    return f"{joined}-{len(md5s)}"
