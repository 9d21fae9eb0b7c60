"""ListObjects and ListObjectsV2, whole documents."""

from urllib.parse import quote

import httpx
import pytest

from emulator import Account
from emulator.r2.bucket import BucketStore
from tests.r2.answers import assert_refused, document, owner, refusal_of

EMPTY_ETAG = "&quot;d41d8cd98f00b204e9800998ecf8427e&quot;"


def entry(key: str, more: str = "") -> str:
    """An empty object as listings show it."""
    return (
        f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>{EMPTY_ETAG}</ETag><Size>0</Size><StorageClass>STANDARD</StorageClass>{more}"
        "</Contents>"
    )


def keys_of(response: httpx.Response) -> list[str]:
    return [part.partition("</Key>")[0] for part in response.text.split("<Key>")[1:]]


@pytest.fixture
def filled(shop: BucketStore) -> None:
    for key in ("a", "b/1", "b/2", "c", "d<&>/ü"):
        shop.write(key, b"")


async def test_an_empty_bucket_is_an_empty_list(s3: httpx.AsyncClient) -> None:
    response = await s3.get("/shop?list-type=2")

    assert response.headers["content-type"] == "application/xml"
    assert response.text == document(
        "ListBucketResult",
        "<Name>shop</Name><Prefix></Prefix><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys>"
        "<IsTruncated>false</IsTruncated>",
    )


@pytest.mark.usefixtures("filled")
async def test_v2_shows_objects_and_then_common_prefixes(s3: httpx.AsyncClient) -> None:
    response = await s3.get("/shop?list-type=2&delimiter=%2F&start-after=A")

    assert response.text == document(
        "ListBucketResult",
        "<Name>shop</Name><Prefix></Prefix><StartAfter>A</StartAfter><KeyCount>4</KeyCount>"
        "<MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated>",
        entry("a"),
        entry("c"),
        "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>",
        "<CommonPrefixes><Prefix>d&lt;&amp;&gt;/</Prefix></CommonPrefixes>",
    )


@pytest.mark.usefixtures("filled")
async def test_v2_goes_on_with_its_token(s3: httpx.AsyncClient) -> None:
    first = await s3.get("/shop?list-type=2&max-keys=2&prefix=b")
    assert keys_of(first) == ["b/1", "b/2"]
    assert "<IsTruncated>false</IsTruncated>" in first.text

    first = await s3.get("/shop?list-type=2&max-keys=2")
    token = first.text.partition("<NextContinuationToken>")[2].partition("<")[0]
    quoted = quote(token, safe="")
    second = await s3.get(f"/shop?list-type=2&max-keys=2&continuation-token={quoted}")

    assert f"<ContinuationToken>{token}</ContinuationToken>" in second.text
    assert [*keys_of(first), *keys_of(second)] == ["a", "b/1", "b/2", "c"]
    assert "<KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><IsTruncated>true" in second.text


@pytest.mark.usefixtures("filled")
async def test_v2_shows_owners_where_they_are_asked_for(
    s3: httpx.AsyncClient, account: Account
) -> None:
    response = await s3.get("/shop?list-type=2&prefix=a&fetch-owner=true")

    assert entry("a", owner(account.id)) in response.text
    assert "<Owner>" not in (await s3.get("/shop?list-type=2&fetch-owner=false")).text


@pytest.mark.usefixtures("filled")
async def test_v1_names_its_marker_and_the_next(s3: httpx.AsyncClient, account: Account) -> None:
    response = await s3.get("/shop?delimiter=%2F&marker=A&max-keys=2")

    assert response.text == document(
        "ListBucketResult",
        "<Name>shop</Name><Prefix></Prefix><Marker>A</Marker><MaxKeys>2</MaxKeys>"
        "<Delimiter>/</Delimiter><IsTruncated>true</IsTruncated><NextMarker>b/</NextMarker>",
        entry("a", owner(account.id)),
        "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>",
    )
    rest = await s3.get("/shop?delimiter=%2F&marker=b%2F&max-keys=2")
    assert keys_of(rest) == ["c"]
    assert "<NextMarker>" not in rest.text


@pytest.mark.usefixtures("filled")
async def test_keys_may_be_shown_as_in_a_url(s3: httpx.AsyncClient) -> None:
    response = await s3.get("/shop?list-type=2&prefix=d%3C&encoding-type=url&delimiter=%C3%BC")

    assert "<Prefix>d%3C</Prefix>" in response.text
    assert "<Delimiter>%C3%BC</Delimiter><EncodingType>url</EncodingType>" in response.text
    assert "<CommonPrefixes><Prefix>d%3C%26%3E/%C3%BC</Prefix></CommonPrefixes>" in response.text


async def test_keys_that_xml_cannot_hold_are_references(
    s3: httpx.AsyncClient, shop: BucketStore
) -> None:
    shop.write("a\x01\rb", b"")

    assert keys_of(await s3.get("/shop?list-type=2")) == ["a&#x1;&#xd;b"]
    assert keys_of(await s3.get("/shop?list-type=2&encoding-type=url")) == ["a%01%0Db"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("given", "shown", "count"),
    [("0", "0", 0), ("2.9", "2", 2), ("5000", "5000", 5), ("", "1000", 5)],
)
async def test_max_keys_is_told_as_it_was_given(
    s3: httpx.AsyncClient, given: str, shown: str, count: int
) -> None:
    response = await s3.get(f"/shop?list-type=2&max-keys={given}")

    assert f"<MaxKeys>{shown}</MaxKeys>" in response.text
    assert len(keys_of(response)) == count


@pytest.mark.parametrize("given", ["-1", "ten", "nan", "inf", "1e300"])
async def test_max_keys_is_a_number_from_0_on(s3: httpx.AsyncClient, given: str) -> None:
    assert_refused(
        await s3.get(f"/shop?max-keys={given}"),
        400,
        "InvalidMaxKeys",
        "MaxKeys params must be positive integer <= 1000.",
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/shop?encoding-type=xml", "Invalid Encoding Method specified in Request"),
        (
            "/shop?list-type=2&continuation-token=%21%21",
            "The continuation token provided is incorrect",
        ),
        ("/shop?continuation-token=a", "continuation-token is not valid for ListObjects"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    s3: httpx.AsyncClient, target: str, message: str
) -> None:
    assert_refused(await s3.get(target), 400, "InvalidArgument", message)


@pytest.mark.usefixtures("filled")
async def test_an_empty_token_begins_at_the_beginning(s3: httpx.AsyncClient) -> None:
    response = await s3.get("/shop?list-type=2&continuation-token=&max-keys=1")

    assert keys_of(response) == ["a"]
    assert "<ContinuationToken></ContinuationToken>" in response.text


async def test_a_thousand_keys_are_a_page(s3: httpx.AsyncClient, shop: BucketStore) -> None:
    for number in range(1_001):
        shop.write(f"{number:04}", b"")

    response = await s3.get("/shop?list-type=2&max-keys=2000")

    assert len(keys_of(response)) == 1_000
    assert "<KeyCount>1000</KeyCount><MaxKeys>2000</MaxKeys>" in response.text
    assert refusal_of(response) == (200, "")
