"""Hostile XML and headers at the S3 door: refused or harmless, and never a server error."""

from base64 import b64encode

import httpx
import pytest

from emulator import Account, Twin
from emulator.r2.bucket import BucketStore
from emulator.r2.store import CORS
from tests.r2.answers import refusal_of
from tests.r2.direct import ask
from tests.r2.signing import HOST, Keys, signed

BASE = f"http://{HOST}"
KEYS = "<Delete><Object><Key>{}</Key></Object></Delete>"
LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    + KEYS.format("&c;")
)
OUTSIDE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + KEYS.format("&x;")

DOCUMENTS = {
    "nothing": b"",
    "no xml": b"{}",
    "half": b"<Delete><Object>",
    "two roots": b"<Delete/><Delete/>",
    "another root": b"<Remove/>",
    "entities": LAUGHS.encode(),
    "entities in UTF-16": LAUGHS.encode("utf-16"),
    "entities in UTF-16 without a mark": f'<?xml version="1.0"?>{LAUGHS}'.encode("utf-16-le"),
    "another file": OUTSIDE.encode(),
    "an unknown entity": KEYS.format("&x;").encode(),
    "an unknown encoding": b'<?xml version="1.0" encoding="klingon"?><Delete/>',
    "no UTF-8": KEYS.format("x").encode().replace(b"x", b"\xff"),
    "a control": KEYS.format("\0").encode(),
    "surrogates": KEYS.format("&#xD800;").encode(),
    "a comment that does not end": b"<Delete><!--",
    "depth": b"<Delete>" + b"<a>" * 100_000,
    "too many bytes": b"<Delete>" + b" " * 5_000_000 + b"</Delete>",
    "no key": b"<Delete><Object/></Delete>",
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_a_document_that_is_none_is_refused(
    s3: httpx.AsyncClient, account: Account, document: bytes
) -> None:
    for method, target in (
        ("POST", "/shop?delete"),
        ("PUT", "/shop?cors"),
        ("PUT", "/shop?lifecycle"),
        # Without a document it is made wherever R2 likes.
        ("PUT", "/attic" if document else "/shop?cors"),
    ):
        response = await s3.request(method, target, content=document)

        assert refusal_of(response) == (400, "MalformedXML"), target
    assert [bucket.name for bucket in account.r2.list_buckets()] == ["shop"]


async def test_a_deep_document_is_read_and_found_wanting(s3: httpx.AsyncClient) -> None:
    depth = 200_000
    document = b"<Delete>" + b"<a>" * depth + b"</a>" * depth + b"</Delete>"

    assert refusal_of(await s3.post("/shop?delete", content=document)) == (400, "MalformedXML")


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "1e3", "9" * 19, "٣٣"])
async def test_a_part_without_a_number_is_refused(s3: httpx.AsyncClient, number: str) -> None:
    begun = await s3.post("/shop/key?uploads")
    upload_id = begun.text.partition("<UploadId>")[2].partition("<")[0]
    body = (
        f"<CompleteMultipartUpload><Part><PartNumber>{number}</PartNumber><ETag>a</ETag></Part>"
        "</CompleteMultipartUpload>"
    )

    response = await s3.post(f"/shop/key?uploadId={upload_id}", content=body.encode())

    assert response.status_code == 400


