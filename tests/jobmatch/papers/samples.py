"""Papers of an application to try the writers with, and what a reader finds in them."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pypdf

from jobmatch import variants
from jobmatch.papers import composition
from jobmatch.papers.composition import Papers, Sender
from jobmatch.papers.pdf import pdf

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
RESUME: Mapping[str, Any] = {
    "summary": "Twelve years of bridges.",
    "experience": [
        {
            "title": "Structural Engineer",
            "company": "Harbour Works",
            "location": "Gothenburg",
            "startDate": "2014-02",
            "endDate": "Present",
            "bullets": ["Renewed 14 bridges", "Led a team of six"],
        }
    ],
    "skills": ["Statics", "C++"],
    "education": [{"degree": "MSc", "school": "Chalmers", "location": "", "graduation": "2013"}],
}
LETTER = "Dear reader,\n\nI build bridges."


def papers(letter: str = LETTER, summary: str = "", name: str = "Mira Holt") -> Papers:
    resume = {**RESUME, "summary": summary or RESUME["summary"]}
    variant = variants.variant({"id": "one", "coverLetter": letter, "resume": resume})
    sender = Sender(name, "Engineer", ("mira@example.com", "Gothenburg"))
    return composition.papers(sender, "Acme & Sons", "Engineer", variant, AT.date())


def pages(made: Papers) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(pdf(made, AT)))
    return [page.extract_text() for page in reader.pages]


def words(text: str) -> str:
    """On one line, with one blank between words: where lines break is the font's affair."""
    return " ".join(text.split())
