"""Temporary credentials at the S3 door: what their claims let through."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.r2.bucket import BucketStore
from emulator.r2.temporary import issue
from tests.r2.answers import assert_refused
from tests.r2.signing import Keys, Signature

DENIED = (403, "AccessDenied", "Access Denied")
UNKNOWN = (401, "Unauthorized", "Unauthorized")
Holder = Callable[..., httpx.Auth]


@pytest.fixture
def temporary(twin: Twin, keys: Keys) -> Holder:
    """Signs with temporary credentials that have these claims."""

    def sign(**claims: Any) -> httpx.Auth:
        given = {
            "bucket": "shop",
            "scope": "object-read-write",
            "exp": int(twin.clock.now()) + 600,
        }
        made = issue(given | claims, keys.access_key_id, keys.secret)
        holder = Keys(made.access_key_id, made.secret_access_key, made.session_token)
        return Signature(holder, twin.clock)

    return sign


@pytest.mark.usefixtures("value")
async def test_temporary_credentials_are_for_one_bucket(
    s3: httpx.AsyncClient, account: Account, temporary: Holder
) -> None:
    account.r2.create_bucket("attic")
    holder = temporary()

    assert (await s3.get("/shop/key", auth=holder)).content == b"value"
    assert (await s3.put("/shop/new", auth=holder, content=b"")).status_code == 200
    for target in ("/attic/key", "/", "/shop?cors"):
        assert_refused(await s3.get(target, auth=holder), *DENIED)
    copied = {"x-amz-copy-source": "/attic/key"}
    assert_refused(await s3.put("/shop/copy", auth=holder, headers=copied), *DENIED)


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize(
    ("scope", "reads", "writes", "administers"),
    [
        ("object-read-only", True, False, False),
        ("object-read-write", True, True, False),
        ("admin-read-only", True, False, True),
        ("admin-read-write", True, True, True),
    ],
)
async def test_a_scope_says_how_far_they_go(
    s3: httpx.AsyncClient,
    temporary: Holder,
    scope: str,
    reads: bool,
    writes: bool,
    administers: bool,
) -> None:
    holder = temporary(scope=scope)

    answers = [
        await s3.get("/shop/key", auth=holder),
        await s3.put("/shop/new", auth=holder, content=b""),
        await s3.get("/shop?lifecycle", auth=holder),
    ]

    assert [answer.status_code == 200 for answer in answers] == [reads, writes, administers]


async def test_paths_say_which_keys_they_reach(
    s3: httpx.AsyncClient, shop: BucketStore, temporary: Holder
) -> None:
    for key in ("in/a", "out", "one"):
        shop.write(key, b"value")
    holder = temporary(paths={"prefixPaths": ["in/"], "objectPaths": ["one"]})

    for target in ("/shop/in/a", "/shop/one", "/shop?list-type=2&prefix=in%2F"):
        assert (await s3.get(target, auth=holder)).status_code == 200
    for target in ("/shop/out", "/shop/one/more", "/shop?list-type=2", "/shop?prefix=i"):
        assert_refused(await s3.get(target, auth=holder), *DENIED)
    copied = {"x-amz-copy-source": "/shop/out"}
    assert_refused(await s3.put("/shop/in/b", auth=holder, headers=copied), *DENIED)


async def test_of_many_only_the_keys_they_reach_are_deleted(
    s3: httpx.AsyncClient, shop: BucketStore, temporary: Holder
) -> None:
    for key in ("in/a", "out"):
        shop.write(key, b"value")
    body = "<Delete><Object><Key>in/a</Key></Object><Object><Key>out</Key></Object></Delete>"

    holder = temporary(paths={"prefixPaths": ["in/"]})
    response = await s3.post("/shop?delete", content=body, auth=holder)

    assert "<Deleted><Key>in/a</Key></Deleted>" in response.text
    assert "<Error><Key>out</Key><Code>AccessDenied</Code>" in response.text
    assert [stored.key for stored in shop.list().objects] == ["out"]


@pytest.mark.usefixtures("value")
async def test_actions_say_which_operations_they_reach(
    s3: httpx.AsyncClient, temporary: Holder
) -> None:
    holder = temporary(scope=None, actions=["GetObject", "ListObjectsV1"])

    assert (await s3.get("/shop/key", auth=holder)).status_code == 200
    assert (await s3.get("/shop", auth=holder)).status_code == 200
    assert_refused(await s3.get("/shop?list-type=2", auth=holder), *DENIED)
    assert_refused(await s3.put("/shop/key", auth=holder), *DENIED)


async def test_temporary_credentials_end(
    s3: httpx.AsyncClient, clock: ManualClock, temporary: Holder
) -> None:
    holder = temporary()

    clock.advance(599)
    assert (await s3.get("/shop", auth=holder)).status_code == 200

    clock.advance(1)
    ended = await s3.get("/shop", auth=holder)
    assert_refused(ended, 403, "ExpiredRequest", "Request has expired")


async def test_a_session_token_is_made_with_the_parents_secret(
    s3: httpx.AsyncClient, clock: ManualClock, keys: Keys, temporary: Holder
) -> None:
    claims = {"bucket": "shop", "scope": "admin-read-write", "exp": clock.now() + 600}
    forged = issue(claims, keys.access_key_id, "another secret of thirty-two bytes or more")
    forger = Signature(
        Keys(forged.access_key_id, forged.secret_access_key, forged.session_token), clock
    )

    assert_refused(await s3.get("/shop", auth=forger), *UNKNOWN)


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "everything"},
        {"scope": None},
        {"exp": None},
        {"exp": "never"},
        {"exp": 10**400},
        {"actions": 5},
        {"paths": "in/"},
        {"paths": {"prefixPaths": 5}},
        {"paths": {"prefixPaths": [5]}},
    ],
    ids=lambda claims: repr(claims)[:40],
)
async def test_claims_that_make_no_sense_grant_nothing(
    s3: httpx.AsyncClient, temporary: Holder, claims: dict[str, Any]
) -> None:
    response = await s3.get("/shop/key", auth=temporary(**claims))

    assert response.status_code in (401, 403)


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ("nonsense", (400, "InvalidArgument", "X-Amz-Security-Token")),
        (" ", (400, "InvalidArgument", "X-Amz-Security-Token")),
        ("and0", (400, "InvalidArgument", "X-Amz-Security-Token")),
        # In clear `jwt/a`.
        ("and0L2E=", UNKNOWN),
    ],
)
async def test_a_session_token_that_is_none_is_refused(
    s3: httpx.AsyncClient,
    clock: ManualClock,
    keys: Keys,
    session: str,
    expected: tuple[int, str, str],
) -> None:
    holder = Signature(Keys(keys.access_key_id, keys.secret, session), clock)

    assert_refused(await s3.get("/shop", auth=holder), *expected)
