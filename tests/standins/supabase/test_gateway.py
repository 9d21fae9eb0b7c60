"""Keys, CORS, signatures, and bodies that nobody should send."""

import base64
import json

import jwt
import pytest

from emulator import Settings
from emulator.core.clock import ManualClock
from emulator.standins.supabase.keys import keys_of
from emulator.standins.supabase.project import Project
from emulator.standins.supabase.tokens import AccessTokens
from tests.standins.supabase.conftest import ACCOUNT, EMAIL, PASSWORD, Auth, bearer, error_of

SECRET = "s" * 64


def test_keys_are_the_same_at_every_start_and_of_one_account() -> None:
    keys, again = keys_of(Settings(), ACCOUNT), keys_of(Settings(), ACCOUNT)
    other = keys_of(Settings(), "b6" * 16)
    secret = keys_of(Settings(supabase_secret="mine"), ACCOUNT)

    assert keys == again
    assert len({keys.jwt_secret, other.jwt_secret, secret.jwt_secret}) == 3


def test_a_key_is_a_token_that_names_its_project_and_role() -> None:
    keys = keys_of(Settings(), ACCOUNT)

    claims = jwt.decode(keys.service_role, keys.jwt_secret, ["HS256"])

    assert (claims["iss"], claims["role"], claims["ref"]) == ("supabase", "service_role", "a5" * 10)


async def test_a_request_without_a_key_is_refused(nobody: Auth) -> None:
    response = await nobody.get("/settings")

    assert response.status_code == 401
    assert response.json()["message"] == "No API key found in request"


@pytest.mark.parametrize("key", ["nonsense", keys_of(Settings(), "b6" * 16).service_role, "\x7f"])
async def test_the_key_of_another_project_is_refused(nobody: Auth, key: str) -> None:
    response = await nobody.get("/settings", headers=[("apikey", key)])

    assert (response.status_code, response.json()["message"]) == (401, "Invalid API key")


async def test_a_key_may_come_in_the_query(nobody: Auth, project: Project) -> None:
    response = await nobody.get("/health", params={"apikey": project.keys.anon})

    assert response.json()["name"] == "GoTrue"


async def test_settings_say_what_may_be_done(anon: Auth) -> None:
    settings = (await anon.get("/settings")).json()

    assert settings["mailer_autoconfirm"] is True
    assert [name for name, on in settings["external"].items() if on] == ["email"]


async def test_browsers_of_any_origin_may_call(nobody: Auth, anon: Auth) -> None:
    origin = {"origin": "http://localhost:5173"}
    wished = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "apikey,authorization,x-supabase-api-version",
    }

    preflight = await nobody.options("/token", headers={**origin, **wished})
    refused = await anon.get("/user", headers=origin)

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "apikey" in preflight.headers["access-control-allow-headers"]
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "x-supabase-api-version" in refused.headers["access-control-expose-headers"]


async def test_a_key_is_no_user(anon: Auth) -> None:
    response = await anon.get("/user")

    assert error_of(response) == (403, "bad_jwt")
    assert response.json()["message"] == "invalid claim: missing sub claim"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer a b"])
async def test_a_user_without_a_bearer_token_is_refused(
    nobody: Auth, project: Project, header: str
) -> None:
    headers = {"apikey": project.keys.anon, "authorization": header}

    assert error_of(await nobody.get("/user", headers=headers)) == (401, "no_authorization")


def forged(session: dict[str, str], project: Project) -> dict[str, str]:
    """Tokens that look like the session's and are not good."""
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    head, body, signature = session["access_token"].split(".")
    unsigned = jwt.encode(claims, "", "none")
    named = {"kid": "unknown"}
    sign = project.access.sign
    return {
        "other secret": jwt.encode(claims, SECRET, "HS256"),
        "no signature": unsigned,
        "other algorithm": jwt.encode(claims, SECRET, "HS512", headers=named),
        "cut": f"{head}.{body}",
        "changed": f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "nonsense": "a.b.c",
        "huge": "a" * 60_000,
        "deep": f"{head}.{base64.urlsafe_b64encode(b'[' * 20_000).decode()}.{signature}",
        "expiry of text": sign({**claims, "exp": "soon"}),
        "from tomorrow": sign({**claims, "nbf": 4e9}),
        "number for a user": sign({**claims, "sub": 1}),
        "word for a user": sign({**claims, "sub": "ada"}),
        "session of text": sign({**claims, "session_id": "mine"}),
    }


async def test_forged_and_broken_tokens_are_refused(anon: Auth, project: Project) -> None:
    session = await anon.sign_up()

    answers = {what: await anon.user(token) for what, token in forged(session, project).items()}

    assert {what: error_of(one) for what, one in answers.items()} == dict.fromkeys(
        answers, (403, "bad_jwt")
    )


async def test_an_application_may_make_tokens_with_the_secret(
    anon: Auth, project: Project, clock: ManualClock
) -> None:
    user = (await anon.sign_up())["user"]
    claims = {"sub": user["id"], "role": "authenticated", "exp": clock.now() + 60}

    token = jwt.encode(claims, project.keys.jwt_secret, "HS256")

    assert (await anon.user(token)).json()["id"] == user["id"]


