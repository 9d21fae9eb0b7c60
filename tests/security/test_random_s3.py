"""Random requests to the S3 door, signed and not: an answer each time, never a server error."""

from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import Account, Twin
from emulator.r2.bucket import BucketStore
from emulator.r2.s3.headers import SSE
from emulator.r2.store import R2Store
from tests.r2.direct import Answer, ask
from tests.r2.signing import HOST, Keys, presigned, signed

BASE = f"http://{HOST}"

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
METHODS = st.sampled_from("GET HEAD PUT POST DELETE OPTIONS PATCH".split())
SEGMENTS = st.sampled_from(["shop", "key", "absent", "..", ""]) | ANY_TEXT
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)
PARAMETERS = st.sampled_from(
    "uploads uploadId partNumber delete cors lifecycle location versioning encryption acl tagging"
    " list-type prefix delimiter max-keys marker start-after continuation-token encoding-type"
    " fetch-owner max-uploads key-marker upload-id-marker max-parts part-number-marker"
    " response-content-type response-expires versionId x-id X-Amz-Expires".split()
)
NUMBERS = st.sampled_from(["", "0", "1", "2", "-1", "1000", "1e9", "nan", "true"])
QUERIES = st.dictionaries(PARAMETERS | ANY_TEXT, NUMBERS | ANY_TEXT, max_size=4)
HEADER_NAMES = st.sampled_from(
    "range if-match if-none-match if-modified-since if-unmodified-since content-md5 expires"
    " content-type content-encoding x-amz-copy-source x-amz-copy-source-range x-amz-meta-a"
    " x-amz-copy-source-if-match x-amz-metadata-directive x-amz-storage-class x-amz-acl"
    " x-amz-checksum-crc32 x-amz-checksum-algorithm x-amz-checksum-mode x-amz-trailer"
    " x-amz-decoded-content-length cf-r2-jurisdiction cf-max-keys cf-prefix origin"
    " cf-create-bucket-if-missing access-control-request-method access-control-request-headers"
    f" {SSE} {SSE}-customer-algorithm {SSE}-customer-key {SSE}-customer-key-md5".split()
)
# What HTTP lets through in a header; botocore trims more white space than there is in HTTP.
PRINTABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]) | st.just(" "), max_size=10
)
HEADER_VALUES = PRINTABLE | st.sampled_from(
    [
        "bytes=0-1",
        "bytes=-1",
        '"a", *',
        "*",
        "Thu, 01 Jan 2026 00:00:00 GMT",
        "/shop/key",
        "shop/absent",
        "REPLACE",
        "MERGE",
        "CRC32",
        "AAAAAA==",
        "=?utf-8?q?a?=",
        "aws-chunked",
        "x-amz-checksum-crc32",
        "true",
        "eu",
        "STANDARD_IA",
        "AES256",
    ]
)
HEADERS = st.dictionaries(HEADER_NAMES, HEADER_VALUES, max_size=4)
BODIES = st.binary(max_size=40) | st.sampled_from(
    [
        b"<Delete><Object><Key>key</Key></Object></Delete>",
        b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>a</ETag></Part>"
        b"</CompleteMultipartUpload>",
        b"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>"
        b"<AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
        b"<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><Days>1</Days>"
        b"</Expiration></Rule></LifecycleConfiguration>",
        b"<CreateBucketConfiguration/>",
        b"5\r\nvalue\r\n0\r\n\r\n",
    ]
)
HASHES = st.sampled_from(
    [None, None, "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "0" * 64]
)
RANDOM = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def target_of(path: str, query: dict[str, str]) -> str:
    pairs = (
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query.items()
    )
    return f"/{quote(path, safe='/~')}" + (f"?{'&'.join(pairs)}" if query else "")


def refill(r2: R2Store) -> None:
    """The bucket and its object, whatever has become of them."""
    if not any(bucket.name == "shop" for bucket in r2.list_buckets()):
        r2.create_bucket("shop")
    r2.bucket("shop").write("key", b"value")


def assert_answered(answer: Answer) -> None:
    assert answer.status < 500 or answer.code == "NotImplemented", answer.body
    for name, value in answer.sent[0]["headers"]:
        assert name == name.lower()
        assert not {b"\r"[0], b"\n"[0]} & set(value)


@RANDOM
@given(METHODS, PATHS, QUERIES, HEADERS, BODIES, HASHES)
async def test_no_signed_request_is_a_server_error(
    twin: Twin,
    account: Account,
    keys: Keys,
    method: str,
    path: str,
    query: dict[str, str],
    extra: dict[str, str],
    body: bytes,
    payload_hash: str | None,
) -> None:
    twin.clock.advance(1)
    refill(account.r2)
    target = target_of(path, query)
    given_headers = {"content-length": str(len(body))} | extra
    headers = signed(
        keys, twin.clock, method, BASE + target, given_headers, body, payload_hash=payload_hash
    )

    answer = await ask(twin, method, target, headers, [body])

    assert_answered(answer)
    assert answer.code != "SignatureDoesNotMatch", answer.body


@RANDOM
@given(METHODS, PATHS, QUERIES, HEADERS, BODIES, st.booleans())
async def test_no_unsigned_request_is_a_server_error_or_changes_anything(
    twin: Twin,
    keys: Keys,
    shop: BucketStore,
    method: str,
    path: str,
    query: dict[str, str],
    extra: dict[str, str],
    body: bytes,
    presigns: bool,
) -> None:
    target = target_of(path, query)
    if presigns:
        signed_url = presigned(keys, twin.clock, "GET", f"{BASE}/shop/key")
        target += ("&" if query else "?") + signed_url.partition("?")[2]

    answer = await ask(twin, method, target, {"content-length": str(len(body))} | extra, [body])

    assert_answered(answer)
    assert list(shop.list().objects) == []
    assert list(shop.uploads.list().uploads) == []
