"""Digests, against published vectors and against each other."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.r2.bucket import BucketStore
from emulator.r2.digests import (
    CHECKSUM_BYTES,
    CRC64NVME,
    Digests,
    checksum,
    combined_crc64nvme,
    composite,
    multipart_etag,
)
from emulator.r2.errors import BadDigest, InvalidPart
from emulator.r2.limits import MIN_PART_BYTES
from emulator.r2.models import Attributes, Checksum, ChosenPart
from emulator.r2.store import R2Store
from tests.r2.stores import chosen, put_part

# Of the ASCII text 123456789, as the catalogues of check values have it.
CHECK_VALUES = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
}


def digest_of(algorithm: str, data: bytes) -> bytes:
    digests = Digests([algorithm])
    digests.update(data)
    return digests.results()[algorithm]


@pytest.mark.parametrize("algorithm", CHECK_VALUES)
def test_the_check_value_is_the_published_one(algorithm: str) -> None:
    digests = Digests([algorithm])
    for piece in (b"1234", bytearray(b""), memoryview(b"56789")):
        digests.update(piece)

    assert digests.results()[algorithm].hex() == CHECK_VALUES[algorithm]


@pytest.mark.parametrize("algorithm", CHECKSUM_BYTES)
def test_a_digest_has_its_length(algorithm: str) -> None:
    assert len(digest_of(algorithm, b"")) == CHECKSUM_BYTES[algorithm]


def test_md5_comes_unasked() -> None:
    assert set(Digests().results()) == {"MD5"}


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6))
def test_the_parts_crc64nvme_is_that_of_the_whole(parts: list[bytes]) -> None:
    combined = combined_crc64nvme((digest_of(CRC64NVME, part), len(part)) for part in parts)

    assert combined == checksum(CRC64NVME, digest_of(CRC64NVME, b"".join(parts)))


def test_a_composite_is_the_digest_of_the_digests() -> None:
    digests = [digest_of("SHA256", data) for data in (b"one", b"two")]

    found = composite("SHA256", digests)

    value, _, count = found.value.partition("-")
    assert b64decode(value) == digest_of("SHA256", b"".join(digests))
    assert (count, found.composite) == ("2", True)


def test_a_multipart_etag_counts_its_parts() -> None:
    assert multipart_etag([bytes(16)]) == "4ae71336e44bf9bf79d2752e234818a5-1"
    assert multipart_etag([bytes(16)] * 10_000).endswith("-10000")


async def uploaded(
    r2: R2Store, bucket: BucketStore, algorithm: str, given: Checksum | None = None
) -> Checksum | None:
    """The checksum of an object of two parts, which were sent with theirs."""
    upload_id = r2.commit_now(lambda: bucket.uploads.create("big", Attributes(), algorithm)).id
    upload = ("big", upload_id)
    first = await put_part(r2, bucket, upload, 1, bytes(MIN_PART_BYTES), algorithm)
    last = await put_part(r2, bucket, upload, 2, b"the end", algorithm)
    await r2.commit(
        lambda: bucket.uploads.complete("big", upload_id, chosen(first, last), checksum=given)
    )
    return bucket.head("big").checksum


async def test_an_object_of_parts_has_the_crc64nvme_of_its_bytes(
    r2: R2Store, bucket: BucketStore
) -> None:
    whole = digest_of(CRC64NVME, bytes(MIN_PART_BYTES) + b"the end")

    assert await uploaded(r2, bucket, CRC64NVME) == checksum(CRC64NVME, whole)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
async def test_an_object_of_parts_has_a_composite_of_any_other_kind(
    r2: R2Store, bucket: BucketStore, algorithm: str
) -> None:
    digests = [digest_of(algorithm, data) for data in (bytes(MIN_PART_BYTES), b"the end")]

    assert await uploaded(r2, bucket, algorithm) == composite(algorithm, digests)


async def test_the_checksum_of_the_whole_is_checked(r2: R2Store, bucket: BucketStore) -> None:
    wrong = Checksum(CRC64NVME, "AAAAAAAAAAA=")

    with pytest.raises(BadDigest, match="You provided a CRC64NVME checksum with value: AAAA"):
        await uploaded(r2, bucket, CRC64NVME, wrong)


async def test_a_part_named_with_another_checksum_is_another_part(
    r2: R2Store, bucket: BucketStore
) -> None:
    upload = ("key", r2.commit_now(lambda: bucket.uploads.create("key", Attributes(), "CRC32")).id)
    part = await put_part(r2, bucket, upload, 1, b"part", "CRC32")
    wrong = ChosenPart(1, part.etag, Checksum("CRC32", "AAAAAA=="))

    with pytest.raises(InvalidPart):
        bucket.uploads.complete(*upload, [wrong])


async def test_without_every_parts_checksum_the_whole_has_none(
    r2: R2Store, bucket: BucketStore
) -> None:
    upload = ("key", r2.commit_now(lambda: bucket.uploads.create("key", Attributes(), "CRC32")).id)
    part = await put_part(r2, bucket, upload, 1, b"part")

    await r2.commit(lambda: bucket.uploads.complete(*upload, chosen(part)))

    assert bucket.head("key").checksum is None
