"""Sessions and previews: who opens what, for how long."""

import pytest

from emulator.bridge.errors import PreviewUnknown, SessionUnknown
from emulator.bridge.sessions import MAX_OPEN, SESSION_SECONDS, Sessions
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids

KV = {"name": "KV", "type": "kv_namespace", "namespace_id": "1"}


@pytest.fixture
def sessions(clock: ManualClock) -> Sessions:
    return Sessions(clock, Ids(seed=1))


def test_a_preview_knows_its_bindings_by_name(sessions: Sessions) -> None:
    token = sessions.preview("ada", sessions.open("ada"), "shop", [KV])

    found = sessions.find(token)

    assert (found.account_id, found.script, found.bindings) == ("ada", "shop", {"KV": KV})


def test_a_session_of_another_account_is_unknown(sessions: Sessions) -> None:
    with pytest.raises(SessionUnknown):
        sessions.preview("bob", sessions.open("ada"), "shop", [])


@pytest.mark.parametrize("token", [None, "", "made-up"])
def test_a_token_that_was_not_given_out_opens_nothing(
    sessions: Sessions, token: str | None
) -> None:
    sessions.preview("ada", sessions.open("ada"), "shop", [])

    with pytest.raises(SessionUnknown):
        sessions.preview("ada", token, "shop", [])
    with pytest.raises(PreviewUnknown):
        sessions.find(token)


def test_both_end_after_an_hour(sessions: Sessions, clock: ManualClock) -> None:
    session = sessions.open("ada")
    token = sessions.preview("ada", session, "shop", [])
    clock.advance(SESSION_SECONDS - 1)
    assert sessions.find(token)

    clock.advance(1)

    with pytest.raises(PreviewUnknown):
        sessions.find(token)
    with pytest.raises(SessionUnknown):
        sessions.preview("ada", session, "shop", [])


def test_of_too_many_the_oldest_goes(sessions: Sessions) -> None:
    first = sessions.open("ada")
    tokens = [sessions.preview("ada", first, "shop", []) for _ in range(MAX_OPEN + 1)]
    for _ in range(MAX_OPEN):
        sessions.open("ada")

    with pytest.raises(PreviewUnknown):
        sessions.find(tokens[0])
    assert sessions.find(tokens[1])
    with pytest.raises(SessionUnknown):
        sessions.preview("ada", first, "shop", [])


def test_an_account_that_is_forgotten_has_none(sessions: Sessions) -> None:
    session = sessions.open("ada")
    token = sessions.preview("ada", session, "shop", [])
    other = sessions.preview("bob", sessions.open("bob"), "shop", [])

    sessions.forget("ada")

    with pytest.raises(PreviewUnknown):
        sessions.find(token)
    with pytest.raises(SessionUnknown):
        sessions.preview("ada", session, "shop", [])
    assert sessions.find(other)
