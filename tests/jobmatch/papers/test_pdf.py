"""Applications as PDF: what is on the pages and what a reader can copy out of them."""

import pytest

from jobmatch.papers.pdf import MAX_PAGES, TooLong, pdf
from tests.jobmatch.papers.samples import AT, pages, papers, words


def test_the_letter_comes_first_and_the_resume_has_a_page_of_its_own() -> None:
    letter, resume = map(words, pages(papers()))
    for said in (
        "January 5, 2026",
        "Hiring Manager",
        "Acme & Sons",
        "I build bridges.",
        "Sincerely,",
    ):
        assert said in letter
    for said in ("Twelve years of bridges.", "Structural Engineer", "Led a team of six", "Statics"):
        assert said in resume
        assert said not in letter


def test_a_letter_that_is_signed_is_not_signed_again() -> None:
    letter = words(pages(papers("Dear reader,\n\nHello.\n\nBest wishes\nMira Holt"))[0])
    assert "Sincerely" not in letter
    assert letter.endswith("Best wishes Mira Holt")


@pytest.mark.parametrize(
    "text",
    [
        "Łódź, Ingénieur, naïve “quotes” – …",
        "Привет, мир",
        "Καλημέρα κόσμε",
        "日本語のテキスト",
        "中文简体繁體",
        "한국어 문장",
        "שלום עולם",
        "مرحبا بالعالم",
        "السلام",
        "😀",
        "🚀",
        "हिन्दी",
        "{nb} **bold** <b>&amp;</b> \\ ( )",
    ],
)
def test_text_of_any_script_can_be_copied_out(text: str) -> None:
    assert text in words(pages(papers(summary=text))[1])


def test_what_cannot_be_printed_is_left_out() -> None:
    assert "oneand two" in words(pages(papers(summary="one\x00\ud800\ufeffand two"))[1])


def test_line_breaks_stay() -> None:
    lines = pages(papers("first\nsecond\r\nthird\u2028fourth"))[0].splitlines()
    assert lines[-6:-2] == ["first", "second", "third", "fourth"]


def test_a_long_letter_goes_on_over_pages() -> None:
    count = 900
    made = pages(papers("\n".join(f"line {number}" for number in range(count))))
    said = [line for page in made for line in page.splitlines() if line.startswith("line ")]
    assert len(made) > 10
    assert said == [f"line {number}" for number in range(count)]


@pytest.mark.parametrize("letter", ["W" * 2000, "語" * 1000])
def test_what_has_no_blanks_is_broken(letter: str) -> None:
    assert letter in "".join(pages(papers(letter))[0].split())


def test_nobody_gets_a_book() -> None:
    with pytest.raises(TooLong):
        pdf(papers("line\n" * 60 * MAX_PAGES), AT)


def test_a_document_holds_only_the_letters_it_uses() -> None:
    assert len(pdf(papers(), AT)) < 40_000


def test_the_same_application_gives_the_same_document() -> None:
    assert pdf(papers(), AT) == pdf(papers(), AT)
