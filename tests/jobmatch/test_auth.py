"""Who calls: what a token must look like, whose it is, and what becomes of sessions."""

import base64
import hmac
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from e2e.people import People, Person
from e2e.target import Json, Target
from emulator.core.settings import DEFAULT_SUPABASE_SECRET
from emulator.standins.supabase.keys import derive

covers = pytest.mark.covers


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Basic abc", "INVALID_AUTH_FORMAT"),
        ("bearer abc", "INVALID_AUTH_FORMAT"),
        ("Bearer  abc", "INVALID_AUTH_FORMAT"),
        ("Bearer a b", "INVALID_AUTH_FORMAT"),
        ("Bearer", "INVALID_AUTH_FORMAT"),
        ("Bearer abc", "INVALID_TOKEN"),
        ("Bearer a.b.c", "INVALID_TOKEN"),
    ],
)
@covers("GET /api/profile", 401)
def test_a_header_that_is_no_token_is_told_what_it_is(
    anyone: Person, header: str, code: str
) -> None:
    answer = anyone.get("/api/profile", headers={"authorization": header})

    assert answer.status_code == 401
    assert answer.json()["code"] == code


@covers("GET /api/profile", 401)
def test_an_altered_token_is_refused(anna: Person) -> None:
    head, payload, signature = anna.token.split(".")
    forged = f"{head}.{payload}.{'A' * len(signature)}"

    answer = anna.get("/api/profile", headers={"authorization": f"Bearer {forged}"})

    assert answer.status_code == 401


@covers("GET /api/profile", 401)
def test_the_public_key_of_the_project_is_nobodys_token(anyone: Person, jobmatch: Target) -> None:
    headers = {"authorization": f"Bearer {jobmatch.anon_key}"}

    assert anyone.get("/api/profile", headers=headers).status_code == 401


@covers("GET /api/profile", 200, "R15")
def test_a_new_user_has_a_profile_with_their_address(anna: Person) -> None:
    profile = anna.get("/api/profile").json()["profile"]

    assert (profile["id"], profile["email"]) == (anna.id, anna.email)


@covers("POST /api/skills", 200, "R15")
@covers("POST /api/jobs", 201, "R15")
@covers("PATCH /api/profile", 200, "R15")
def test_first_requests_work_in_any_order_and_at_once(anna: Person) -> None:
    asked = [
        ("POST", "/api/skills", {"name": "Python"}),
        ("POST", "/api/jobs", {"title": "Engineer", "company": "Northwind"}),
        ("PATCH", "/api/profile", {"first_name": "Anna"}),
        ("POST", "/api/profile/education", {"school": "Lund"}),
        ("POST", "/api/applications", {"jobTitle": "Engineer", "company": "Northwind"}),
        ("GET", "/api/profile", None),
    ]
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda one: anna.request(one[0], one[1], json=one[2]), asked))

    assert [answer.status_code for answer in answers] == [200, 201, 200, 200, 201, 200]
    assert anna.get("/api/profile").json()["profile"]["first_name"] == "Anna"


@covers("GET /api/sessions", 200, "R19")
def test_a_session_is_listed_once_with_when_and_what(anna: Person) -> None:
    for _ in range(2):
        anna.get("/api/skills", headers={"user-agent": "an agent"})

    [session] = anna.get("/api/sessions").json()["sessions"]

    assert session["current"] is True
    assert session["userAgent"] == "an agent"
    assert session["createdAt"] <= session["lastSeenAt"] < session["expiresAt"]


@covers("DELETE /api/sessions/:sid", 204, "R19")
@covers("GET /api/sessions", 401)
def test_a_revoked_session_is_over_and_others_go_on(people: People, anna: Person) -> None:
    other = people.again(anna)
    other.get("/api/skills")
    sessions = anna.get("/api/sessions").json()["sessions"]
    [theirs] = [one["id"] for one in sessions if not one["current"]]

    assert anna.delete(f"/api/sessions/{theirs}").status_code == 204

    refused = other.get("/api/sessions")
    assert (refused.status_code, refused.json()["code"]) == (401, "SESSION_REVOKED")
    assert [one["current"] for one in anna.get("/api/sessions").json()["sessions"]] == [True]


@covers("DELETE /api/sessions/:sid", 404, "R3", "R19")
def test_a_session_of_another_user_is_not_there(anna: Person, ben: Person) -> None:
    ben.get("/api/skills")
    [theirs] = ben.get("/api/sessions").json()["sessions"]

    foreign = anna.delete(f"/api/sessions/{theirs['id']}")
    unknown = anna.delete("/api/sessions/00000000-0000-4000-8000-000000000000")

    assert (foreign.status_code, foreign.json()["code"]) == (404, "NOT_FOUND")
    assert foreign.json()["message"].replace(theirs["id"], "") == unknown.json()["message"].replace(
        "00000000-0000-4000-8000-000000000000", ""
    )
    assert ben.get("/api/skills").status_code == 200


@covers("GET /api/sessions", 200, "R19")
def test_sessions_of_others_are_not_listed(anna: Person, ben: Person) -> None:
    ben.get("/api/skills")
    anna.get("/api/skills")

    assert len(anna.get("/api/sessions").json()["sessions"]) == 1


