"""Who plays in a case and what they have: fixtures of every suite that tests the application.

They want a fixture `people`.
"""

from collections.abc import Callable
from typing import Any

import pytest

from e2e.exchanges import Exchanges
from e2e.people import People, Person
from e2e.target import Json

New = Callable[..., Json]


@pytest.fixture
def exchanges() -> Exchanges:
    """What the case has asked and was answered."""
    return Exchanges()


@pytest.fixture
def anyone(people: People) -> Person:
    """Without a token."""
    return people.anyone()


@pytest.fixture
def anna(people: People) -> Person:
    return people.new("anna")


@pytest.fixture
def ben(people: People) -> Person:
    return people.new("ben")


@pytest.fixture
def make_job() -> New:
    """A job of somebody's, by hand; the row."""

    def make(person: Person, **fields: Any) -> Json:
        new = {"title": "Backend Engineer", "company": "Northwind", **fields}
        return made(person, "/api/jobs", new, 201, "job")

    return make


@pytest.fixture
def make_experience() -> New:
    """Work experience, which letters and analyses need; the row."""

    def make(person: Person, **fields: Any) -> Json:
        new = {"title": "Engineer", "company": "Contoso", "start_date": "2020-01-01", **fields}
        return made(person, "/api/profile/work-experience", new, 200, "experience")

    return make


@pytest.fixture
def make_application() -> New:
    """An application with one variant; the answer."""

    def make(person: Person, **fields: Any) -> Json:
        new = {
            "jobTitle": "Backend Engineer",
            "company": "Northwind",
            "variants": [VARIANT],
            "selectedVariantId": VARIANT["id"],
            **fields,
        }
        return made(person, "/api/applications", new, 201)

    return make


VARIANT: Json = {
    "id": "variant-impact",
    "name": "Impact-Focused",
    "resume": {"summary": "An engineer.", "experience": [], "skills": [], "education": []},
    "coverLetter": "Dear Hiring Manager,\n\nhello.",
    "aiRationale": ["short"],
}


def made(person: Person, path: str, body: Json, status: int, member: str | None = None) -> Json:
    answer = person.post(path, json=body)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found if member is None else found[member]
