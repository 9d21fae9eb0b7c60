"""Temporary credentials: made over the API, read back, held to what they say."""

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any

import httpx
import jwt
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.identity.models import Credential
from emulator.r2.bucket import BucketStore
from emulator.r2.errors import ExpiredRequest, InvalidArgument, Unauthorized
from emulator.r2.temporary import Grant, issue, read
from tests.assertions import assert_failure

PATH = "/r2/temp-access-credentials"
NOW = ManualClock().now()
SECRET = "5" * 64
CLAIMS = {"bucket": "shop", "scope": "object-read-only", "exp": NOW + 60}


@pytest.fixture
def parent(twin: Twin, token: str) -> Credential:
    found = twin.directory.by_authorization(b"Bearer " + token.encode())
    assert found is not None
    return found


def wanted(parent: Credential, **differences: object) -> dict[str, object]:
    """A body that asks for credentials, but for the differences."""
    body: dict[str, object] = {
        "bucket": "shop",
        "parentAccessKeyId": parent.id,
        "permission": "object-read-write",
        "ttlSeconds": 3600,
    }
    return body | differences


def grant(scope: str | None = "object-read-only", **differences: Any) -> Grant:
    defaults = {"actions": None, "prefixes": (), "objects": ()}
    return Grant("secret", "shop", scope, **(defaults | differences))


async def test_credentials_are_what_cloudflare_documents(
    rest: httpx.AsyncClient, account: Account, shop: BucketStore, parent: Credential
) -> None:
    response = await rest.post(PATH, json=wanted(parent, prefixes=["a/"], objects=["b"]))

    result = response.json()["result"]
    signed = b64decode(result["sessionToken"]).decode().removeprefix("jwt/")
    assert response.json() == {
        "result": {
            "accessKeyId": parent.id,
            "secretAccessKey": sha256(signed.encode()).hexdigest(),
            "sessionToken": b64encode(f"jwt/{signed}".encode()).decode(),
        },
        "success": True,
        "errors": [],
        "messages": [],
    }
    assert jwt.get_unverified_header(signed) == {"alg": "HS256", "typ": "JWT"}
    assert jwt.decode(signed, options={"verify_signature": False}) == {
        "bucket": "shop",
        "scope": "object-read-write",
        "paths": {"prefixPaths": ["a/"], "objectPaths": ["b"]},
        "sub": account.id,
        "iss": parent.id,
        "aud": "twin",
        "iat": NOW,
        "exp": NOW + 3600,
    }


async def test_what_is_issued_is_granted(
    rest: httpx.AsyncClient, shop: BucketStore, parent: Credential
) -> None:
    made = (await rest.post(PATH, json=wanted(parent, prefixes=["a/"]))).json()["result"]

    granted = read(made["sessionToken"], parent.id, parent.s3_secret, NOW)

    expected = grant("object-read-write", prefixes=("a/",))
    assert granted.secret_access_key == made["secretAccessKey"]
    assert (granted.bucket, granted.scope, granted.prefixes, granted.objects) == (
        expected.bucket,
        expected.scope,
        expected.prefixes,
        expected.objects,
    )


async def test_a_bucket_must_be_there(rest: httpx.AsyncClient, parent: Credential) -> None:
    response = await rest.post(PATH, json=wanted(parent))

    message = "The specified bucket does not exist."
    assert_failure(response, status=404, code=10006, message=message)


async def test_a_parent_of_another_account_is_none(
    twin: Twin, rest: httpx.AsyncClient, shop: BucketStore, parent: Credential
) -> None:
    _, stranger = twin.create_account("Another tenant")

    for key_id in (stranger.id, "0" * 32):
        response = await rest.post(PATH, json=wanted(parent, parentAccessKeyId=key_id))
        assert_failure(response, status=401, code=10002, message="Unauthorized")


async def test_who_only_reads_lends_no_other_token(
    twin: Twin, rest: httpx.AsyncClient, account: Account, shop: BucketStore, parent: Credential
) -> None:
    twin.directory.put_credential("reader", "reads", {account.id: frozenset({"r2:read"})})
    reader = {"Authorization": "Bearer reads"}

    own = await rest.post(PATH, json=wanted(parent, parentAccessKeyId="reader"), headers=reader)
    other = await rest.post(PATH, json=wanted(parent), headers=reader)

    assert own.status_code == 200
    assert_failure(other, status=403, code=10003, message="Access Denied")


