"""The devices that somebody is signed in on: listed, and signed out from afar."""

import pytest

from e2e.auth.supabase import renewed, sign_out
from e2e.eventually import eventually
from e2e.people import People, Person
from e2e.target import Json, Target

rule = pytest.mark.rule
guards = pytest.mark.guards
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def sessions_of(person: Person) -> dict[str, Json]:
    """By their ids."""
    answer = person.get("/api/sessions")
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["sessions"]}


def own_session(person: Person) -> str:
    [current] = [id for id, one in sessions_of(person).items() if one["current"]]
    return current


def is_out(person: Person) -> bool:
    """Another isolate may hear of it a moment later."""
    answer = person.get("/api/profile")
    return answer.status_code == 401 and answer.json()["code"] == "SESSION_REVOKED"


@rule("R19")
def test_a_lost_phone_is_signed_out_and_the_tablet_is_not(
    people: People, anna: Person, target: Target
) -> None:
    phone, tablet = people.again(anna), people.again(anna)
    names = {"phone": phone, "tablet": tablet}
    for name, device in names.items():
        device.get("/api/profile", headers={"user-agent": f"the {name}"})
    listed = sessions_of(anna)
    agents = {one["userAgent"]: id for id, one in listed.items()}

    assert anna.delete(f"/api/sessions/{agents['the phone']}").status_code == 204

    assert eventually(lambda: is_out(phone), target)
    assert phone.patch("/api/profile", json={"first_name": "Thief"}).status_code == 401
    assert set(sessions_of(tablet)) == set(listed) - {agents["the phone"]}
    assert anna.get("/api/profile").json()["profile"]["first_name"] != "Thief"
    assert anna.delete(f"/api/sessions/{agents['the phone']}").status_code == 404


@rule("R3", "R19")
@guards("sessions:list")
def test_everybody_sees_their_own_devices_alone(people: People, anna: Person, ben: Person) -> None:
    annas = {own_session(device) for device in (anna, people.again(anna))}
    bens = {own_session(device) for device in (ben, people.again(ben))}

    listed = ben.get("/api/sessions")

    seen = {one["id"] for one in listed.json()["sessions"]}
    assert not annas & seen, listed.text
    assert bens <= seen
    assert [len(annas), len(bens)] == [2, 2]
    assert annas <= set(sessions_of(anna))


@rule("R3", "R19")
@guards("sessions:revoke")
def test_nobody_signs_another_out(anna: Person, ben: Person, anyone: Person) -> None:
    own_session(ben)
    path, unknown = f"/api/sessions/{own_session(anna)}", f"/api/sessions/{UNKNOWN}"

    stranger, foreign, absent = anyone.delete(path), ben.delete(path), ben.delete(unknown)

    assert foreign.status_code == 404
    assert (stranger.status_code, absent.status_code) == (401, 404)
    assert foreign.json()["code"] == absent.json()["code"]
    assert [one.get("/api/profile").status_code for one in (anna, ben)] == [200, 200]
    assert path.rpartition("/")[2] in sessions_of(anna)


@rule("R19")
def test_a_revoked_session_does_not_come_back_with_a_new_token(
    people: People, anna: Person, target: Target
) -> None:
    phone = people.again(anna)
    lost = own_session(phone)
    assert anna.delete(f"/api/sessions/{lost}").status_code == 204

    again = renewed(phone)

    assert again.session["refresh_token"] != phone.session["refresh_token"]
    assert eventually(lambda: is_out(again), target)
    assert lost not in sessions_of(anna)


@rule("R19")
def test_a_session_is_one_whatever_its_token_and_ends_with_a_new_sign_in(
    people: People, anna: Person, target: Target
) -> None:
    first = own_session(anna)
    assert own_session(renewed(anna)) == first

    assert anna.delete(f"/api/sessions/{first}").status_code == 204

    assert eventually(lambda: is_out(anna), target)
    back = people.again(anna)
    second = own_session(back)
    assert second != first
    sign_out(back)
    assert back.get("/api/sessions").status_code == 401
    assert own_session(people.again(anna)) not in (first, second)
