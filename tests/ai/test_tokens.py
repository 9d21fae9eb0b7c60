"""Tokens: counted alike in questions and answers, and nothing lost when a text is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.ai.tokens import count_tokens, tokens_of


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("  ", 0), ("word", 1), ("seventeen", 2), ("a b", 2), ("Hi!", 2), ("word " * 9, 9)],
)
def test_tokens_are_counted(text: str, count: int) -> None:
    assert count_tokens(text) == count


@given(st.text())
def test_tokens_are_the_text_again(text: str) -> None:
    assert "".join(tokens_of(text)) == text


def test_a_huge_text_is_estimated() -> None:
    assert count_tokens("a" * 4_000_000) == 1_000_000
