"""The file of a résumé, and what is read out of it."""

import httpx
import pytest

from e2e.people import Person


def upload(person: Person, content: bytes, name: str = "cv.pdf") -> httpx.Response:
    files = {"resume": (name, content, "application/pdf")}
    return person.post("/api/resume/upload", files=files)


def parse(person: Person, key: str) -> httpx.Response:
    return person.post("/api/resume/parse", json={"storagePath": key})


def is_read_here(answer: httpx.Response, person: Person) -> None:
    """Skips where no service reads PDFs; a twin always has one."""
    if answer.status_code == 500 and person.target.control is None:
        pytest.skip("this needs PDF_PARSER_SERVICE_URL and its models on the deployment")
    assert answer.status_code == 200, answer.text
