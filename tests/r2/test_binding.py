"""R2 as the Workers runtime calls it: its requests, byte by byte."""

import asyncio
import hashlib
import tracemalloc
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.r2.bucket import BucketStore
from emulator.r2.models import Attributes
from tests.bindings import Runtime
from tests.r2.stores import LARGE, chosen, files, put_part
from tests.r2.worker import Env, refusal, told

MD5 = hashlib.md5(b"hello").hexdigest()
MEBIBYTE = 1_048_576


async def test_what_is_put_is_got(env: Env, clock: ManualClock) -> None:
    put = await env.write("put", b"hello", object="a/ü")

    shown, content = told(await env.read("get", object="a/ü"))

    assert content == b"hello"
    assert shown == {
        "name": "a/ü",
        "version": put.json()["version"],
        "size": 5,
        "etag": MD5,
        "uploaded": int(clock.now() * 1000),
        "httpFields": {},
        "customFields": [],
        "checksums": {"0": MD5},
        "storageClass": "Standard",
        "range": {"offset": 0, "length": 5},
    }


async def test_metadata_comes_back_as_it_was_given(env: Env) -> None:
    http = {
        "contentType": "text/plain",
        "contentLanguage": "en",
        "contentDisposition": "inline",
        "contentEncoding": "gzip",
        "cacheControl": "no-cache",
    }
    custom = [{"k": "by", "v": "Ünï"}]
    await env.write(
        "put",
        object="key",
        httpFields={**http, "cacheExpiry": "1000000000000"},
        customFields=custom,
        storageClass="InfrequentAccess",
    )

    shown, _ = told(await env.read("head", object="key"))

    assert shown["httpFields"] == {**http, "cacheExpiry": 1_000_000_000_000}
    assert (shown["customFields"], shown["storageClass"]) == (custom, "InfrequentAccess")


async def test_large_content_is_put_and_got(env: Env) -> None:
    await env.write("put", LARGE * 32, object="large")

    shown, content = told(await env.read("get", object="large"))

    assert content == LARGE * 32
    assert shown["range"] == {"offset": 0, "length": len(LARGE) * 32}


async def test_an_absent_object_is_10007(env: Env) -> None:
    for method in ("head", "get"):
        assert refusal(await env.read(method, object="absent"))[:2] == (404, 10007)


@pytest.mark.parametrize(
    ("asked", "content", "offset"),
    [
        ({"range": {"offset": "1", "length": "3"}}, b"ell", 1),
        ({"range": {"offset": "3"}}, b"lo", 3),
        ({"range": {"length": "2"}}, b"he", 0),
        ({"range": {"offset": "3", "length": "18446744073709551615"}}, b"lo", 3),
        ({"range": {"suffix": "2"}}, b"lo", 3),
        ({"range": {"suffix": "9"}}, b"hello", 0),
        ({"rangeHeader": "bytes=1-2"}, b"el", 1),
        ({"rangeHeader": "bytes=-1"}, b"o", 4),
        ({"rangeHeader": "bytes=0-0,2-3"}, b"hello", 0),
        ({"rangeHeader": "lines=1-2"}, b"hello", 0),
        ({"rangeHeader": "bytes=3-1"}, b"hello", 0),
    ],
)
async def test_a_range_is_cut_out(
    env: Env, shop: BucketStore, asked: dict[str, Any], content: bytes, offset: int
) -> None:
    shop.write("key", b"hello")

    shown, got = told(await env.read("get", object="key", **asked))

    assert got == content
    assert shown["range"] == {"offset": offset, "length": len(content)}
    assert shown["size"] == 5


@pytest.mark.parametrize(
    "asked",
    [
        {"range": {"offset": "5"}},
        {"range": {"length": "0"}},
        {"range": {"suffix": "0"}},
        {"rangeHeader": "bytes=5-"},
    ],
)
async def test_a_range_of_nothing_is_refused(
    env: Env, shop: BucketStore, asked: dict[str, Any]
) -> None:
    shop.write("key", b"hello")

    refused = refusal(await env.read("get", object="key", **asked))

    assert refused == (416, 10039, "The requested range is not satisfiable")