async def test_the_session_of_another_user_is_none_of_ours(anon: Auth, project: Project) -> None:
    ada, bob = await anon.sign_up(), await anon.sign_up("bob@example.com")
    claims = jwt.decode(bob["access_token"], options={"verify_signature": False})

    token = project.access.sign({**claims, "sub": ada["user"]["id"]})

    assert error_of(await anon.user(token)) == (403, "session_not_found")


def test_an_asymmetric_token_is_checked_with_the_published_key(clock: ManualClock) -> None:
    tokens = AccessTokens(SECRET, clock, asymmetric=True)
    token = tokens.sign({"sub": "a", "exp": clock.now() + 60})

    [key] = tokens.public_keys()

    unchecked = {"verify_exp": False}
    assert jwt.decode(token, jwt.PyJWK(key), ["ES256"], options=unchecked)["sub"] == "a"  # type: ignore[arg-type]
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    assert tokens.claims(token)["sub"] == "a"
    assert "d" not in key


def test_a_public_key_signs_nothing(clock: ManualClock) -> None:
    tokens = AccessTokens(SECRET, clock, asymmetric=True)
    other = AccessTokens("t" * 64, clock, asymmetric=True)
    [key] = tokens.public_keys()

    assert tokens.public_keys() == AccessTokens(SECRET, clock, asymmetric=True).public_keys()
    assert other.public_keys() != tokens.public_keys()
    with pytest.raises(Exception, match="signature is invalid"):
        tokens.claims(jwt.encode({"sub": "a"}, key["x"] + key["y"], "HS256"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"\xff",
        b'{"email": 1, "password": "123456"}',
        b'{"email": "\\ud800@a.de", "password": "123456"}',
        b'{"email": "a@b.de", "password": NaN}',
        b'{"email": "a@b.de", "password": "123456", "data": []}',
        b'{"email": "a@b.de", "password": "123456", "data": {"a": 1e999}}',
        b'{"email": "a@b.de", "password": "123456", "data": ' + b'{"a":' * 249 + b"1" + b"}" * 250,
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_form_is_refused(anon: Auth, body: bytes) -> None:
    assert error_of(await anon.post("/signup", content=body)) == (400, "bad_json")


@pytest.mark.parametrize(
    "data",
    [
        {"a": "\x00"},
        {"a": 2**63},
        {"a": 2**200},
        {"": {"__proto__": None}},
        {"sub": "another", "email": "another@example.com"},
        json.loads('{"a":' * 200 + "1" + "}" * 200),
    ],
)
async def test_strange_metadata_comes_back_as_json_has_it(
    anon: Auth, data: dict[str, object]
) -> None:
    session = await anon.sign_up(data=data)

    shown = (await anon.user(session["access_token"])).json()

    assert {name: shown["user_metadata"][name] for name in data} == data
    assert shown["identities"][0]["identity_data"]["sub"] == shown["id"]
    assert (shown["email"], shown["identities"][0]["email"]) == (EMAIL, EMAIL)


async def test_a_null_is_as_good_as_nothing(anon: Auth) -> None:
    body = {"email": EMAIL, "password": PASSWORD, "data": None, "code_challenge": None, "x": 1}

    assert (await anon.post("/signup", json=body)).status_code == 200


async def test_a_body_of_more_than_a_mebibyte_is_refused(anon: Auth) -> None:
    response = await anon.post("/signup", content=b" " * 1_048_577)

    assert error_of(response) == (413, "request_entity_too_large")


@pytest.mark.parametrize("user_id", ["1", "a%2Fb", "%00", "..%2f..%2fsettings", "'%20OR%201=1"])
async def test_a_user_id_that_is_none_is_not_found(admin: Auth, user_id: str) -> None:
    response = await admin.get(f"/admin/users/{user_id}")

    assert response.status_code in (404, 501)
    assert response.json()["code"] in ("validation_failed", "not_implemented")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/token?grant_type=id_token", 501),
        ("POST", "/token?grant_type=web3", 501),
        ("POST", "/token?grant_type=nonsense", 400),
        ("POST", "/token", 400),
        ("GET", "/authorize?provider=google", 400),
        ("POST", "/sso", 404),
        ("GET", "/admin/audit", 501),
        ("DELETE", "/settings", 501),
        ("GET", "/passkeys", 501),
    ],
)
async def test_what_is_not_there_is_refused(
    anon: Auth, method: str, path: str, status: int
) -> None:
    assert error_of(await anon.request(method, path, json={}))[0] == status


@pytest.mark.parametrize("path", ["/rest/v1/jobs", "/functions/v1/a", "/nonsense", "/"])
async def test_supabase_besides_auth_is_refused_by_name(anon: Auth, path: str) -> None:
    response = await anon.get(f"https://project.supabase.co{path}")

    assert response.status_code == 501
    assert f"GET {path} is not implemented" in response.json()["message"]


async def test_factors_and_linking_are_switched_off(anon: Auth) -> None:
    session = await anon.sign_up()
    headers = bearer(session["access_token"])

    factor = await anon.post("/factors", json={"factor_type": "totp"}, headers=headers)
    identity = await anon.get("/user/identities/authorize", headers=headers)

    assert error_of(factor) == (422, "mfa_totp_enroll_not_enabled")
    assert error_of(identity) == (404, "manual_linking_disabled")
