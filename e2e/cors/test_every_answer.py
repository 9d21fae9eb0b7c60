"""What stands on every answer, and what stands in none."""

import pytest

from e2e.exchanges import Exchanges
from e2e.people import Person
from e2e.target import Target

needs = pytest.mark.needs
rule = pytest.mark.rule

SECURITY = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
    "origin-agent-cluster": "?1",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=15552000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
    "x-download-options": "noopen",
    "x-frame-options": "SAMEORIGIN",
    "x-permitted-cross-domain-policies": "none",
    "x-xss-protection": "0",
}
ENGINE = ("D1_ERROR", "SQLITE_", "sqlite", "Traceback", ".py", ".ts:", "/tmp/", "    at ")
TEXT = {"bucket": "resumes", "path": "a file.txt"}


@needs("files", "profile", "sessions")
def test_every_answer_of_a_visit_has_the_security_headers(
    anna: Person, anyone: Person, exchanges: Exchanges
) -> None:
    anyone.get("/health")
    anyone.request("OPTIONS", "/api/profile")
    anyone.get("/api")
    anyone.get("/nowhere")
    anyone.get("/api/profile")
    anna.request("HEAD", "/api/profile")
    anna.patch("/api/profile", content=b"{")
    stored = anna.post("/api/files/upload", files={"file": ("a.txt", b"hello")}, data=TEXT).json()
    anna.get(f"/api/files/download/{stored['key'].replace('/', '%2F')}")
    anna.get("/api/files/download/users%2Fanother%2Fresumes%2Fcv.pdf")
    [session] = [one for one in anna.get("/api/sessions").json()["sessions"] if one["current"]]
    anna.delete(f"/api/sessions/{session['id']}")
    anna.get("/api/profile")

    assert_headers(exchanges)
    # Of every kind: a file, nothing at all, and refusals.
    assert {200, 201, 204, 400, 401, 403, 404} <= {one.status for one in exchanges}


@rule("R14")
@needs("linkedin")
@pytest.mark.fresh
def test_redirects_and_refusals_by_a_limit_have_them_too(
    anna: Person, anyone: Person, exchanges: Exchanges
) -> None:
    anyone.get("/api/auth/linkedin/callback")
    for _ in range(6):
        anna.get("/api/auth/linkedin/initiate")

    assert_headers(exchanges)
    assert [one.status for one in exchanges] == [302, *[200] * 5, 429]


def assert_headers(exchanges: Exchanges) -> None:
    for one in exchanges:
        seen = {name: one.headers.get(name) for name in SECURITY}
        assert seen == SECURITY, f"{one.method} {one.path} {one.status}"
        assert one.headers["content-security-policy"].startswith("default-src 'self'")
        assert "x-powered-by" not in one.headers


@rule("R1", "R2")
@needs("profile")
def test_what_tempts_the_engine_is_refused_in_the_applications_own_words(
    anna: Person, exchanges: Exchanges, target: Target
) -> None:
    skill = anna.post("/api/profile/skills", json={"name": "Python"}).json()["skill"]["id"]
    for body in (
        '{"first_name": "\\ud800\\u0000"}',
        "{",
        "[]",
        "",
        "[" * 50_000,
        '{"phone": 1e400}',
    ):
        anna.patch("/api/profile", content=body)
        anna.post("/api/profile/skills", content=body)
        anna.post("/api/profile/work-experience", content=body)
    for id in ("%00", "'%20OR%201=1--", "%FF", "a" * 5_000):
        anna.patch(f"/api/profile/skills/{id}", json={"name": "Planted"})
        anna.delete(f"/api/profile/skills/{id}")
        anna.get(f"/api/files/avatar/{id}")

    for one in exchanges:
        assert one.status < 500, one
        if target.environment != "development":
            told = one.body.decode()
            assert not [word for word in (*ENGINE, '"stack"') if word in told], one
    skills = anna.get("/api/profile/skills").json()["skills"]
    assert skill in [one["id"] for one in skills]
    assert "Planted" not in [one["name"] for one in skills]


@rule("R2")
def test_only_development_explains_itself(anyone: Person, anna: Person, target: Target) -> None:
    is_development = target.environment == "development"

    index = anyone.get("/api")
    malformed = anna.patch("/api/profile", content=b"{")

    assert anyone.get("/health").json()["environment"] == target.environment
    assert index.status_code == (200 if is_development else 403)
    assert ("endpoints" in index.json()) == is_development
    assert malformed.status_code == 400
    if not is_development:
        assert set(index.json()) == {"message"}
        assert "stack" not in malformed.json()
