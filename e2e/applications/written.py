"""Applications as a case writes, reads and lists them."""

from typing import Any

from e2e.people import Person
from e2e.target import Json

APPLICATIONS = "/api/applications"
KEYS = {"id", "name", "resume", "coverLetter", "aiRationale"}


def variant(letter: str, name: str = "only", **resume: Any) -> Json:
    """A letter, with whatever of the résumé matters."""
    sections = {"summary": "", "experience": [], "skills": [], "education": [], **resume}
    told = {"id": name, "name": name, "coverLetter": letter, "aiRationale": []}
    return {**told, "resume": sections}


def generated(person: Person, job: Json) -> Json:
    """Letters for a job; they need work experience."""
    answer = person.post(f"{APPLICATIONS}/generate", json={"jobId": job["id"]})
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told


def read(person: Person, application_id: str) -> Json:
    answer = person.get(f"{APPLICATIONS}/{application_id}")
    assert answer.status_code == 200, answer.text
    row: Json = answer.json()
    return row


def changed(person: Person, application_id: str, **changes: Any) -> Json:
    answer = person.patch(f"{APPLICATIONS}/{application_id}", json=changes)
    assert answer.status_code == 200, answer.text
    row: Json = answer.json()
    return row


def listed(person: Person, **query: Any) -> list[Json]:
    answer = person.get(APPLICATIONS, params=query)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["applications"]
    return found


def ids(rows: list[Json]) -> list[str]:
    return [row["id"] for row in rows]