STRONG, WEAK = {"type": "strong", "value": MD5}, {"type": "weak", "value": MD5}
OTHER, ANY = {"type": "strong", "value": "other"}, {"type": "wildcard"}
CONDITIONS = [
    ({"etagMatches": [OTHER, STRONG]}, True),
    ({"etagMatches": [ANY]}, True),
    ({"etagMatches": [OTHER]}, False),
    ({"etagMatches": [WEAK]}, False),
    ({"etagMatches": []}, False),
    ({"etagDoesNotMatch": [OTHER]}, True),
    ({"etagDoesNotMatch": [STRONG]}, False),
    ({"etagDoesNotMatch": [WEAK]}, False),
    ({"etagDoesNotMatch": [ANY]}, False),
]


@pytest.mark.parametrize(("only_if", "holds"), CONDITIONS)
async def test_conditions_on_etags(
    env: Env, shop: BucketStore, only_if: dict[str, object], holds: bool
) -> None:
    shop.write("key", b"hello")

    got = await env.read("get", object="key", onlyIf=only_if)
    put = await env.write("put", b"new", object="key", onlyIf=only_if)

    assert (got.status_code, put.status_code) == ((200, 200) if holds else (412, 412))


@pytest.mark.parametrize(
    ("name", "offset_ms", "to_the_second", "holds"),
    [
        ("uploadedBefore", 0, False, False),
        ("uploadedBefore", 1, False, True),
        ("uploadedAfter", 0, False, False),
        ("uploadedAfter", -1, False, True),
        # Of headers, whose moments are whole seconds.
        ("uploadedBefore", -300, True, True),
        ("uploadedBefore", -1_000, True, False),
        ("uploadedAfter", -1, True, False),
        ("uploadedAfter", -1_000, True, True),
    ],
)
async def test_conditions_on_moments(
    env: Env,
    shop: BucketStore,
    clock: ManualClock,
    name: str,
    offset_ms: int,
    to_the_second: bool,
    holds: bool,
) -> None:
    clock.advance(1.5 - clock.now() % 1)
    uploaded_ms = shop.write("key", b"hello").uploaded_ms

    only_if = {name: str(uploaded_ms + offset_ms), "secondsGranularity": to_the_second}
    got = await env.read("get", object="key", onlyIf=only_if)

    assert got.status_code == (200 if holds else 412)


async def test_an_unmet_condition_shows_the_object_without_content(
    env: Env, shop: BucketStore, twin: Twin
) -> None:
    shop.write("key", b"hello")

    got = await env.read("get", object="key", onlyIf={"etagMatches": [OTHER]})

    text = "At least one of the pre-conditions you specified did not hold."
    shown, content = told(got)
    assert refusal(got) == (412, 10031, text)
    assert (shown["etag"], "range" in shown, content) == (MD5, False, b"")
    assert twin.events.recent(1)[0].code == 10031


@pytest.mark.parametrize(
    ("only_if", "status"),
    [
        ({"etagMatches": [ANY]}, 412),
        ({"etagDoesNotMatch": [ANY]}, 200),
        ({"uploadedAfter": "0"}, 412),
        ({"uploadedBefore": "0"}, 200),
    ],
)
async def test_conditions_where_nothing_is(
    env: Env, only_if: dict[str, object], status: int
) -> None:
    assert (await env.write("put", object="key", onlyIf=only_if)).status_code == status


HASHES = ("sha1", "sha256", "sha384", "sha512")


@pytest.mark.parametrize(("number", "name"), list(enumerate(HASHES, start=1)))
async def test_a_digest_is_checked_and_kept(env: Env, number: int, name: str) -> None:
    digest = hashlib.new(name, b"hello").hexdigest()

    await env.write("put", b"hello", object="key", **{name: digest})
    shown, _ = told(await env.read("head", object="key"))

    assert shown["checksums"] == {"0": MD5, str(number): digest}


