"""What has no route that makes it, and is written into the database of the deployment."""

import json
from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest

from e2e.people import Person
from e2e.target import Json

Rows = Callable[..., list[Json]]
Made = Callable[[Person], str]
QUESTIONS = [
    {"question_id": 1, "priority": "HIGH", "question": "What came of the project?"},
    {"question_id": 2, "priority": "LOW", "question": "What did you do in 2021?"},
]


@pytest.fixture
def open_review(rows: Rows) -> Iterator[Made]:
    """A review of a résumé with two open questions; its id."""
    ids: list[str] = []

    def make(person: Person) -> str:
        return inserted(
            rows,
            person,
            ids,
            "INSERT INTO resume_gap_analyses (id, user_id, clarification_questions, status)"
            " VALUES (?, ?, ?, 'pending')",
            json.dumps(QUESTIONS),
        )

    yield make
    for id in ids:
        rows("DELETE FROM resume_gap_analyses WHERE id = ?", id)


@pytest.fixture
def written_resume(rows: Rows) -> Iterator[Made]:
    """A résumé as it was written, not a file of it; its id."""
    ids: list[str] = []

    def make(person: Person) -> str:
        return inserted(
            rows,
            person,
            ids,
            "INSERT INTO resumes (id, user_id, title, sections) VALUES (?, ?, ?, '{}')",
            "For clinics",
        )

    yield make
    for id in ids:
        rows("DELETE FROM resumes WHERE id = ?", id)


def inserted(rows: Rows, person: Person, ids: list[str], sql: str, value: str) -> str:
    # Rows need their owner's, which comes with the first request.
    assert person.get("/api/profile").status_code == 200
    ids.append(token_hex(16))
    rows(sql, ids[-1], person.id, value)
    return ids[-1]
