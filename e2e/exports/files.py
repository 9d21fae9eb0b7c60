"""Exports as a case asks for them, downloads and reads them."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import docx
import pypdf

from e2e.people import Person
from e2e.target import Json

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file that an application is exported as."""

    route: str
    media_type: str
    read: Callable[[bytes], str]


def pages(content: bytes) -> list[str]:
    """The text of each page of a PDF."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def paragraphs(content: bytes) -> list[str]:
    return [one.text for one in docx.Document(io.BytesIO(content)).paragraphs]


FORMS: Mapping[str, Form] = {
    "pdf": Form("/api/exports/pdf", "application/pdf", lambda content: "\n".join(pages(content))),
    "docx": Form("/api/exports/docx", DOCX, lambda content: "\n".join(paragraphs(content))),
    "txt": Form("/api/exports/text", "text/plain", lambda content: content.decode("utf-8")),
}


def exported(person: Person, form: str, application_id: str) -> Json:
    """What is told of the file."""
    answer = person.post(FORMS[form].route, json={"applicationId": application_id})
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    assert told["format"] == form
    return told


def downloaded(person: Person, told: Json) -> bytes:
    answer = person.get(told["downloadUrl"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(FORMS[told["format"]].media_type)
    return answer.content


def text(person: Person, form: str, application_id: str) -> str:
    """What a reader finds in the file, without its line breaks."""
    content = downloaded(person, exported(person, form, application_id))
    return flat(FORMS[form].read(content))


def flat(found: str) -> str:
    return " ".join(found.split())
