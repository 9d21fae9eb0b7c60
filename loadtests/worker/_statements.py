"""What each operation asks of D1: the same SQL over REST and in the Worker.

Every statement names the owner, as row level security does at Supabase.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Statement = tuple[str, tuple[Any, ...]]
PAGE = 20
COLUMNS = (
    "id",
    "user_id",
    "title",
    "company",
    "location",
    "description",
    "source",
    "job_type",
    "salary_min",
    "created_at",
    "updated_at",
)
NAMES = ", ".join(COLUMNS)
MARKS = ", ".join("?" for _ in COLUMNS)
INSERT = f"INSERT INTO jobs ({NAMES}) VALUES ({MARKS})"
UPSERT = (
    f"{INSERT} ON CONFLICT (id) DO UPDATE SET title = excluded.title,"
    " description = excluded.description, updated_at = excluded.updated_at"
    " WHERE user_id = excluded.user_id"
)
WORDS = (
    "SELECT jobs.* FROM jobs_fts JOIN jobs ON jobs.rowid = jobs_fts.rowid"
    " WHERE jobs_fts MATCH ? AND jobs.user_id = ? ORDER BY jobs_fts.rank LIMIT ?"
)


def point_read(user: str, id: str) -> list[Statement]:
    return [("SELECT * FROM jobs WHERE id = ? AND user_id = ?", (id, user))]


def list_page(user: str, page: int) -> list[Statement]:
    # Limits are written into the statement: SQLite compiles it anew for each bound one.
    limit = f"LIMIT {PAGE} OFFSET {PAGE * int(page)}"
    sql = f"SELECT * FROM jobs WHERE user_id = ? ORDER BY created_at DESC, id {limit}"
    return [(sql, (user,))]


def fts_search(user: str, words: str) -> list[Statement]:
    return [(WORDS, (" ".join(f'"{one}"' for one in words.split()), user, PAGE))]


def filter_count(user: str, job_type: str, salary: int) -> list[Statement]:
    sql = (
        "SELECT count(*) AS total FROM jobs WHERE user_id = ? AND job_type = ? AND salary_min >= ?"
    )
    return [(sql, (user, job_type, salary))]


def insert(row: Mapping[str, Any]) -> list[Statement]:
    return [(INSERT, values(row))]


def update(user: str, id: str, score: float, at: str) -> list[Statement]:
    sql = "UPDATE jobs SET match_score = ?, updated_at = ? WHERE id = ? AND user_id = ?"
    return [(sql, (score, at, id, user))]


def upsert(row: Mapping[str, Any]) -> list[Statement]:
    return [(UPSERT, values(row))]


def delete(user: str, id: str) -> list[Statement]:
    return [("DELETE FROM jobs WHERE id = ? AND user_id = ?", (id, user))]


def batch(rows: Sequence[Mapping[str, Any]]) -> list[Statement]:
    return [(INSERT, values(row)) for row in rows]


def by_ids(user: str, ids: Sequence[str]) -> list[Statement]:
    marks = ", ".join("?" for _ in ids)
    return [(f"SELECT * FROM jobs WHERE user_id = ? AND id IN ({marks})", (user, *ids))]


def values(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in COLUMNS)


OPERATIONS: Mapping[str, Callable[..., list[Statement]]] = {
    one.__name__: one
    for one in (
        point_read,
        list_page,
        fts_search,
        filter_count,
        insert,
        update,
        upsert,
        delete,
        batch,
    )
}
