"""What a real bucket was seen to say of requests that are not signed as they should be."""

import httpx
import pytest

from emulator.core.clock import ManualClock
from emulator.r2.errors import Unauthorized
from emulator.r2.s3.sigv4 import signed_headers
from tests.r2.answers import assert_refused
from tests.r2.signing import HOST, Keys, presigned, signed

BASE = f"http://{HOST}"
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential={},SignedHeaders=host,Signature=0"


@pytest.fixture
def headers(keys: Keys, clock: ManualClock) -> dict[str, str]:
    """Those of a good request for `/shop`."""
    return signed(keys, clock, "GET", f"{BASE}/shop")


async def test_a_request_without_a_signature(anyone: httpx.AsyncClient) -> None:
    assert_refused(await anyone.get("/shop"), 400, "InvalidArgument", "Authorization")


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic dXNlcjpwYXNz",
        "Bearer token",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/20260101/auto/s3/aws4_request",
        "AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=host, Signature=0",
    ],
)
async def test_another_scheme(
    anyone: httpx.AsyncClient, headers: dict[str, str], authorization: str
) -> None:
    response = await anyone.get("/shop", headers=headers | {"authorization": authorization})

    assert_refused(response, 400, "InvalidRequest", "Please use AWS4-HMAC-SHA256")


@pytest.mark.parametrize(
    ("credential", "message"),
    [
        (
            "a/s3/aws4_request",
            "Credential sigv4 header should have at least 5 slash-separated parts, not 3",
        ),
        ("a/20260101/auto/ec2/aws4_request", "Credential service should be s3, not ec2"),
        (
            "a/20260101/auto/s3/aws5_request",
            "Credential termination string should be aws4_request, not aws5_request",
        ),
        (
            "a/20260102/auto/s3/aws4_request",
            "Credential signed date 20260102 does not match 20260101 from 'x-amz-date' header",
        ),
    ],
)
async def test_a_credential_that_is_none(
    anyone: httpx.AsyncClient, headers: dict[str, str], credential: str, message: str
) -> None:
    given = headers | {"authorization": AUTHORIZATION.format(credential)}

    assert_refused(await anyone.get("/shop", headers=given), 400, "InvalidArgument", message)


async def test_without_a_hash_of_the_content(
    anyone: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    del headers["x-amz-content-sha256"]

    response = await anyone.get("/shop", headers=headers)

    assert_refused(response, 400, "InvalidRequest", "Missing x-amz-content-sha256")


async def test_without_a_date(anyone: httpx.AsyncClient, headers: dict[str, str]) -> None:
    del headers["x-amz-date"]

    response = await anyone.get("/shop", headers=headers)

    message = "No date provided in x-amz-date nor date header"
    assert_refused(response, 400, "InvalidArgument", message)


@pytest.mark.parametrize("date", ["yesterday", "20261301T000000Z", "2026-01-01T00:00:00Z"])
async def test_a_date_that_is_none(
    anyone: httpx.AsyncClient, headers: dict[str, str], date: str
) -> None:
    response = await anyone.get("/shop", headers=headers | {"x-amz-date": date})

    message = f"Date provided in 'x-amz-date' header ({date}) didn't parse successfully"
    assert_refused(response, 400, "InvalidArgument", message)


async def test_a_signature_that_leaves_out_the_host(
    anyone: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    left_out = headers["authorization"].replace("host;", "")

    response = await anyone.get("/shop", headers=headers | {"authorization": left_out})

    assert_refused(response, 401, "Unauthorized", "Unauthorized")


async def test_an_access_key_that_nobody_issued(
    anyone: httpx.AsyncClient, clock: ManualClock
) -> None:
    headers = signed(Keys("unknown", "secret"), clock, "GET", f"{BASE}/shop")

    response = await anyone.get("/shop", headers=headers)

    assert_refused(response, 401, "Unauthorized", "Unauthorized")


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        (["X-Amz-Date"], "Required search parameter X-Amz-Date missing"),
        (
            ["X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Expires"],
            "Required search parameters X-Amz-Algorithm,  X-Amz-Signature,  X-Amz-Expires missing",
        ),
    ],
)
async def test_a_presigned_url_without_all_its_parameters(
    anyone: httpx.AsyncClient,
    keys: Keys,
    clock: ManualClock,
    left_out: list[str],
    message: str,
) -> None:
    url, _, query = presigned(keys, clock, "GET", f"{BASE}/shop/key").partition("?")
    kept = [pair for pair in query.split("&") if pair.partition("=")[0] not in left_out]

    response = await anyone.get(f"{url}?{'&'.join(kept)}")

    assert_refused(response, 400, "InvalidArgument", message)


async def test_a_presigned_url_of_another_algorithm(
    anyone: httpx.AsyncClient, keys: Keys, clock: ManualClock
) -> None:
    url = presigned(keys, clock, "GET", f"{BASE}/shop/key").replace("HMAC-SHA256", "HMAC-SHA1")

    assert_refused(await anyone.get(url), 400, "InvalidRequest", "Please use AWS4-HMAC-SHA256")


async def test_a_mismatch_is_explained_in_the_document(
    anyone: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await anyone.get("/shop?list-type=2", headers=headers)

    assert response.status_code == 403
    assert response.text.startswith(
        '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SignatureDoesNotMatch</Code><Message>'
        "The request signature we calculated does not match the signature you provided."
        " Check your secret access key and signing method.</Message>"
        "<StringToSign>AWS4-HMAC-SHA256\n20260101T000000Z\n20260101/auto/s3/aws4_request\n"
    )
    assert "<CanonicalRequest>GET\n/shop\nlist-type=2\nhost:127.0.0.1:8789\n" in response.text
    signature = headers["authorization"][-64:]
    assert f"<SignatureProvided>{signature}</SignatureProvided></Error>" in response.text


def test_a_signed_header_that_is_not_ascii_is_nobodys() -> None:
    with pytest.raises(Unauthorized):
        signed_headers("host;x-ämne")
