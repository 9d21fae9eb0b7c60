"""What opens an account, and what does not."""

import base64
import json
from collections.abc import Iterator

import pytest

from e2e.auth.supabase import sign_out, with_token
from e2e.people import People, Person
from e2e.target import Json

rule = pytest.mark.rule
needs = pytest.mark.needs
FORGED = {"first_name": "Mallory"}


def test_who_signs_out_is_out_here_and_in_elsewhere(people: People, anna: Person) -> None:
    phone = people.again(anna)
    assert [one.get("/api/profile").status_code for one in (anna, phone)] == [200, 200]

    sign_out(anna)

    refused = anna.get("/api/profile")
    assert refused.status_code == 401
    assert refused.json()["code"] in ("AUTH_FAILED", "INVALID_TOKEN")
    assert phone.get("/api/profile").status_code == 200
    assert people.again(anna).get("/api/profile").json()["profile"]["id"] == anna.id


@rule("R3")
@needs("profile")
def test_nobody_becomes_another_by_rewriting_their_token(anna: Person, ben: Person) -> None:
    before = [one.get("/api/profile").json() for one in (anna, ben)]

    for token in rewritten(anna.token, {"sub": ben.id, "email": ben.email}):
        forger = with_token(anna, token)
        answers = [forger.get("/api/profile"), forger.patch("/api/profile", json=FORGED)]

        assert [answer.status_code for answer in answers] == [401, 401]
        codes = {answer.json()["code"] for answer in answers}
        assert codes <= {"INVALID_TOKEN", "AUTH_FAILED", "USER_NOT_FOUND"}
        assert not any(ben.email in answer.text for answer in answers)
    assert [one.get("/api/profile").json() for one in (anna, ben)] == before


def rewritten(token: str, claims: Json) -> Iterator[str]:
    """With other claims and the old signature, without one, and the other way round."""
    head, payload, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    other = encoded({**told, **claims})
    yield f"{head}.{other}.{signature}"
    yield f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{other}."
    yield f"{head}.{other}.{'A' * len(signature)}"
    yield f"{head}.{payload}.{signature[:-8]}AAAAAAAA"


def encoded(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@needs("profile")
def test_a_stranger_neither_reads_nor_changes_anything(anna: Person, anyone: Person) -> None:
    made = anna.post("/api/profile/skills", json={"name": "Python"}).json()["skill"]
    before = anna.get("/api/profile/skills").json()
    skill = f"/api/profile/skills/{made['id']}"
    public_key = f"Bearer {anna.target.anon_key}"
    asked = [
        ("GET", "/api/profile/skills", None),
        ("PATCH", skill, {"name": "Planted"}),
        ("DELETE", skill, None),
        ("POST", "/api/profile/skills", {"name": "Planted", "user_id": anna.id}),
    ]

    for headers in ({}, {"authorization": public_key}, {"authorization": f"Basic {anna.token}"}):
        answers = [anyone.request(one[0], one[1], json=one[2], headers=headers) for one in asked]
        assert [answer.status_code for answer in answers] == [401] * len(asked)
        assert not any("Python" in answer.text for answer in answers)

    assert anna.get("/api/profile/skills").json() == before
