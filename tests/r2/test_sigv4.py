"""Signatures: what botocore signs holds, and nothing that was changed afterwards does."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import ManualClock
from emulator.r2.errors import R2Error, SignatureDoesNotMatch
from emulator.r2.s3.request import S3Request
from emulator.r2.s3.sigv4 import Mismatch, Signed, Verifier
from tests.r2.direct import scope_of
from tests.r2.signing import HOST, Keys, presigned, signed

KEYS = Keys("0123456789abcdef", "secret")
BASE = f"http://{HOST}"
NOW = ManualClock().now()

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# White space other than HTTP's own is left out: botocore trims it, and no client sends it.
VALUES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]) | st.sampled_from(" \t"),
    max_size=8,
)
NAMES = st.from_regex(r"x-amz-meta-[a-z0-9-]{1,6}", fullmatch=True)
HEADERS = st.dictionaries(NAMES, VALUES, max_size=3)
QUERIES = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=4)
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE"])


def target_of(key: str, query: list[tuple[str, str]]) -> str:
    """As clients encode it: the key and the query by themselves."""
    pairs = (f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)
    return f"/shop/{quote(key, safe='/~')}" + (f"?{'&'.join(pairs)}" if query else "")


async def nothing() -> dict[str, object]:
    return {"type": "http.request"}


def verified(
    method: str, target: str, headers: Mapping[str, str], now: float = NOW, keys: Keys = KEYS
) -> Signed:
    """What the verifier says, to which these keys alone are known."""
    verifier = Verifier(lambda key_id, _: keys.secret if key_id == keys.access_key_id else None)
    return verifier.verify(S3Request(scope_of(method, target, headers), nothing), now)


def refused(
    method: str, target: str, headers: Mapping[str, str], now: float = NOW
) -> tuple[int, str, str]:
    with pytest.raises(R2Error) as refusal:
        verified(method, target, headers, now)
    return refusal.value.status, refusal.value.s3_code, str(refusal.value)


@given(METHODS, TEXT, QUERIES, HEADERS, st.binary(max_size=20))
@settings(max_examples=150, deadline=None)
def test_what_botocore_signs_holds(
    method: str, key: str, query: list[tuple[str, str]], extra: dict[str, str], body: bytes
) -> None:
    target = target_of(key, query)
    headers = signed(KEYS, ManualClock(), method, BASE + target, extra, body)

    claim = verified(method, target, headers).claim

    assert (claim.key_id, claim.presigned) == (KEYS.access_key_id, False)
    assert {"host", *extra} <= set(claim.signed_headers)


@given(METHODS, TEXT, HEADERS, st.dictionaries(TEXT.filter(bool), TEXT, max_size=3))
@settings(max_examples=150, deadline=None)
def test_what_botocore_presigns_holds(
    method: str, key: str, extra: dict[str, str], query: dict[str, str]
) -> None:
    target = target_of(key, list(query.items()))
    url = presigned(KEYS, ManualClock(), method, BASE + target, 60, extra)

    claim = verified(method, url.removeprefix(BASE), extra, NOW + 60).claim

    assert (claim.key_id, claim.presigned) == (KEYS.access_key_id, True)


@given(TEXT, QUERIES, HEADERS, st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_that_was_changed_holds(
    key: str, query: list[tuple[str, str]], extra: dict[str, str], data: st.DataObject
) -> None:
    target = target_of(key, query)
    headers = signed(KEYS, ManualClock(), "PUT", BASE + target, extra, b"body")
    signature = headers["authorization"]
    changes = {
        "method": ("POST", target, headers),
        "path": ("PUT", target.replace("/shop/", "/shop/x", 1), headers),
        "query": ("PUT", f"{target}{'&' if query else '?'}x", headers),
        "host": ("PUT", target, headers | {"host": "elsewhere"}),
        "date": ("PUT", target, headers | {"x-amz-date": "20260101T000001Z"}),
        "hash": ("PUT", target, headers | {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}),
        "signature": ("PUT", target, headers | {"authorization": signature[:-1]}),
        **{name: ("PUT", target, headers | {name: f"x{extra[name]}"}) for name in extra},
    }

    method, changed, given_headers = data.draw(st.sampled_from(list(changes.values())))

    with pytest.raises(SignatureDoesNotMatch):
        verified(method, changed, given_headers)


@given(st.sampled_from(["X-Amz-Date", "X-Amz-Expires", "x", "X-Amz-SignedHeaders"]))
def test_nothing_of_a_presigned_url_may_be_changed(name: str) -> None:
    url = presigned(KEYS, ManualClock(), "GET", f"{BASE}/shop/key?x=1", 60)
    target = url.removeprefix(BASE)
    changed = {
        "X-Amz-Date": target.replace("T000000Z", "T000001Z"),
        "X-Amz-Expires": target.replace("Expires=60", "Expires=600"),
        "X-Amz-SignedHeaders": target.replace("SignedHeaders=host", "SignedHeaders=host%3Bx"),
        "x": target.replace("x=1", "x=2"),
    }[name]
    assert changed != target

    with pytest.raises(SignatureDoesNotMatch):
        verified("GET", changed, {})


def test_an_unsigned_header_may_be_anything() -> None:
    headers = signed(KEYS, ManualClock(), "GET", f"{BASE}/shop/key")

    verified("GET", "/shop/key", headers | {"user-agent": "any"})


def test_bytes_of_utf_8_are_no_white_space() -> None:
    """`à` ends in a byte that is a space of Latin-1."""
    headers = signed(KEYS, ManualClock(), "GET", f"{BASE}/shop/key", {"x-amz-meta-a": "voilà"})

    verified("GET", "/shop/key", headers)


def test_names_of_parameters_are_sorted_before_their_values() -> None:
    target = "/shop/key?select-type=2&select"
    headers = signed(KEYS, ManualClock(), "POST", BASE + target)

    verified("POST", target, headers)


@pytest.mark.parametrize(
    "region", ["auto", "us-east-1", "", "wnam", "enam", "weur", "eeur", "apac", "oc"]
)
def test_r2s_regions_and_their_aliases_may_be_signed_for(region: str) -> None:
    headers = signed(KEYS, ManualClock(), "GET", f"{BASE}/shop", region=region)
    url = presigned(KEYS, ManualClock(), "GET", f"{BASE}/shop", region=region)

    verified("GET", "/shop", headers)
    verified("GET", url.removeprefix(BASE), {})


def test_any_other_region_is_refused() -> None:
    headers = signed(KEYS, ManualClock(), "GET", f"{BASE}/shop", region="eu-west-1")

    assert refused("GET", "/shop", headers) == (
        400,
        "InvalidRegionName",
        "The region name 'eu-west-1' is not valid."
        " Must be one of: wnam, enam, weur, eeur, apac, oc, auto",
    )


@pytest.mark.parametrize(("seconds", "holds"), [(900, True), (901, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_may_differ_by_15_minutes(seconds: int, holds: bool, sign: int) -> None:
    headers = signed(KEYS, ManualClock(), "GET", f"{BASE}/shop")
    now = NOW + sign * seconds

    if holds:
        verified("GET", "/shop", headers, now)
    else:
        assert refused("GET", "/shop", headers, now) == (
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the server's time is too large.",
        )


def presigned_target(seconds: object) -> str:
    return presigned(KEYS, ManualClock(), "GET", f"{BASE}/shop/key", seconds).removeprefix(BASE)


def test_a_presigned_url_ends_with_its_time() -> None:
    target = presigned_target(60)

    verified("GET", target, {}, NOW + 60)
    assert refused("GET", target, {}, NOW + 61) == (403, "ExpiredRequest", "Request has expired")


def test_a_presigned_url_lives_for_a_week_at_most() -> None:
    verified("GET", presigned_target(604_800), {}, NOW + 604_800)

    assert refused("GET", presigned_target(604_801), {}) == (
        400,
        "InvalidArgument",
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires"
        " must be less than 604800 seconds",
    )


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ("0", (403, "ExpiredRequest", "Request has expired")),
        ("-1", (403, "ExpiredRequest", "Request has expired")),
        ("nan", (403, "ExpiredRequest", "Request has expired")),
        ("soon", (400, "InvalidArgument", "X-Amz-Expires should be a number")),
        ("", (400, "InvalidArgument", "X-Amz-Expires should be a number")),
    ],
)
def test_a_time_that_is_none_is_refused(seconds: str, expected: tuple[int, str, str]) -> None:
    assert refused("GET", presigned_target(seconds), {}) == expected


def test_a_url_is_not_signed_for_a_later_day() -> None:
    target = presigned_target(60)

    verified("GET", target, {}, NOW - 900)
    assert refused("GET", target, {}, NOW - 901)[1] == "RequestTimeTooSkewed"


def test_a_mismatch_says_what_was_signed_here() -> None:
    headers = signed(KEYS, ManualClock(), "GET", f"{BASE}/shop/key?a=b")
    changed = headers["authorization"][:-64] + "0" * 64

    with pytest.raises(Mismatch) as refusal:
        verified("GET", "/shop/key?a=b", headers | {"authorization": changed})

    details = dict(refusal.value.details)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert details["CanonicalRequest"] == (
        f"GET\n/shop/key\na=b\nhost:{HOST}\nx-amz-content-sha256:{empty}\n"
        f"x-amz-date:20260101T000000Z\n\nhost;x-amz-content-sha256;x-amz-date\n{empty}"
    )
    head = "AWS4-HMAC-SHA256\n20260101T000000Z\n20260101/auto/s3/aws4_request\n"
    assert details["StringToSign"].startswith(head)
    assert bytes.fromhex(details["StringToSignBytes"]).decode() == details["StringToSign"]
    assert bytes.fromhex(details["CanonicalRequestBytes"]).decode() == details["CanonicalRequest"]
    assert details["SignatureProvided"] == "0" * 64
