"""How old things are: what lies behind the application is made older, as nobody can wait."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from e2e.target import Json

HOURLY, NIGHTLY = "0 * * * *", "0 3 * * *"
Rows = Callable[..., list[Json]]
RunCron = Callable[[str], None]


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds")


def aged(rows: Rows, job: Json, days: float) -> None:
    changed = rows(
        "UPDATE jobs SET created_at = ? WHERE id = ? RETURNING id", ago(days=days), job["id"]
    )
    assert [row["id"] for row in changed] == [job["id"]]
