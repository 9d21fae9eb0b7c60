"""The first minutes of an account, and its end."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from e2e.people import People, Person
from e2e.target import Target

rule = pytest.mark.rule
needs = pytest.mark.needs
fresh = pytest.mark.fresh

FIRST = (
    ("POST", "/api/profile/skills", {"name": "Python"}),
    ("POST", "/api/profile/education", {"degree": "BSc", "school": "Lund University"}),
    ("PATCH", "/api/profile", {"first_name": "Anna"}),
    ("GET", "/api/profile", None),
    ("GET", "/api/profile/work-experience", None),
)


@rule("R15")
@needs("profile", "sessions")
@fresh
def test_a_new_account_is_used_from_two_devices_at_once(people: People, anna: Person) -> None:
    phone = people.again(anna)
    asked = [(device, *one) for one in FIRST for device in (anna, phone)]

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda one: one[0].request(*one[1:3], json=one[3]), asked))

    assert [answer.status_code for answer in answers] == [200] * len(asked)
    profile = phone.get("/api/profile").json()["profile"]
    assert (profile["id"], profile["email"]) == (anna.id, anna.email)
    assert profile["first_name"] == "Anna"
    assert len(anna.get("/api/profile/education").json()["education"]) == 2
    assert len(anna.get("/api/sessions").json()["sessions"]) == 2


@rule("R15")
@needs("profile")
@fresh
def test_whatever_a_new_account_does_first_works(people: People) -> None:
    for method, path, body in FIRST[:3]:
        newcomer = people.new("newcomer")

        first = newcomer.request(method, path, json=body)

        assert first.status_code == 200, first.text
        profile = newcomer.get("/api/profile").json()["profile"]
        assert (profile["id"], profile["email"]) == (newcomer.id, newcomer.email)
    # Only the last of them has told a name.
    assert profile["first_name"] == "Anna"


@rule("R3", "R15")
@needs("profile")
@fresh
def test_who_comes_back_after_deleting_their_account_begins_anew(
    people: People, anna: Person, target: Target
) -> None:
    if target.service_key is None:
        pytest.skip("this needs the service key, to delete an account")
    anna.patch("/api/profile", json={"first_name": "Anna"})
    anna.post("/api/profile/skills", json={"name": "Python"})

    people.auth.delete(anna.id)

    refused = anna.get("/api/profile")
    assert (refused.status_code, "Anna" in refused.text) == (401, False)
    people.auth.create(anna.email, anna.password, {})
    back = people.again(anna)
    profile = back.get("/api/profile").json()["profile"]
    assert (profile["id"], profile["first_name"]) == (back.id, None)
    assert back.id != anna.id
    assert back.get("/api/profile/skills").json()["skills"] == []
    assert back.post("/api/profile/skills", json={"name": "Python"}).status_code == 200
