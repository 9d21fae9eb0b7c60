"""Tokens that have ended, and Auth that does not answer: on a twin of their own, as every user of
the deployment would be out.
"""

from collections.abc import Iterator

import httpx
import pytest

from e2e.auth.supabase import renewed
from e2e.exchanges import Exchanges
from e2e.people import People
from e2e.settings import Settings
from e2e.target import Target
from e2e.twin import on_twin, started

rule = pytest.mark.rule
NOWHERE = "https://auth-is-down.example"


@pytest.fixture(scope="module")
def apart(settings: Settings) -> Iterator[Target]:
    """A deployment that nobody else uses."""
    if settings.target != "own":
        pytest.skip("this needs a twin of its own: it moves the clock or takes Auth away")
    with (
        started(settings.config, settings.environment) as ready,
        on_twin("own", ready, settings.environment) as target,
    ):
        yield target


@pytest.fixture
def people(apart: Target, exchanges: Exchanges) -> Iterator[People]:
    made = People(apart, exchanges)
    yield made
    made.close()


@pytest.mark.needs("sessions")
def test_a_token_ends_after_its_time_and_the_session_goes_on(apart: Target, people: People) -> None:
    assert apart.control is not None
    anna = people.new("anna")
    [before] = anna.get("/api/sessions").json()["sessions"]
    seconds = anna.session["expires_in"] + 1

    apart.control.post("/_twin/clock", json={"advance_seconds": seconds}).raise_for_status()

    ended = anna.get("/api/sessions")
    assert (ended.status_code, ended.json()["code"]) == (401, "TOKEN_EXPIRED")
    [after] = renewed(anna).get("/api/sessions").json()["sessions"]
    assert (after["id"], after["current"]) == (before["id"], True)


@rule("R16")
def test_an_outage_of_auth_lets_nobody_in_and_ends_no_session(
    apart: Target, people: People
) -> None:
    anna, anyone = people.new("anna"), people.anyone()
    before = anna.get("/api/profile").json()

    with apart.cloudflare() as api:
        point(api, apart, NOWHERE)
        answers = [anna.get("/api/profile"), anna.patch("/api/profile", json={"phone": "1"})]
        others = [anyone.get("/api/profile"), anyone.get("/health")]
        point(api, apart, apart.supabase)

    told = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert told == [(503, "AUTH_UNAVAILABLE")] * 2
    assert [answer.status_code for answer in others] == [401, 200]
    assert anna.get("/api/profile").json() == before
    assert anna.patch("/api/profile", json={"phone": "1"}).status_code == 200


def point(api: httpx.Client, target: Target, address: str) -> None:
    """The Worker to another Supabase."""
    secret = {"name": "SUPABASE_URL", "text": address, "type": "secret_text"}
    api.put(f"/workers/scripts/{target.worker}/secrets", json=secret).raise_for_status()
