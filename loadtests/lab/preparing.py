"""Makes the people of a run on both sides, with what they own."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson

from loadtests.lab.budget import Budget
from loadtests.lab.calls import Calls
from loadtests.lab.ledger import Ledger
from loadtests.lab.people import Lab, Person, Row, chunks, job_ids, rows_of, vectors
from loadtests.lab.settings import Settings
from loadtests.worker._statements import insert

PASSWORD_BYTES = 18
USER = "INSERT INTO users (id, email, first_name, created_at, updated_at) VALUES (?, ?, ?, ?, ?)"
WORK = (
    "INSERT INTO work_experience (id, user_id, company, title, start_date, created_at, updated_at)"
    " VALUES (?, ?, 'Northwind Rail', 'Backend Engineer', '2021-03-01', ?, ?)"
)
BORN = "2026-01-01T00:00:00.000Z"
STATEMENTS, ROWS, VECTORS = 50, 200, 100
MINIMAL = {"prefer": "return=minimal"}


def prepare(
    settings: Settings, budget: Budget, ledger: Path, say: Callable[[str], None] = print
) -> Lab:
    """Raises `CallRefused`. What is made is in the ledger before it is made, or at once after."""
    calls = Calls(settings, budget)
    try:
        return Preparing(settings, calls, Ledger(ledger, secrets.token_hex(4)), say).lab(budget)
    finally:
        calls.close()


class Preparing:
    def __init__(
        self, settings: Settings, calls: Calls, ledger: Ledger, say: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._ledger = ledger
        self._say = say

    def lab(self, budget: Budget) -> Lab:
        people = tuple(self.person(number) for number in range(self._settings.people))
        self._say(f"{len(people)} people, each with {self._settings.jobs} jobs")
        if self._settings.supabase:
            self.to_supabase(people)
        if self._settings.api:
            self.to_cloudflare(people)
        return Lab(self._ledger.run, self._settings.seed, people, budget.left)

    def person(self, number: int) -> Person:
        """With an account and a token at Supabase, where there is one."""
        run = self._ledger.run
        jobs = job_ids(run, number, self._settings.jobs)
        email = f"load-{run}-{number}@example.com"
        if not self._settings.supabase:
            [id] = job_ids(f"{run}:person", number, 1)
            self._ledger.person(id)
            return Person(number, id, email, "", jobs)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        new = {"email": email, "password": password, "email_confirm": True}
        made = self._calls.supabase("POST", "/auth/v1/admin/users", new)
        self._ledger.person(made["id"])
        sign_in = {"email": email, "password": password}
        path = "/auth/v1/token?grant_type=password"
        token = self._calls.supabase("POST", path, sign_in)["access_token"]
        return Person(number, made["id"], email, token, jobs)

    def to_supabase(self, people: Sequence[Person]) -> None:
        users = [user_row(person) for person in people]
        for part in chunks(users, ROWS):
            self._calls.supabase("POST", "/rest/v1/users", part, **MINIMAL)
        for rows in chunks(list(self.rows(people)), ROWS):
            self._calls.supabase("POST", "/rest/v1/jobs", rows, **MINIMAL)
        for rows in self.with_vectors(people):
            embeddings = [
                {"job_id": row["id"], "user_id": row["user_id"], "embedding": values}
                for row, values in rows
            ]
            self._calls.supabase("POST", "/rest/v1/job_embeddings", embeddings, **MINIMAL)
        bucket = {"id": self._ledger.bucket, "name": self._ledger.bucket, "public": False}
        self._calls.supabase("POST", "/storage/v1/bucket", bucket)

    def to_cloudflare(self, people: Sequence[Person]) -> None:
        if self._settings.database:
            users = [(USER, tuple(user_row(person).values())) for person in people]
            # Nobody gets a letter written who has never worked.
            work = [(WORK, (person.id, person.id, BORN, BORN)) for person in people]
            rows = [one for row in self.rows(people) for one in insert(row)]
            for part in chunks([*users, *work, *rows], STATEMENTS):
                self._calls.d1(*part)
        if self._settings.index:
            for group in self.with_vectors(people):
                lines = b"\n".join(orjson.dumps(vector(row, values)) for row, values in group)
                path = f"/vectorize/v2/indexes/{self._settings.index}/upsert"
                self._calls.cloudflare("POST", path, content=lines)

    def rows(self, people: Sequence[Person]) -> Iterator[Row]:
        for person in people:
            yield from rows_of(person, self._settings.seed)

    def with_vectors(self, people: Sequence[Person]) -> Iterator[list[tuple[Row, list[float]]]]:
        for number, rows in enumerate(chunks(list(self.rows(people)), VECTORS)):
            drawn = vectors(1_000 * self._settings.seed + number, len(rows))
            yield list(zip(rows, drawn, strict=True))


def user_row(person: Person) -> dict[str, str]:
    return {
        "id": person.id,
        "email": person.email,
        "first_name": f"Number {person.number}",
        "created_at": BORN,
        "updated_at": BORN,
    }


def vector(row: Row, values: Sequence[float]) -> dict[str, object]:
    """As JobMatch keeps a job's."""
    user = row["user_id"]
    metadata = {"jobId": row["id"], "userId": user, "title": row["title"]}
    return {"id": f"job:{row['id']}", "namespace": user, "values": values, "metadata": metadata}
