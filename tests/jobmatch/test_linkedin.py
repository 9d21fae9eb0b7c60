"""A profile filled from LinkedIn: the way there, the page, the way back (§3.4)."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from e2e.people import Person
from e2e.target import Target
from tests.jobmatch.altering import secret

covers = pytest.mark.covers
CALLBACK = "/api/auth/linkedin/callback"
NOBODYS = "f47ac10b-58cc-4372-a567-0e02b2c3d479-lq2x8z1a"


def initiated(person: Person) -> dict[str, str]:
    answer = person.get("/api/auth/linkedin/initiate")
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = answer.json()
    return told


def outcome(answer: httpx.Response) -> dict[str, str]:
    """What the browser is sent back with."""
    assert answer.status_code == 302, answer.text
    location = urlsplit(answer.headers["location"])
    assert location.path == "/profile"
    return {name: value for name, (value,) in parse_qs(location.query).items()}


def failed(code: str) -> dict[str, str]:
    return {"linkedin": "error", "error_code": code}


def signed_in(control: httpx.Client, auth_url: str, **form: str) -> str:
    """Allows it on LinkedIn's page; where its answer leads: the callback's path and query."""
    url = urlsplit(auth_url)
    page = f"/_outside/{url.netloc}{url.path}?{url.query}"
    answer = control.post(page, data={"action": "allow", **form})
    assert answer.status_code == 302, answer.text
    location = urlsplit(answer.headers["location"])
    return f"{location.path}?{location.query}"


@covers("GET /api/auth/linkedin/initiate", 200)
def test_the_way_to_linkedin_is_as_the_contract_says(anna: Person) -> None:
    told = initiated(anna)

    url = urlsplit(told["authUrl"])
    asked = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert url._replace(query="").geturl() == "https://www.linkedin.com/oauth/v2/authorization"
    assert asked["state"] == told["state"]
    assert (asked["response_type"], asked["scope"]) == ("code", "openid profile email")
    assert asked["client_id"]
    assert asked["redirect_uri"].endswith(CALLBACK)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-z]+", told["state"])


@covers("GET /api/auth/linkedin/initiate", 200)
def test_every_way_has_a_state_of_its_own(anna: Person) -> None:
    assert len({initiated(anna)["state"] for _ in range(3)}) == 3


@covers("GET /api/auth/linkedin/initiate", 200, 429, "R14")
def test_five_ways_in_a_quarter_of_an_hour(anna: Person) -> None:
    answers = [anna.get("/api/auth/linkedin/initiate") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["x-ratelimit-limit"] == "5"


@covers("GET /api/auth/linkedin/callback", 302)
def test_the_profile_is_filled_from_linkedin(
    anna: Person, anyone: Person, control: httpx.Client
) -> None:
    email = f"member-{anna.id}@example.com"
    form = {"given_name": "Åsa", "family_name": "O'Neil", "email": email}
    path = signed_in(control, initiated(anna)["authUrl"], **form)

    assert outcome(anyone.get(path)) == {"linkedin": "success"}

    profile = anna.get("/api/profile").json()["profile"]
    assert (profile["first_name"], profile["last_name"]) == ("Åsa", "O'Neil")
    assert (profile["email"], profile["linkedin_imported"]) == (email, 1)
    assert profile["linkedin_url"].startswith("https://www.linkedin.com/in/")
    assert profile["linkedin_imported_at"]
    assert profile["profile_image_url"]


@covers("GET /api/auth/linkedin/callback", 302)
def test_a_state_is_good_once(anna: Person, anyone: Person, control: httpx.Client) -> None:
    path = signed_in(control, initiated(anna)["authUrl"])

    first, again = outcome(anyone.get(path)), outcome(anyone.get(path))

    assert first == {"linkedin": "success"}
    assert again == failed("invalid_state")


@covers("GET /api/auth/linkedin/callback", 302)
def test_a_state_fills_the_profile_of_whom_it_was_made_for(
    anna: Person, ben: Person, control: httpx.Client
) -> None:
    before = ben.get("/api/profile").json()["profile"]
    form = {"given_name": "Ada", "email": f"ada-{anna.id}@example.com"}
    path = signed_in(control, initiated(anna)["authUrl"], **form)

    assert outcome(ben.get(f"{path}&userId={ben.id}&user_id={ben.id}"))["linkedin"] == "success"

    assert ben.get("/api/profile").json()["profile"] == before
    assert anna.get("/api/profile").json()["profile"]["first_name"] == "Ada"


@covers("GET /api/auth/linkedin/callback", 302)
def test_an_address_that_is_anothers_is_not_taken_over(
    anna: Person, ben: Person, control: httpx.Client
) -> None:
    ben.get("/api/profile")
    path = signed_in(control, initiated(anna)["authUrl"], email=ben.email)

    assert "linkedin" in outcome(anna.get(path))

    emails = [one.get("/api/profile").json()["profile"]["email"] for one in (anna, ben)]
    assert emails == [anna.email, ben.email]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("error=user_cancelled_authorize", "user_cancelled"),
        ("error=access_denied&error_description=no", "oauth_error"),
        ("error=<script>alert(1)</script>", "oauth_error"),
        ("", "invalid_parameters"),
        ("code=abcdefghijkl", "invalid_parameters"),
        (f"state={NOBODYS}", "invalid_parameters"),
        (f"code=short&state={NOBODYS}", "invalid_parameters"),
        ("code=abcdefghijkl&state=short", "invalid_parameters"),
        (f"code={'x' * 501}&state={NOBODYS}", "invalid_parameters"),
        (f"code=abcdefghijkl&state={'x' * 501}", "invalid_parameters"),
        (f"code=abcdefghijkl&state={NOBODYS}", "invalid_state"),
        ("code=abcdefghijkl&state=%00%ff%0d%0aLocation:%20x12345", "invalid_state"),
        ("code=abcdefghijkl&state=" + "%2e%2e%2f" * 10, "invalid_state"),
        ("code=abcdefghijkl&state=" + "é" * 300, "invalid_state"),
    ],
    ids=lambda text: text[:40],
)
@covers("GET /api/auth/linkedin/callback", 302)
def test_a_way_back_that_leads_nowhere_says_why(anyone: Person, query: str, code: str) -> None:
    answer = anyone.get(f"{CALLBACK}?{query}")

    assert outcome(answer) == failed(code)
    assert "script" not in answer.headers["location"]


@covers("GET /api/auth/linkedin/callback", 302)
def test_a_code_that_linkedin_does_not_know_is_told(
    anna: Person, anyone: Person, control: httpx.Client
) -> None:
    state = initiated(anna)["state"]

    answers = [anyone.get(f"{CALLBACK}?code=abcdefghijkl&state={state}") for _ in range(2)]

    assert [outcome(one) for one in answers] == [
        failed("token_exchange_failed"),
        failed("invalid_state"),
    ]


@covers("GET /api/auth/linkedin/callback", 302, 429, "R14")
def test_ten_ways_back_in_a_quarter_of_an_hour(anyone: Person) -> None:
    answers = [anyone.get(CALLBACK) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"10"}


@covers("GET /api/auth/linkedin/initiate")
def test_without_a_client_id_linkedin_is_not_configured(
    anna: Person, jobmatch: Target, control: httpx.Client
) -> None:
    with secret(jobmatch, "LINKEDIN_CLIENT_ID", None):
        answer = anna.get("/api/auth/linkedin/initiate")

    assert (answer.status_code, answer.json()["code"]) == (503, "LINKEDIN_NOT_CONFIGURED")


@covers("GET /api/auth/linkedin/callback", 302)
def test_a_state_is_good_for_ten_minutes(
    anna: Person, anyone: Person, control: httpx.Client
) -> None:
    path = signed_in(control, initiated(anna)["authUrl"])
    control.post("/_twin/clock", json={"advance_seconds": 601}).raise_for_status()

    assert outcome(anyone.get(path)) == failed("invalid_state")
