"""Digests that are sent along: checked, kept, shown again."""

from base64 import b64encode
from hashlib import md5
from pathlib import Path

import httpx
import pytest

from emulator import Account, Twin
from emulator.r2.bucket import BucketStore
from tests.r2.answers import assert_refused, own_headers
from tests.r2.stores import LARGE, files

# Of the text 123456789.
VALUES = {
    "crc32": "y/Q5Jg==",
    "crc32c": "4waSgw==",
    "crc64nvme": "rosUhgp5mIg=",
    "sha1": "98O8HYCOBHMq32eZZczDTKeuNEE=",
    "sha256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
}
BODY = b"123456789"


def off_by_one(value: str) -> str:
    """Another digest of the same length."""
    return ("A" if value[0] != "A" else "B") + value[1:]


@pytest.fixture
def directory(twin: Twin, account: Account) -> Path:
    return twin.account_path(account.id) / "r2"


@pytest.mark.parametrize("name", VALUES)
async def test_a_checksum_that_is_right_is_kept(s3: httpx.AsyncClient, name: str) -> None:
    header = {f"x-amz-checksum-{name}": VALUES[name]}
    kept = header | {"x-amz-checksum-type": "FULL_OBJECT"}

    put = await s3.put("/shop/key", content=BODY, headers=header)
    asked = await s3.get("/shop/key", headers={"x-amz-checksum-mode": "ENABLED"})

    assert kept.items() <= own_headers(put).items()
    assert kept.items() <= own_headers(asked).items()
    assert not kept.items() & own_headers(await s3.get("/shop/key")).items()


@pytest.mark.parametrize("name", VALUES)
async def test_a_checksum_that_is_wrong_keeps_the_object_out(
    s3: httpx.AsyncClient, shop: BucketStore, name: str
) -> None:
    given = off_by_one(VALUES[name])

    response = await s3.put("/shop/key", content=BODY, headers={f"x-amz-checksum-{name}": given})

    upper = name.upper()
    assert_refused(
        response,
        400,
        "BadDigest",
        f"The {upper} checksum you specified did not match what we received.\n"
        f"You provided a {upper} checksum with value: {given}\nActual {upper} was: {VALUES[name]}",
    )
    assert list(shop.list().objects) == []


async def test_a_client_may_leave_the_working_out_to_r2(s3: httpx.AsyncClient) -> None:
    named = {"x-amz-checksum-algorithm": "crc32"}

    response = await s3.put("/shop/key", content=BODY, headers=named)

    assert response.headers["x-amz-checksum-crc32"] == VALUES["crc32"]


async def test_a_checksum_of_the_whole_is_not_told_of_a_range(s3: httpx.AsyncClient) -> None:
    await s3.put("/shop/key", content=BODY, headers={"x-amz-checksum-crc32": VALUES["crc32"]})

    asked = {"x-amz-checksum-mode": "ENABLED", "range": "bytes=0-1"}

    assert "x-amz-checksum-crc32" not in (await s3.get("/shop/key", headers=asked)).headers


async def test_content_md5_is_checked(s3: httpx.AsyncClient, directory: Path) -> None:
    right = b64encode(md5(LARGE).digest()).decode()
    wrong = b64encode(md5(b"other").digest()).decode()

    good = await s3.put("/shop/key", content=LARGE, headers={"content-md5": right})
    bad = await s3.put("/shop/other", content=LARGE, headers={"content-md5": wrong})

    assert good.status_code == 200
    assert_refused(
        bad,
        400,
        "BadDigest",
        "The MD5 checksum you specified did not match what we received.\n"
        f"You provided a MD5 checksum with value: {md5(b'other').hexdigest()}\n"
        f"Actual MD5 was: {md5(LARGE).hexdigest()}",
    )
    assert len(files(directory)) == 1


@pytest.mark.parametrize(
    ("name", "value", "called"),
    [
        ("content-md5", "nonsense", "Content-MD5"),
        ("content-md5", "AAAA", "Content-MD5"),
        ("content-md5", "", "Content-MD5"),
        ("x-amz-checksum-crc32", "AAAA", "x-amz-checksum-crc32 header"),
        ("x-amz-checksum-sha256", "!", "x-amz-checksum-sha256 header"),
    ],
)
async def test_a_digest_that_is_none_is_told(
    s3: httpx.AsyncClient, name: str, value: str, called: str
) -> None:
    response = await s3.put("/shop/key", content=BODY, headers={name: value})

    assert_refused(response, 400, "InvalidDigest", f"The {called} you specified is not valid.")


async def test_one_checksum_is_enough(s3: httpx.AsyncClient) -> None:
    two = {f"x-amz-checksum-{name}": VALUES[name] for name in ("crc32", "sha1")}

    assert_refused(
        await s3.put("/shop/key", content=BODY, headers=two),
        400,
        "InvalidRequest",
        "Expecting a single x-amz-checksum- header",
    )


async def test_a_body_other_than_the_signed_one_is_refused(
    s3: httpx.AsyncClient, directory: Path
) -> None:
    for body in (b"small", LARGE):
        headers = {"x-amz-content-sha256": "0" * 64}

        assert_refused(
            await s3.put("/shop/key", content=body, headers=headers),
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    assert files(directory) == []


async def test_a_body_may_go_unsigned(s3: httpx.AsyncClient, shop: BucketStore) -> None:
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}

    assert (await s3.put("/shop/key", content=BODY, headers=headers)).status_code == 200
    assert shop.head("key").size == len(BODY)
