"""What a profile is made of: its own fields, and three lists with the same manners."""

from typing import Any, NamedTuple

from e2e.people import Person
from e2e.target import Json


class Part(NamedTuple):
    """A list. `one` and `many` are the words of its answers, `change` is a change of a row."""

    path: str
    one: str
    many: str
    new: Json
    change: Json

    def row(self, id: str) -> str:
        return f"{self.path}/{id}"


WORK = Part(
    "/api/profile/work-experience",
    "experience",
    "workExperience",
    {"title": "Nurse", "company": "Northwind Clinic", "start_date": "2020-01-01"},
    {"title": "Matron"},
)
SCHOOL = Part(
    "/api/profile/education",
    "education",
    "education",
    {"school": "University of the Harbour", "degree": "BSc"},
    {"degree": "MSc"},
)
SKILL = Part("/api/skills", "skill", "skills", {"name": "Triage"}, {"name": "Dosage"})
PARTS = (WORK, SCHOOL, SKILL)


def listed(person: Person, part: Part) -> list[Json]:
    answer = person.get(part.path)
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()[part.many]
    return rows


def added(person: Person, part: Part, **fields: Any) -> Json:
    """The new row."""
    answer = person.post(part.path, json={**part.new, **fields})
    assert answer.status_code == 200, answer.text
    row: Json = answer.json()[part.one]
    return row


def changed(person: Person, part: Part, row: Json, **fields: Any) -> Json:
    """The row as it is now."""
    answer = person.patch(part.row(row["id"]), json=fields)
    assert answer.status_code == 200, answer.text
    after: Json = answer.json()[part.one]
    return after


def profile(person: Person) -> Json:
    answer = person.get("/api/profile")
    assert answer.status_code == 200, answer.text
    row: Json = answer.json()["profile"]
    return row


def whole(person: Person) -> Json:
    """Everything that a page of the profile shows."""
    return {"profile": profile(person), **{part.many: listed(person, part) for part in PARTS}}
