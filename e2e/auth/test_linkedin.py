"""A profile that is filled from LinkedIn, by the browser's way there and back."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from e2e.people import Person
from e2e.target import Json

pytestmark = pytest.mark.needs("linkedin")
rule = pytest.mark.rule
guards = pytest.mark.guards
CALLBACK = "/api/auth/linkedin/callback"
CODE = "a-code-that-nobody-gave"
UNKNOWN = "00000000-0000-4000-8000-000000000000-unknown"


def initiated(person: Person) -> Json:
    answer = person.get("/api/auth/linkedin/initiate")
    if answer.status_code == 503:
        pytest.skip("this deployment has no LinkedIn client")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def allowed(control: httpx.Client, auth_url: str, **member: str) -> dict[str, str]:
    """Consents on LinkedIn's page; what its answer gives the browser to bring back."""
    url = urlsplit(auth_url)
    page = f"/_outside/{url.netloc}{url.path}?{url.query}"
    answer = control.post(page, data={"action": "allow", **member})
    assert answer.status_code == 302, answer.text
    query = urlsplit(answer.headers["location"]).query
    return {name: value for name, (value,) in parse_qs(query).items()}


def outcome(answer: httpx.Response) -> str:
    """What the site is told."""
    assert answer.status_code == 302, answer.text
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    return told.get("error_code", told["linkedin"])[0]


def profile_of(person: Person) -> Json:
    found: Json = person.get("/api/profile").json()["profile"]
    return found


@rule("R3")
@guards("oauth:state")
def test_each_of_two_who_import_at_once_gets_their_own_name(
    anna: Person, ben: Person, anyone: Person, control: httpx.Client
) -> None:
    names = {"anna": ("Anna", "Åström"), "ben": ("Ben", "O'Neil")}
    asked = {one.name: initiated(one)["authUrl"] for one in (anna, ben)}
    # Ben comes back first, and each with the other's id: only the state says whose it is.
    answers = []
    for one, other in ((ben, anna), (anna, ben)):
        first, last = names[one.name]
        form = {"given_name": first, "family_name": last, "email": f"{one.id}@example.com"}
        back = allowed(control, asked[one.name], **form)
        claimed = {"userId": other.id, "user_id": other.id}
        answers.append(anyone.get(CALLBACK, params={**back, **claimed}))

    assert [outcome(answer) for answer in answers] == ["success", "success"]
    for one in (anna, ben):
        shown = one.get("/api/profile")
        profile = shown.json()["profile"]
        assert shown.status_code == 200
        assert (profile["first_name"], profile["last_name"]) == names[one.name], shown.text
        assert profile["linkedin_imported"] == 1


@rule("R3")
@guards("oauth:state")
def test_a_state_is_of_one_user_and_good_once(anna: Person, ben: Person, anyone: Person) -> None:
    before = [profile_of(one) for one in (anna, ben)]
    state = initiated(anna)["state"]
    # Who cancels can go on with the same state; who has failed begins anew.
    ways = (
        ("invalid_state", {"code": CODE, "state": UNKNOWN, "userId": ben.id}),
        ("user_cancelled", {"error": "user_cancelled_authorize", "state": state}),
        ("token_exchange_failed", {"code": CODE, "state": state}),
        ("invalid_state", {"code": CODE, "state": state, "userId": anna.id}),
    )

    for expected, way in ways:
        answer = anyone.get(CALLBACK, params=way)
        assert outcome(answer) == expected
    assert [profile_of(one) for one in (anna, ben)] == before


@rule("R3")
def test_the_address_of_another_account_does_not_come_along(
    anna: Person, ben: Person, anyone: Person, control: httpx.Client
) -> None:
    assert profile_of(ben)["email"] == ben.email
    back = allowed(control, initiated(anna)["authUrl"], given_name="Anna", email=ben.email)

    answers = [anyone.get(CALLBACK, params=back) for _ in range(2)]

    assert [outcome(answer) for answer in answers] == ["success", "invalid_state"]
    assert [profile_of(one)["email"] for one in (anna, ben)] == [anna.email, ben.email]
    assert profile_of(anna)["first_name"] == "Anna"