async def test_an_md5_comes_in_base64(env: Env, shop: BucketStore) -> None:
    put = await env.write("put", b"hello", object="key", md5=b64encode(bytes.fromhex(MD5)).decode())

    assert put.json()["checksums"] == {"0": MD5}
    assert shop.find("key").checksum is None


async def test_a_checksum_of_checksums_is_no_digest_of_the_object(
    env: Env, account: Account, shop: BucketStore
) -> None:
    r2 = account.r2
    upload = r2.commit_now(lambda: shop.uploads.create("key", Attributes(), "SHA256"))
    part = await put_part(r2, shop, ("key", upload.id), 1, b"hello", "SHA256")
    made = r2.commit_now(lambda: shop.uploads.complete("key", upload.id, chosen(part)))

    assert made.checksum is not None
    assert told(await env.read("head", object="key"))[0]["checksums"] == {}


async def test_a_refusal_may_quote_what_no_header_holds(env: Env) -> None:
    refused = refusal(await env.write("put", object="key", storageClass="a\x7f\nb"))

    assert refused[2] == "a\x7f\nb is no storage class"


@pytest.mark.parametrize(
    ("name", "title"),
    [("md5", "MD5"), ("sha1", "SHA-1"), ("sha256", "SHA-256"), ("sha512", "SHA-512")],
)
async def test_a_wrong_digest_is_refused_and_nothing_is_left(
    env: Env, account: Account, twin: Twin, name: str, title: str
) -> None:
    wrong = "00" * 16
    given = b64encode(bytes(16)).decode() if name == "md5" else wrong

    refused = refusal(await env.write("put", LARGE, object="key", **{name: given}))

    assert refused == (
        400,
        10037,
        f"The {title} checksum you specified did not match what we received.\n"
        f"You provided a {title} checksum with value: {wrong}\n"
        f"Actual {title} was: {hashlib.new(name, LARGE).hexdigest()}",
    )
    assert files(twin.account_path(account.id) / "r2") == []


@pytest.mark.parametrize("fields", [{"md5": "?"}, {"sha1": "xyz"}])
async def test_a_digest_that_is_none_is_refused(env: Env, fields: dict[str, Any]) -> None:
    assert refusal(await env.write("put", object="key", **fields))[1] == 10014


KEY, OTHER_KEY = "01" * 32, "02" * 32


async def test_a_customers_key_is_asked_for(env: Env) -> None:
    await env.write("put", b"hello", object="key", ssec={"key": KEY})

    shown, content = told(await env.read("get", object="key", ssec={"key": KEY}))
    headed, _ = told(await env.read("head", object="key"))

    key_md5 = hashlib.md5(bytes.fromhex(KEY)).hexdigest()
    assert content == b"hello"
    assert shown["ssec"] == headed["ssec"] == {"algorithm": "AES256", "keyMd5": key_md5}
    assert refusal(await env.read("get", object="key"))[1] == 10909
    assert refusal(await env.read("get", object="key", ssec={"key": OTHER_KEY}))[1] == 10903


@pytest.mark.parametrize("key", ["", "01", "x" * 64])
async def test_a_customers_key_has_32_bytes(env: Env, key: str) -> None:
    assert refusal(await env.write("put", object="key", ssec={"key": key}))[1] == 10029


async def test_objects_are_listed_with_what_is_asked_for(env: Env) -> None:
    http, custom = {"contentType": "a/b"}, [{"k": "by", "v": "ada"}]
    await env.write("put", object="key", httpFields=http, customFields=custom)

    def shown(response: httpx.Response) -> list[object]:
        [found] = told(response)[0]["objects"]
        return [found.get("httpFields"), found.get("customFields")]

    assert shown(await env.read("list", newRuntime=True)) == [None, None]
    assert shown(await env.read("list", include=[])) == [None, None]
    assert shown(await env.read("list", include=[0])) == [http, None]
    assert shown(await env.read("list", include=[1])) == [None, custom]
    assert shown(await env.read("list", include=[0, 1])) == [http, custom]