@pytest.mark.parametrize(
    "differences",
    [
        {"ttlSeconds": 604_801},
        {"ttlSeconds": 0},
        {"ttlSeconds": None},
        {"permission": "everything"},
        {"bucket": None},
        {"prefixes": "a/"},
    ],
)
async def test_what_is_asked_for_must_be_possible(
    rest: httpx.AsyncClient, shop: BucketStore, parent: Credential, differences: dict[str, object]
) -> None:
    response = await rest.post(PATH, json=wanted(parent, **differences))

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 10029)


async def test_a_lifetime_is_a_number(
    rest: httpx.AsyncClient, shop: BucketStore, parent: Credential
) -> None:
    body = wanted(parent)
    del body["ttlSeconds"]

    assert (await rest.post(PATH, json=body)).json()["errors"][0]["code"] == 10029
    for ttl in ("NaN", "Infinity"):
        text = str(body).replace("'", '"')[:-1] + f', "ttlSeconds": {ttl}}}'
        response = await rest.post(PATH, content=text)
        assert response.json()["errors"][0]["code"] == 10029


def test_credentials_end_on_the_second() -> None:
    token = issue(CLAIMS, "parent", SECRET).session_token

    assert read(token, "parent", SECRET, NOW + 59.9).bucket == "shop"
    with pytest.raises(ExpiredRequest):
        read(token, "parent", SECRET, NOW + 60)


@pytest.mark.parametrize(("parent_id", "secret"), [("parent", "6" * 64), ("another", SECRET)])
def test_only_the_parent_vouches_for_them(parent_id: str, secret: str) -> None:
    token = issue(CLAIMS, "parent", SECRET).session_token

    with pytest.raises(Unauthorized):
        read(token, parent_id, secret, NOW)


def test_a_token_without_a_signature_is_worth_nothing() -> None:
    signed = jwt.encode({**CLAIMS, "iss": "parent"}, "", algorithm="none")
    token = b64encode(f"jwt/{signed}".encode()).decode()

    with pytest.raises(Unauthorized):
        read(token, "parent", SECRET, NOW)


@pytest.mark.parametrize("token", ["", "nonsense", b64encode(b"jwt").decode()])
def test_what_is_no_session_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidArgument):
        read(token, "parent", SECRET, NOW)


@pytest.mark.parametrize(
    "differences", [{"scope": "everything"}, {"exp": "soon"}, {"bucket": None}, {"paths": "a/"}]
)
def test_claims_that_are_none_grant_nothing(differences: dict[str, object]) -> None:
    claims = {key: value for key, value in (CLAIMS | differences).items() if value is not None}
    token = issue(claims, "parent", SECRET).session_token

    with pytest.raises(Unauthorized):
        read(token, "parent", SECRET, NOW)


@pytest.mark.parametrize(
    ("scope", "reads", "writes", "reads_as_admin", "writes_as_admin"),
    [
        ("object-read-only", True, False, False, False),
        ("object-read-write", True, True, False, False),
        ("admin-read-only", True, False, True, False),
        ("admin-read-write", True, True, True, True),
    ],
)
def test_a_scope_allows_what_it_says(
    scope: str, reads: bool, writes: bool, reads_as_admin: bool, writes_as_admin: bool
) -> None:
    allows = grant(scope).allows

    assert [
        allows("GetObject", is_write=False, is_admin=False),
        allows("PutObject", is_write=True, is_admin=False),
        allows("GetBucketCors", is_write=False, is_admin=True),
        allows("PutBucketCors", is_write=True, is_admin=True),
    ] == [reads, writes, reads_as_admin, writes_as_admin]


def test_actions_are_all_that_is_allowed() -> None:
    allows = grant(None, actions=frozenset({"GetObject", "ListObjectsV1"})).allows

    assert allows("GetObject", is_write=False, is_admin=False)
    assert allows("ListObjects", is_write=False, is_admin=False)
    assert not allows("HeadObject", is_write=False, is_admin=False)


def test_paths_are_all_that_is_reached() -> None:
    everything, some = grant(), grant(prefixes=("a/",), objects=("b",))

    assert everything.reaches("c")
    assert everything.reaches_prefix("")
    assert [some.reaches(key) for key in ("a/1", "b", "b1", "c")] == [True, True, False, False]
    assert [some.reaches_prefix(one) for one in ("a/", "a/b", "a", "b")] == [
        True,
        True,
        False,
        False,
    ]
