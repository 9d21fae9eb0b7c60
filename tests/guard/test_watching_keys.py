"""Keys and vectors of users: what says whose they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.guard.keys import KeyPattern, user_in, user_listed
from emulator.guard.vectors import is_bound, is_owner_key

PATTERNS = tuple(map(KeyPattern.of, ("users/{user}/*", "job:{user}:latest")))
WORDS = st.text(st.characters(exclude_characters="/:"), min_size=1)


@pytest.mark.parametrize(
    ("key", "user"),
    [
        ("users/anna/cv.txt", "anna"),
        ("users/anna/a/b", "anna"),
        ("job:ben:latest", "ben"),
        ("users//cv.txt", None),
        ("users/anna", None),
        ("job:ben:oldest", None),
        ("x/users/anna/cv.txt", None),
    ],
)
def test_a_key_says_whose_it_is(key: str, user: str | None) -> None:
    assert user_in(PATTERNS, key) == user


@given(WORDS, st.text())
def test_whatever_the_user_is_called_they_are_found(user: str, rest: str) -> None:
    assert user_in(PATTERNS, f"users/{user}/{rest}") == user


@pytest.mark.parametrize(
    ("prefix", "user"),
    [
        ("users/anna/", "anna"),
        ("users/anna/2026/", "anna"),
        ("users/anna", None),
        ("users/", None),
        ("", None),
    ],
)
def test_a_prefix_lists_one_user_or_may_list_several(prefix: str, user: str | None) -> None:
    assert user_listed(PATTERNS, prefix) == user


@pytest.mark.parametrize("text", ["users/*", "{user}/{user}", ""])
def test_a_pattern_says_once_where_the_user_is(text: str) -> None:
    with pytest.raises(ValueError, match="needs {user} once"):
        KeyPattern.of(text)


@pytest.mark.parametrize(
    ("query", "bound"),
    [
        ({"namespace": "anna"}, True),
        ({"filter": {"userId": "anna"}}, True),
        ({"filter": {"userId": {"$eq": "anna"}, "year": 2026}}, True),
        ({"filter": {"userId": {"$in": ["anna", "ben"]}}}, True),
        ({}, False),
        ({"namespace": ""}, False),
        ({"filter": {"year": 2026}}, False),
        ({"filter": {"userId": {"$ne": "anna"}}}, False),
        ({"filter": {"userId": {"$gte": "a"}}}, False),
        ({"filter": {"userId": {"$in": []}}}, False),
        ({"filter": {"userId": None}}, False),
        ({"filter": "userId"}, False),
    ],
)
def test_a_query_is_bound_to_a_namespace_or_to_values_of_the_owner(
    query: dict[str, object], bound: bool
) -> None:
    assert is_bound(query, ["userId"]) is bound


def test_owners_are_known_by_their_names() -> None:
    names = ("userId", "user_id", "accountId", "tenant_id", "year", "user_agent")

    assert [name for name in names if is_owner_key(name)] == list(names[:4])