async def test_a_listing_goes_on_from_its_cursor(env: Env, shop: BucketStore) -> None:
    for key in ("a", "d/1", "d/2", "e"):
        shop.write(key, b"x")

    first, _ = told(await env.read("list", limit=2, delimiter="/"))
    second, _ = told(await env.read("list", delimiter="/", cursor=first["cursor"]))
    rest, _ = told(await env.read("list", prefix="d/", startAfter="d/1"))

    assert [found["name"] for found in first["objects"]] == ["a"]
    assert (first["delimitedPrefixes"], first["truncated"]) == (["d/"], True)
    assert [found["name"] for found in second["objects"]] == ["e"]
    assert (second["truncated"], "cursor" in second) == (False, False)
    assert [found["name"] for found in rest["objects"]] == ["d/2"]


async def test_a_page_with_metadata_is_shorter(env: Env, shop: BucketStore) -> None:
    for number in range(101):
        shop.write(f"{number:03}", b"x")

    with_metadata, _ = told(await env.read("list", include=[1]))
    without, _ = told(await env.read("list"))

    assert (len(with_metadata["objects"]), with_metadata["truncated"]) == (100, True)
    assert (len(without["objects"]), without["truncated"]) == (101, False)


@pytest.mark.parametrize("limit", [0, -1, 1_001])
async def test_a_limit_out_of_range_is_refused(env: Env, limit: int) -> None:
    text = "MaxKeys params must be positive integer <= 1000."

    assert refusal(await env.read("list", limit=limit)) == (400, 10022, text)


async def test_objects_are_deleted(env: Env, shop: BucketStore) -> None:
    for key in ("one", "two", "three"):
        shop.write(key, b"x")

    one = await env.write("delete", object="one")
    more = await env.write("delete", objects=["two", "absent"])

    assert (one.status_code, one.content, more.status_code) == (200, b"", 200)
    assert [found.key for found in shop.list().objects] == ["three"]


async def test_a_thousand_keys_are_deleted_and_not_one_more(env: Env) -> None:
    keys = [f"{number:04}" + "\x01" * 1_000 for number in range(1_001)]

    assert (await env.write("delete", objects=keys[:1_000])).status_code == 200
    assert refusal(await env.write("delete", objects=keys))[1] == 10029


async def test_a_locked_object_is_not_deleted(env: Env, account: Account) -> None:
    bucket = account.r2.bucket("shop")
    bucket.write("key", b"x")
    rule = {"id": "all", "enabled": True, "condition": {"type": "Indefinite"}}
    account.r2.configure(bucket.bucket, "lock", {"rules": [rule]})

    for fields in ({"object": "key"}, {"objects": ["other", "key"]}):
        assert refusal(await env.write("delete", **fields))[:2] == (403, 10069)


async def test_an_upload_in_parts(env: Env) -> None:
    upload = await env.upload("key", customFields=[{"k": "by", "v": "ada"}])
    parts = []
    for number, content in ((1, bytes(5 * MEBIBYTE)), (2, b"end")):
        part = await env.write("uploadPart", content, partNumber=number, **upload)
        parts.append({"part": number, "etag": part.json()["etag"]})

    made = (await env.write("completeMultipartUpload", parts=parts, **upload)).json()
    _, content = told(await env.read("get", object="key", range={"suffix": "4"}))

    assert (made["size"], made["checksums"]) == (5 * MEBIBYTE + 3, {})
    assert made["customFields"] == [{"k": "by", "v": "ada"}]
    assert content == b"\0end"


