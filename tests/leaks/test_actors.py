"""Tokens that must be refused."""

import jwt
import pytest

from emulator.leaks.actors import Actor, bad_actors
from emulator.leaks.json_tokens import claims_of
from emulator.leaks.observations import FORGED, NOBODY, OLD, SWAPPED

KEY = "k" * 32


def token(user: str) -> str:
    return jwt.encode({"sub": user}, KEY, "HS256")


OWNER, OTHER = (Actor(name, token(name), name) for name in ("anna", "ben"))


def test_each_bad_token_speaks_of_the_owner_and_none_is_good() -> None:
    bad = list(bad_actors(OWNER, OTHER, Actor(OLD, "of-a-session-that-is-over")))

    assert {one.name for one in bad} == {NOBODY, FORGED, SWAPPED, OLD}
    for one in bad:
        if one.name in (FORGED, SWAPPED):
            assert claims_of(one.token)["sub"] == "anna"
            with pytest.raises(jwt.InvalidTokenError):
                jwt.decode(one.token, KEY, ["HS256"])
