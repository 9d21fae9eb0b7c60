"""Uploads in aws-chunked form, as SDKs send them: signed, with trailers, and spoilt."""

import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from emulator import Account, Twin
from emulator.r2.bucket import BucketStore
from emulator.r2.s3.payload import SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER
from tests.r2.chunked import body_of, signed_by
from tests.r2.direct import Answer, ask
from tests.r2.signing import HOST, Keys, signed, timestamp
from tests.r2.stores import LARGE, files, read

BODY = b"123456789"
Spoil = Callable[[bytes], bytes]


def crc32_of(content: bytes) -> dict[str, str]:
    """The trailer with the checksum."""
    return {"x-amz-checksum-crc32": b64encode(zlib.crc32(content).to_bytes(4)).decode()}


@pytest.fixture
def directory(twin: Twin, account: Account) -> Path:
    return twin.account_path(account.id) / "r2"


async def send(
    twin: Twin,
    keys: Keys,
    chunks: list[bytes],
    trailers: Mapping[str, str] | None = None,
    *,
    payload_hash: str = UNSIGNED_TRAILER,
    decoded_length: int | None = None,
    spoil: Spoil = lambda body: body,
    **headers: str,
) -> Answer:
    """PUT of `/shop/key` in these chunks; `spoil` changes what is sent at the last moment."""
    is_signed, has_trailers = payload_hash != UNSIGNED_TRAILER, payload_hash != SIGNED
    length = sum(map(len, chunks)) if decoded_length is None else decoded_length
    said = {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": str(length),
        **({"x-amz-trailer": ",".join(trailers)} if trailers else {}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    given = signed(
        keys, twin.clock, "PUT", f"http://{HOST}/shop/key", said, payload_hash=payload_hash
    )
    seed = signed_by(keys.secret, timestamp(twin.clock), "auto", given["authorization"][-64:])
    body = body_of(
        chunks,
        trailers,
        seed=seed if is_signed else None,
        sign_trailers=is_signed and has_trailers,
    )
    sent = spoil(body)
    given["content-length"] = str(len(sent))
    blocks = [sent[at : at + 60_000] for at in range(0, len(sent), 60_000)]
    return await ask(twin, "PUT", "/shop/key", given, blocks)


@pytest.mark.parametrize("payload_hash", [UNSIGNED_TRAILER, SIGNED_TRAILER])
async def test_a_trailer_brings_the_checksum(
    twin: Twin, keys: Keys, shop: BucketStore, payload_hash: str
) -> None:
    answer = await send(twin, keys, [BODY[:4], BODY[4:]], crc32_of(BODY), payload_hash=payload_hash)

    assert answer.status == 200
    stored = shop.head("key")
    assert read(shop, "key") == BODY
    assert stored.checksum is not None
    assert (stored.checksum.algorithm, stored.checksum.value) == ("CRC32", "y/Q5Jg==")


@pytest.mark.parametrize("payload_hash", [UNSIGNED_TRAILER, SIGNED, SIGNED_TRAILER])
async def test_a_large_upload_comes_in_whole(
    twin: Twin, keys: Keys, shop: BucketStore, payload_hash: str
) -> None:
    chunks = [LARGE] * 20 + [b"the end"]

    answer = await send(twin, keys, chunks, payload_hash=payload_hash)

    assert answer.status == 200
    assert read(shop, "key") == b"".join(chunks)


async def test_how_it_travels_is_not_what_it_is(twin: Twin, keys: Keys, shop: BucketStore) -> None:
    await send(twin, keys, [BODY], content_encoding="gzip, aws-chunked")

    assert shop.head("key").http.content_encoding == "gzip"


def last_letter_changed(body: bytes) -> bytes:
    """Of the last chunk that has content."""
    end = body.rindex(b"\r\n0")
    return body[: end - 1] + bytes([body[end - 1] ^ 1]) + body[end:]


SPOILT: dict[str, tuple[str, Spoil, tuple[int, str]]] = {
    "signed content": (SIGNED, last_letter_changed, (403, "SignatureDoesNotMatch")),
    "signed trailer": (
        SIGNED_TRAILER,
        lambda body: body.replace(b"crc32:", b"crc32:A"),
        (403, "SignatureDoesNotMatch"),
    ),
    "unsigned content": (UNSIGNED_TRAILER, last_letter_changed, (400, "BadDigest")),
    "cut short": (SIGNED, lambda body: body[:-50], (400, "IncompleteBody")),
    "no end": (UNSIGNED_TRAILER, lambda body: body[:-2], (400, "IncompleteBody")),
    "more behind": (UNSIGNED_TRAILER, lambda body: body + b"more", (400, "IncompleteBody")),
    "no trailer": (
        UNSIGNED_TRAILER,
        lambda body: body.replace(b"x-amz-checksum-crc32", b"x-amz-checksum-crc23"),
        (400, "IncompleteBody"),
    ),
    "no chunks": (UNSIGNED_TRAILER, lambda _: BODY, (400, "IncompleteBody")),
}


@pytest.mark.parametrize(("payload_hash", "spoil", "expected"), SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("content", [BODY, LARGE * 20], ids=["small", "large"])
async def test_nothing_is_left_of_an_upload_that_was_spoilt(
    twin: Twin,
    keys: Keys,
    shop: BucketStore,
    directory: Path,
    content: bytes,
    payload_hash: str,
    spoil: Spoil,
    expected: tuple[int, str],
) -> None:
    trailers = None if payload_hash == SIGNED else crc32_of(content)

    answer = await send(twin, keys, [content], trailers, payload_hash=payload_hash, spoil=spoil)

    assert (answer.status, answer.code) == expected
    assert list(shop.list().objects) == []
    assert files(directory) == []


@pytest.mark.parametrize("length", [8, 10])
async def test_the_content_is_as_long_as_was_said(
    twin: Twin, keys: Keys, shop: BucketStore, length: int
) -> None:
    answer = await send(twin, keys, [BODY], decoded_length=length)

    assert (answer.status, answer.code) == (400, "IncompleteBody")
    assert list(shop.list().objects) == []


@pytest.mark.parametrize("name", ["x-amz-checksum-md5", "x-amz-meta-a"])
async def test_another_trailer_than_a_checksum_is_refused(
    twin: Twin, keys: Keys, shop: BucketStore, name: str
) -> None:
    answer = await send(twin, keys, [BODY], {name: "AAAA"})

    assert (answer.status, answer.code) == (400, "InvalidRequest")
    assert list(shop.list().objects) == []