async def test_an_upload_that_is_aborted_has_gone(env: Env, account: Account, twin: Twin) -> None:
    upload = await env.upload("key")
    await env.write("uploadPart", LARGE, partNumber=1, **upload)

    aborted = await env.write("abortMultipartUpload", **upload)
    part = await env.write("uploadPart", LARGE, partNumber=1, **upload)

    text = "The specified multipart upload does not exist."
    assert (aborted.status_code, refusal(part)[1:]) == (200, (10024, text))
    assert files(twin.account_path(account.id) / "r2") == []


@pytest.mark.parametrize("number", [0, 10_001, None])
async def test_a_part_has_a_number(
    env: Env, account: Account, twin: Twin, number: int | None
) -> None:
    upload = await env.upload("key")

    refused = refusal(await env.write("uploadPart", LARGE, partNumber=number, **upload))

    assert refused[1] == 10029
    assert files(twin.account_path(account.id) / "r2") == []


async def test_parts_that_are_small_or_unknown_are_refused(env: Env) -> None:
    upload = await env.upload("key")
    parts = []
    for number in (1, 2):
        part = await env.write("uploadPart", b"x", partNumber=number, **upload)
        parts.append({"part": number, "etag": part.json()["etag"]})
    unknown = [{"part": 3, "etag": "x"}]

    small = await env.write("completeMultipartUpload", parts=parts, **upload)
    absent = await env.write("completeMultipartUpload", parts=unknown, **upload)

    assert (refusal(small)[1], refusal(absent)[1]) == (10011, 10025)


async def test_a_bucket_that_has_gone_is_named(env: Env, account: Account) -> None:
    account.r2.delete_bucket("shop")

    text = "The specified bucket does not exist."
    assert refusal(await env.read("get", object="key")) == (404, 10006, text)
    assert refusal(await env.write("put", LARGE, object="key")) == (404, 10006, text)


async def test_buckets_of_another_jurisdiction_are_others(
    runtime: Runtime, account: Account, shop: BucketStore
) -> None:
    account.r2.create_bucket("shop", "eu")
    env = Env(await runtime.bind("r2", "shop", jurisdiction="eu"))

    await env.write("put", b"hello", object="key")

    assert account.r2.bucket("shop", "eu").find("key").size == 5
    assert shop.list().objects == []


async def test_calls_are_recorded_with_their_key(env: Env, twin: Twin) -> None:
    await env.write("put", b"hello", object="a/key")

    [event] = twin.events.recent(1)
    assert (event.door, event.operation, event.detail) == ("binding", "r2.put", {"key": "a/key"})


async def test_whoever_turns_away_lets_go_of_the_content(
    env: Env, shop: BucketStore, account: Account, twin: Twin
) -> None:
    shop.write("key", bytes(32 * MEBIBYTE))
    request = orjson.dumps({"version": 1, "method": "get", "object": "key"})

    async with env.client.stream("GET", "/", headers=[(b"cf-r2-request", request)]) as got:
        assert await anext(got.aiter_raw())
    await env.write("delete", object="key")

    # What is being read stays on disk until it is let go of.
    async with asyncio.timeout(10):
        while files(twin.account_path(account.id) / "r2"):
            await asyncio.sleep(0.01)


async def test_content_passes_in_flat_memory(env: Env) -> None:
    request = orjson.dumps({"version": 1, "method": "put", "object": "key"})
    size = 64 * MEBIBYTE

    async def body() -> AsyncIterator[bytes]:
        yield request
        for _ in range(size // 65_536):
            yield bytes(65_536)

    sent = {"cf-r2-metadata-size": str(len(request)), "content-length": str(len(request) + size)}
    asked = orjson.dumps({"version": 1, "method": "get", "object": "key"})
    tracemalloc.start()
    try:
        assert (await env.client.put("/", content=body(), headers=sent)).json()["size"] == size
        async with env.client.stream("GET", "/", headers=[(b"cf-r2-request", asked)]) as got:
            async for _ in got.aiter_raw():
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 16 * MEBIBYTE