async def test_rules_cannot_break_out_of_a_header(
    s3: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    rule = {
        "allowed": {"origins": ["*"], "methods": ["GET"], "headers": ["*"]},
        "exposeHeaders": ["ETag\r\nSet-Cookie: a=b", "ETag"],
    }
    account.r2.configure(shop.bucket, CORS, {"rules": [rule]})

    response = await s3.get("/shop", headers={"origin": "https://a"})

    assert response.headers["access-control-expose-headers"] == "ETag"


async def test_no_rule_with_a_line_end_comes_in(s3: httpx.AsyncClient) -> None:
    body = (
        "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*"
        "</AllowedOrigin><ExposeHeader>a&#13;&#10;Set-Cookie: b</ExposeHeader></CORSRule>"
        "</CORSConfiguration>"
    )
    await s3.put("/shop?cors", content=body)

    response = await s3.get("/shop", headers={"origin": "https://a"})

    assert response.status_code == 200
    assert all("\n" not in value for value in response.headers.values())


@pytest.mark.parametrize("days", [1, 10**6, 10**9, 10**17])
async def test_a_rule_for_the_far_future_does_no_harm(s3: httpx.AsyncClient, days: int) -> None:
    body = (
        "<LifecycleConfiguration><Rule><ID>&#10;ü</ID><Status>Enabled</Status><Filter/>"
        f"<Expiration><Days>{days}</Days></Expiration></Rule></LifecycleConfiguration>"
    )
    await s3.put("/shop?lifecycle", content=body.encode())
    await s3.put("/shop/key", content=b"value")

    assert (await s3.get("/shop/key")).content == b"value"
    assert (await s3.get("/shop?lifecycle")).status_code == 200


METADATA = {
    "a line end": b"=?utf-8?b?" + b64encode(b"a\r\nset-cookie: b") + b"?=",
    "a zero": b"=?utf-8?b?AAAA?=",
    "no base64": b"=?utf-8?b?=====?=",
    "no UTF-8": b"=?utf-8?b?//8=?=",
    "an unknown charset": b"=?klingon?q?a?=",
    "the undefined charset": b"=?undefined?q?a?=",
    "a charset for host names": b"=?idna?q?xn--a-?=",
    "a charset that is no text": b"=?zlib?b?AAAA?=",
    "surrogates": b"=?utf-7?q?+2AA-?=",
    "no end": b"=?utf-8?q?",
    "latin-1": b"\xfc",
    "controls": b"\x01\x7f\x85",
    "very long": b"a" * 8_000,
}


@pytest.mark.parametrize("value", METADATA.values(), ids=METADATA)
async def test_whatever_metadata_says_it_comes_out_as_a_header(
    twin: Twin, keys: Keys, shop: BucketStore, value: bytes
) -> None:
    given = {"content-length": "0"}
    headers = signed(keys, twin.clock, "PUT", f"{BASE}/shop/key", given)
    put = await ask(twin, "PUT", "/shop/key", headers | {"x-amz-meta-a": value})
    got = await ask(twin, "GET", "/shop/key", signed(keys, twin.clock, "GET", f"{BASE}/shop/key"))

    assert put.status == 200
    shown = dict(got.sent[0]["headers"])
    assert b"x-amz-meta-a" in shown
    assert all(b"\n" not in text and b"\r" not in text for text in shown.values())


HEADERS = {
    "content-length": ["-1", "1e1", "abc", "", "9" * 30],
    "content-encoding": ["aws-chunked", "aws-chunked, gzip"],
    "x-amz-decoded-content-length": ["-1", "x", "9" * 30],
    "x-amz-content-sha256": ["", "x", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"],
    "x-amz-trailer": ["x", "x-amz-checksum-md5", "x-amz-checksum-crc32"],
    "x-amz-date": ["20269999T999999Z", "now", ""],
    "range": ["bytes=" + "9" * 5_000 + "-", "bytes=0-" + "9" * 40, "bytes"],
    "expires": ["Thu, 01 Jan 99999999999999999999 00:00:00 GMT", "0", "Mon, 01 Jan 0100 00:00:00"],
    "if-modified-since": ["Thu, 01 Jan 9999 99:99:99 GMT", "9" * 100, "\x00"],
    "if-unmodified-since": ["Thu, 01 Jan 99999999999999999999 00:00:00 +9999"],
    "if-match": ["", ",,,,", '"' * 1_000],
    "x-amz-copy-source": ["%", "%FF", "/shop", "//", "shop/" + "k" * 2_000, "/shop/k?"],
    "x-amz-checksum-algorithm": ["MD5", "", "crc64nvme"],
    "content-type": ["\x01", "\xff", "a" * 9_000],
    "authorization": ["", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=, Signature="],
    "cf-r2-jurisdiction": ["", "default", "\xff"],
    "origin": ["", "null", "\xff"],
    "x-amz-security-token": ["", "\xff", "and0L2E="],
}


@pytest.mark.parametrize("name", HEADERS)
async def test_no_header_is_a_server_error(
    twin: Twin, keys: Keys, shop: BucketStore, name: str
) -> None:
    shop.write("key", b"value")
    for method in ("GET", "PUT", "POST"):
        headers = signed(keys, twin.clock, method, f"{BASE}/shop/key", body=b"value")
        for value in HEADERS[name]:
            given = {"content-length": "5"} | headers | {name: value}
            answer = await ask(twin, method, "/shop/key", given, [b"value"])

            assert answer.status < 500 or answer.code == "NotImplemented", (method, value)


QUERIES = [
    "X-Amz-Credential=%FF",
    "X-Amz-Credential=a/b/c/%FF/d",
    "X-Amz-Credential=a/20260101/%FF/s3/aws4_request&X-Amz-Date=%FF",
    "X-Amz-Algorithm=%FF",
    "X-Amz-Expires=%FF",
    "X-Amz-SignedHeaders=host;%FF",
    "X-Amz-SignedHeaders=host;%E2%82%AC",
    "X-Amz-Signature=%FF",
    "X-Amz-Date=%EF%BC%92026-01-01",
    "X-Amz-Security-Token=%FF",
    "prefix=%FF",
    "delimiter=%FF",
    "marker=%FF",
    "list-type=2&start-after=%FF",
    "list-type=2&continuation-token=%FF",
    "%FF=%FF",
    "uploads&key-marker=%FF&upload-id-marker=%FF",
    "response-content-type=a%0D%0ASet-Cookie:%20b",
    "partNumber=%D9%A3",
    "&&&=&==",
]


PRESIGNED = (
    "X-Amz-Credential={}/20260101/auto/s3/aws4_request&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
)


@pytest.mark.parametrize("query", QUERIES)
async def test_no_query_is_a_server_error(
    twin: Twin, keys: Keys, shop: BucketStore, query: str
) -> None:
    shop.write("key", b"value")
    for path in ("/shop", "/shop/key"):
        target = f"{path}?{query}"
        behind = f"{target}&{PRESIGNED.format(keys.access_key_id)}"
        answers = [
            await ask(twin, "GET", target, {}),
            await ask(twin, "GET", target, signed(keys, twin.clock, "GET", f"{BASE}{target}")),
            await ask(twin, "GET", behind, {}),
        ]

        for answer in answers:
            assert answer.status < 500 or answer.code == "NotImplemented", answer.body
            assert all(b"\n" not in value for _, value in answer.sent[0]["headers"])
