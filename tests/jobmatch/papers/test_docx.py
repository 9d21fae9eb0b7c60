"""Applications as Word documents."""

import io

import pytest
from docx import Document

from jobmatch.papers.composition import Papers
from jobmatch.papers.docx import docx
from tests.jobmatch.papers.samples import AT, papers


def paragraphs(made: Papers) -> list[str]:
    return [one.text for one in Document(io.BytesIO(docx(made, AT))).paragraphs]


def test_letter_and_resume_are_sections() -> None:
    assert len(Document(io.BytesIO(docx(papers(), AT))).sections) == 2


def test_both_are_in_it() -> None:
    said = paragraphs(papers())
    assert {"I build bridges.", "Twelve years of bridges.", "Renewed 14 bridges"} <= set(said)
    assert said[0] == "Mira Holt"
    assert "Structural Engineer\t2014-02 – Present" in said


@pytest.mark.parametrize("text", ["日本語 Łódź 😀 مرحبا", '<w:p/> & "x" ]]>', "a\nb"])
def test_any_text_is_kept(text: str) -> None:
    assert text in paragraphs(papers(summary=text))


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert "ab" in paragraphs(papers(summary="a\x00\x0b\ud800\uffff".replace("\x0b", "") + "b"))


def test_the_properties_name_the_writer() -> None:
    properties = Document(io.BytesIO(docx(papers(), AT))).core_properties
    assert (properties.author, properties.title) == (
        "Mira Holt",
        "Application for Engineer at Acme & Sons",
    )
