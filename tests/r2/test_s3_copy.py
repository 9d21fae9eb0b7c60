"""CopyObject: what goes along, what is given anew, what must hold."""

import httpx
import pytest

from emulator import Account
from emulator.r2.bucket import BucketStore
from emulator.r2.models import INFREQUENT, HttpMetadata
from tests.r2.answers import ETAG, assert_refused, document, refusal_of
from tests.r2.stores import read


@pytest.fixture
def source(shop: BucketStore) -> str:
    """Where an object lies that says much of itself."""
    shop.write("a/ü b", b"value", http=HttpMetadata("text/plain", "de"), custom={"a": "b"})
    return "/shop/a/%C3%BC%20b"


async def copy(s3: httpx.AsyncClient, source: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await s3.put("/shop/copy", headers={"x-amz-copy-source": source} | named)


async def test_a_copy_has_its_sources_content_and_words(
    s3: httpx.AsyncClient, shop: BucketStore, source: str
) -> None:
    response = await copy(s3, source)

    assert response.text == document(
        "CopyObjectResult",
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified>",
        "<ETag>&quot;2063c1608d6e0baf80249c42e2be5804&quot;</ETag>",
    )
    stored = shop.head("copy")
    assert read(shop, "copy") == b"value"
    assert (stored.http, stored.custom) == (HttpMetadata("text/plain", "de"), {"a": "b"})


async def test_a_source_is_named_with_or_without_a_slash(
    s3: httpx.AsyncClient, account: Account
) -> None:
    account.r2.create_bucket("attic")
    account.r2.bucket("attic").write("key", b"value")

    assert (await copy(s3, "attic/key")).status_code == 200
    assert (await copy(s3, "%2Fattic%2Fkey")).status_code == 200


async def test_replacing_gives_the_copy_words_of_its_own(
    s3: httpx.AsyncClient, shop: BucketStore, source: str
) -> None:
    await copy(
        s3,
        source,
        x_amz_metadata_directive="REPLACE",
        x_amz_meta_c="d",
        x_amz_storage_class="STANDARD_IA",
    )

    stored = shop.head("copy")
    assert (stored.http, stored.custom) == (HttpMetadata(), {"c": "d"})
    assert stored.storage_class == INFREQUENT


async def test_merging_adds_to_the_sources_words(
    s3: httpx.AsyncClient, shop: BucketStore, source: str
) -> None:
    await copy(
        s3,
        source,
        x_amz_metadata_directive="MERGE",
        x_amz_meta_c="d",
        content_type="text/html",
    )

    stored = shop.head("copy")
    assert (stored.http, stored.custom) == (HttpMetadata("text/html", "de"), {"a": "b", "c": "d"})


async def test_words_of_a_plain_copy_are_not_heeded(
    s3: httpx.AsyncClient, shop: BucketStore, source: str
) -> None:
    await copy(s3, source, x_amz_meta_c="d")

    assert shop.head("copy").custom == {"a": "b"}


async def test_an_object_is_not_copied_to_itself_unchanged(
    s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    shop.write("copy", b"value")

    unchanged = await copy(s3, "/shop/copy")
    changed = await copy(s3, "/shop/copy", x_amz_metadata_directive="REPLACE", x_amz_meta_c="d")

    assert refusal_of(unchanged) == (400, "InvalidRequest")
    assert changed.status_code == 200
    assert shop.head("copy").custom == {"c": "d"}


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("x_amz_copy_source_if_match", ETAG, 200),
        ("x_amz_copy_source_if_match", '"other"', 412),
        ("x_amz_copy_source_if_none_match", ETAG, 412),
        ("x_amz_copy_source_if_modified_since", "Thu, 01 Jan 2026 00:00:00 GMT", 412),
        ("x_amz_copy_source_if_unmodified_since", "Wed, 31 Dec 2025 00:00:00 GMT", 412),
        ("cf_copy_destination_if_none_match", "*", 200),
        ("cf_copy_destination_if_match", ETAG, 412),
    ],
)
async def test_conditions_are_about_the_source_or_the_destination(
    s3: httpx.AsyncClient, source: str, name: str, value: str, status: int
) -> None:
    assert (await copy(s3, source, **{name: value})).status_code == status


@pytest.mark.parametrize(
    ("source", "status", "code"),
    [
        ("/shop/absent", 404, "NoSuchKey"),
        ("/absent/key", 404, "NoSuchBucket"),
        ("/shop", 400, "InvalidArgument"),
        ("/shop/", 400, "InvalidArgument"),
        ("/", 400, "InvalidArgument"),
        ("/shop/%FF", 400, "InvalidObjectName"),
        ("/shop/key?versionId=1", 501, "NotImplemented"),
    ],
)
async def test_a_source_that_is_none_is_told(
    s3: httpx.AsyncClient, source: str, status: int, code: str
) -> None:
    assert refusal_of(await copy(s3, source)) == (status, code)


async def test_an_unknown_directive_is_refused(s3: httpx.AsyncClient, source: str) -> None:
    response = await copy(s3, source, x_amz_metadata_directive="SHRED")

    assert_refused(response, 400, "InvalidArgument", "Unknown metadata directive: SHRED")