@covers("GET /api/sessions", 200, "R19")
def test_the_record_is_in_kv_and_ends_with_the_token(anna: Person, jobmatch: Target) -> None:
    if jobmatch.control is None:
        pytest.skip("this looks into the namespace, by Cloudflare's API")
    [session] = anna.get("/api/sessions").json()["sessions"]
    with jobmatch.cloudflare() as api:
        title = f"{jobmatch.worker}-SESSIONS"
        found = api.get("/storage/kv/namespaces", params={"per_page": 100}).json()["result"]
        [namespace] = [one["id"] for one in found if one["title"] == title]
        values = f"/storage/kv/namespaces/{namespace}"
        record = api.get(f"{values}/values/session:{session['id']}").json()
        keys = api.get(f"{values}/keys", params={"prefix": f"session:{session['id']}"})

    assert record["uid"] == anna.id
    assert keys.json()["result"][0]["expiration"] > 0


@covers("DELETE /api/sessions/:sid", 204, "R19")
def test_whoever_revokes_their_own_session_is_out(anna: Person) -> None:
    [session] = anna.get("/api/sessions").json()["sessions"]

    assert anna.delete(f"/api/sessions/{session['id']}").status_code == 204
    assert anna.get("/api/skills").json()["code"] == "SESSION_REVOKED"


def test_a_user_who_was_deleted_is_out(anna: Person, jobmatch: Target) -> None:
    if jobmatch.service_key is None:
        pytest.skip("this needs the service key, to delete a user")
    anna.get("/api/skills")
    httpx.delete(
        f"{jobmatch.supabase}/auth/v1/admin/users/{anna.id}",
        headers={"apikey": jobmatch.service_key, "authorization": f"Bearer {jobmatch.service_key}"},
        trust_env=False,
    ).raise_for_status()

    answer = anna.get("/api/skills")

    assert answer.status_code == 401
    assert answer.json()["code"] in ("AUTH_FAILED", "INVALID_TOKEN", "USER_NOT_FOUND")


def signed_by(secret: str, claims: Json, algorithm: str = "HS256") -> str:
    """A token that was not issued by Auth."""
    head = encoded({"alg": algorithm, "typ": "JWT"})
    text = f"{head}.{encoded(claims)}"
    mac = hmac.digest(secret.encode(), text.encode(), "sha256") if algorithm == "HS256" else b""
    return f"{text}.{unpadded(mac)}"


def encoded(value: Json) -> str:
    return unpadded(json.dumps(value).encode())


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims_of(person: Person) -> Json:
    payload = person.token.split(".")[1]
    claims: Json = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


@covers("GET /api/skills", 401)
def test_an_expired_token_is_told_so(anna: Person, jobmatch: Target, control: httpx.Client) -> None:
    """Signed with the twin's well-known secret: nobody waits an hour for a test."""
    claims = {**claims_of(anna), "iat": 1_700_000_000, "exp": 1_700_003_600}
    secret = derive(DEFAULT_SUPABASE_SECRET, jobmatch.account_id).jwt_secret
    token = signed_by(secret, claims)

    answer = anna.get("/api/skills", headers={"authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize(
    ("secret", "algorithm"), [("another secret", "HS256"), ("", "none"), ("", "HS256")]
)
@covers("GET /api/skills", 401)
def test_a_token_that_auth_has_not_signed_is_refused(
    anna: Person, secret: str, algorithm: str
) -> None:
    token = signed_by(secret, claims_of(anna), algorithm)

    answer = anna.get("/api/skills", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert answer.json()["code"] in ("INVALID_TOKEN", "AUTH_FAILED")


@covers("GET /api/jobs", 200)
def test_auth_is_asked_about_every_request_as_supabase_js_does(
    anna: Person, jobmatch: Target, control: httpx.Client
) -> None:
    asked: Json = {"account_id": jobmatch.account_id, "script": jobmatch.worker, "limit": 5}
    for _ in range(2):
        anna.get("/api/jobs")

    calls = control.get("/_twin/outbox", params=asked).json()["calls"]

    last = calls[:2]
    assert [one["url"].endswith("/auth/v1/user") for one in last] == [True, True]
    headers = {name.lower(): value for name, value in last[0]["headers"]}
    assert headers["x-supabase-api-version"] == "2024-01-01"
    assert headers["x-client-info"].endswith("/2.89.0")
    assert headers["x-client-info"].startswith("supabase-js-")
    assert "authorization" in headers


@covers("POST /api/jobs/cleanup", 403, "R5")
def test_nobody_makes_themselves_an_administrator(anna: Person, jobmatch: Target) -> None:
    """`user_metadata` is the user's own; the role is in `app_metadata`."""
    headers = {"apikey": jobmatch.anon_key, "authorization": f"Bearer {anna.token}"}
    body = {"data": {"role": "admin", "app_metadata": {"role": "admin"}}}
    url = f"{jobmatch.supabase}/auth/v1/user"
    changed = httpx.put(url, json=body, headers=headers, trust_env=False)

    assert changed.status_code == 200
    assert anna.post("/api/jobs/cleanup").status_code == 403
