"""What a reader asks for: ranges, conditions, other headers."""

import httpx
import pytest

from emulator.r2.bucket import BucketStore
from tests.r2.answers import ETAG, SHOWN, assert_refused, own_headers, refusal_of
from tests.r2.stores import read


@pytest.mark.usefixtures("value")
async def test_a_query_may_say_other_headers(s3: httpx.AsyncClient) -> None:
    response = await s3.get(
        "/shop/key?response-content-type=text%2Fhtml&response-cache-control=no-cache"
        "&response-expires=never&response-content-disposition=inline"
    )

    assert own_headers(response) == SHOWN | {
        "content-type": "text/html",
        "cache-control": "no-cache",
        "expires": "never",
        "content-disposition": "inline",
    }


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize(
    ("wanted", "body", "shown"),
    [
        ("bytes=0-1", b"va", "bytes 0-1/5"),
        ("bytes=3-", b"ue", "bytes 3-4/5"),
        ("bytes=-2", b"ue", "bytes 3-4/5"),
        ("bytes=1-999", b"alue", "bytes 1-4/5"),
        ("bytes=-999", b"value", "bytes 0-4/5"),
    ],
)
async def test_a_range_is_served_as_one(
    s3: httpx.AsyncClient, wanted: str, body: bytes, shown: str
) -> None:
    response = await s3.get("/shop/key", headers={"range": wanted})

    assert (response.status_code, response.content) == (206, body)
    assert own_headers(response) == SHOWN | {"content-range": shown}


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize(
    ("wanted", "status", "code", "message"),
    [
        ("bytes=5-", 416, "InvalidRange", "The requested range is not satisfiable"),
        ("bytes=-0", 416, "InvalidRange", "The requested range is not satisfiable"),
        ("bytes=2-1", 400, "InvalidArgument", "range must be positive."),
    ],
)
async def test_a_range_that_cannot_be_is_refused(
    s3: httpx.AsyncClient, wanted: str, status: int, code: str, message: str
) -> None:
    response = await s3.get("/shop/key", headers={"range": wanted})

    assert_refused(response, status, code, message)


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize("wanted", ["bytes=0-1,3-4", "bytes=a-b", "bytes=-", "lines=0-1"])
async def test_several_ranges_and_none_are_refused(s3: httpx.AsyncClient, wanted: str) -> None:
    response = await s3.get("/shop/key", headers={"range": wanted})

    assert refusal_of(response) == (400, "InvalidArgument")


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize(
    "conditions",
    [
        {"if-none-match": ETAG},
        {"if-none-match": "*"},
        {"if-none-match": f'"other", {ETAG}'},
        {"if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT"},
    ],
)
async def test_a_reader_that_has_it_is_told_so(
    s3: httpx.AsyncClient, conditions: dict[str, str]
) -> None:
    response = await s3.get("/shop/key", headers=conditions)

    assert (response.status_code, response.content) == (304, b"")
    assert own_headers(response) == {name: SHOWN[name] for name in ("etag", "last-modified")}


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    "conditions",
    [
        {"if-match": '"other"'},
        {"if-match": f"W/{ETAG}"},
        {"if-unmodified-since": "Wed, 31 Dec 2025 23:59:59 GMT"},
    ],
)
async def test_a_condition_that_does_not_hold_is_told(
    s3: httpx.AsyncClient, shop: BucketStore, method: str, conditions: dict[str, str]
) -> None:
    response = await s3.request(method, "/shop/key", headers=conditions, content=b"")

    assert_refused(
        response,
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold.",
    )
    assert read(shop, "key") == b"value"


@pytest.mark.usefixtures("value")
async def test_conditions_that_hold_and_dates_that_are_none_let_through(
    s3: httpx.AsyncClient,
) -> None:
    for conditions in (
        {"if-match": ETAG},
        {"if-none-match": '"other"'},
        {"if-modified-since": "Wed, 31 Dec 2025 23:59:59 GMT"},
        {"if-unmodified-since": "Thu, 01 Jan 2026 00:00:00 GMT"},
        {"if-modified-since": "yesterday"},
    ):
        assert (await s3.get("/shop/key", headers=conditions)).status_code == 200
