"""Breaking text into lines, with letters that are all one wide."""

import pytest

from jobmatch.papers.lines import lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("one  two   three", ["one  two", "three"]),
        ("  one two", ["  one", "two"]),
        ("abcdefghijkl", ["abcdefgh", "ijkl"]),
        ("no abcdefghijkl", ["no", "abcdefgh", "ijkl"]),
        ("日本語日本語日本語", ["日本語日本語日本", "語"]),
        ("日本語日本語日本。", ["日本語日本語日", "本。"]),
        ("日本語日本語日「本", ["日本語日本語日", "「本"]),
    ],
)
def test_lines_fit(text: str, expected: list[str]) -> None:
    assert list(lines(text, 8, len)) == expected
