"""Leaks of rows: every table that users own, by every route that names its rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from secrets import token_hex
from typing import Any

from e2e.people import Person
from e2e.target import Json
from tests.jobmatch.leaks.scene import Probe, Scene, made
from tests.jobmatch.state import rows

QUESTIONS = '[{"question_id": 1, "question": "Why?"}]'
VARIANT = {
    "id": "variant-impact",
    "name": "Impact-Focused",
    "resume": {"summary": "An engineer.", "experience": [], "skills": [], "education": []},
    "coverLetter": "Dear Hiring Manager,\n\nhello.",
    "aiRationale": ["short"],
}
POSITION = {"title": "Engineer", "company": "Contoso", "start_date": "2020-01-01"}


@dataclass(frozen=True, slots=True)
class Table:
    """`path` lists the rows, below `member` or bare. `change`: a body, sent to a row's path."""

    make: Callable[[Scene, Person], Any]
    path: str
    member: str | None = None
    change: Json = field(default_factory=dict)
    suffix: str = ""
    # Where it is not `path`.
    item: str | None = None

    def listed(self, person: Person) -> list[Json]:
        answer = person.get(self.path).json()
        found: list[Json] = answer if self.member is None else answer[self.member]
        return found

    def seen(self, person: Person, id: str) -> list[Json]:
        """The row in somebody's list, or nothing."""
        return [row for row in self.listed(person) if row["id"] == id]

    def of(self, id: str) -> str:
        return f"{self.item or self.path}/{id}"


def posted(path: str, body: Json, *members: str) -> Callable[[Scene, Person], Any]:
    return lambda scene, person: made(person.post(path, json=body), *members)["id"]


def mailed(scene: Scene, person: Person) -> Any:
    application = APPLICATION(scene, person)
    body = {"applicationId": application, "recipientEmail": "hr@example.com"}
    made(person.post("/api/emails/send", json=body))
    asked = f"/api/emails/history?applicationId={application}"
    [mail] = person.get(asked).json()["emails"]
    return mail["id"]


def inserted(sql: str) -> Callable[[Scene, Person], Any]:
    """By the database: no route makes such a row."""

    def make(scene: Scene, person: Person) -> Any:
        made(person.get("/api/profile"))
        [row] = rows(scene.target, f"{sql} RETURNING id", token_hex(8), person.id)
        return row["id"]

    return make


APPLICATION = posted(
    "/api/applications",
    {"jobTitle": "Engineer", "company": "Northwind", "variants": [VARIANT]},
)
TABLES = {
    "applications": Table(
        APPLICATION, "/api/applications", "applications", {"status": "submitted"}
    ),
    "education": Table(
        posted("/api/profile/education", {"school": "Lund"}, "education"),
        "/api/profile/education",
        "education",
        {"school": "changed"},
    ),
    "email_history": Table(mailed, "/api/emails/history", "emails"),
    "jobs": Table(
        posted("/api/jobs", {"title": "Engineer", "company": "Northwind"}, "job"),
        "/api/jobs",
        "jobs",
        {"isSaved": True},
    ),
    "resume_gap_analyses": Table(
        inserted(
            "INSERT INTO resume_gap_analyses (id, user_id, clarification_questions)"
            f" VALUES (?, ?, '{QUESTIONS}')"
        ),
        "/api/resume/gap-analyses",
        change={"question_id": 1, "answer": "changed"},
        suffix="/answer",
        item="/api/resume/gap-analysis",
    ),
    "resumes": Table(
        inserted("INSERT INTO resumes (id, user_id, title, sections) VALUES (?, ?, 'CV', '{}')"),
        "/api/resume",
    ),
    "skills": Table(
        posted("/api/skills", {"name": "Python"}, "skill"),
        "/api/skills",
        "skills",
        {"name": "changed"},
    ),
    "tracked_applications": Table(
        posted("/api/tracked-applications", {"jobTitle": "Engineer", "company": "Northwind"}),
        "/api/tracked-applications",
        "trackedApplications",
        {"notes": "changed"},
    ),
    "work_experience": Table(
        posted("/api/profile/work-experience", POSITION, "experience"),
        "/api/profile/work-experience",
        "workExperience",
        {"title": "changed"},
    ),
}


def lists(table: Table, scene: Scene) -> bool:
    id = table.make(scene, scene.anna)
    return bool(table.seen(scene.ben, id))


def gets(table: Table, scene: Scene) -> bool:
    return scene.ben.get(table.of(table.make(scene, scene.anna))).status_code == 200


def updates(table: Table, scene: Scene) -> bool:
    """Whether the owner sees what the other wrote."""
    id = table.make(scene, scene.anna)
    before = table.seen(scene.anna, id)
    scene.ben.patch(table.of(id) + table.suffix, json=table.change)
    return table.seen(scene.anna, id) != before


def deletes(table: Table, scene: Scene) -> bool:
    id = table.make(scene, scene.anna)
    scene.ben.delete(table.of(id))
    return not table.seen(scene.anna, id)


ALL = ("applications", "education", "jobs", "skills", "tracked_applications", "work_experience")
BY_ID = ("applications", "jobs", "resume_gap_analyses", "tracked_applications")


def probes() -> Iterator[tuple[str, Probe]]:
    for name, table in TABLES.items():
        yield f"list:{name}", partial(lists, table)
    for name in BY_ID:
        yield f"get:{name}", partial(gets, TABLES[name])
    for name in (*ALL, "resume_gap_analyses"):
        yield f"update:{name}", partial(updates, TABLES[name])
    for name in ALL:
        yield f"delete:{name}", partial(deletes, TABLES[name])
