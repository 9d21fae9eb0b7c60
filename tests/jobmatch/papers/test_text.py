"""Applications as plain text."""

from jobmatch.papers.text import text
from tests.jobmatch.papers.samples import papers


def test_the_resume_comes_before_the_letter() -> None:
    said = text(papers()).decode()
    order = (
        "RESUME",
        "Twelve years",
        "Renewed 14",
        "COVER LETTER",
        "I build bridges.",
        "Sincerely,",
    )
    places = [said.index(one) for one in order]
    assert places == sorted(places)


def test_any_text_is_kept() -> None:
    assert "日本語 😀\nمرحبا".encode() in text(papers(summary="日本語 😀\r\nمرحبا"))
