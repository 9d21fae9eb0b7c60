"""Cron events: every hour what is over goes, every night old jobs go to the archive."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Target
from tests.jobmatch.state import Namespace, rows

covers = pytest.mark.covers
HOURLY, NIGHTLY = "0 * * * *", "0 3 * * *"


def run(control: httpx.Client, target: Target, cron: str) -> None:
    asked = {"script": target.worker, "account_id": target.account_id, "cron": cron}
    answer = control.post("/_twin/cron", json=asked).raise_for_status().json()
    assert answer["outcome"] == "ok", answer


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds")


@pytest.fixture
def states(jobmatch: Target, control: httpx.Client) -> Iterator[Namespace]:
    namespace = Namespace(jobmatch, "OAUTH_STATES")
    yield namespace
    namespace.close()


@covers("GET /api/jobs", 200, "R20")
def test_at_night_jobs_of_90_days_are_archived(
    anna: Person, make_job: New, jobmatch: Target, control: httpx.Client
) -> None:
    old, young = make_job(anna, title="old"), make_job(anna, title="young")
    age = "UPDATE jobs SET created_at = ? WHERE id = ? RETURNING id"
    rows(jobmatch, age, ago(days=91), old["id"])
    rows(jobmatch, age, ago(days=89), young["id"])

    run(control, jobmatch, NIGHTLY)

    assert [job["title"] for job in anna.get("/api/jobs").json()["jobs"]] == ["young"]
    assert [job["title"] for job in anna.get("/api/jobs?archived=1").json()["jobs"]] == ["old"]


@covers("GET /api/jobs", 200, "R20")
def test_by_day_nothing_is_archived(
    anna: Person, make_job: New, jobmatch: Target, control: httpx.Client
) -> None:
    job = make_job(anna, title="old")
    age = "UPDATE jobs SET created_at = ? WHERE id = ? RETURNING id"
    rows(jobmatch, age, ago(days=91), job["id"])

    run(control, jobmatch, HOURLY)

    assert [job["title"] for job in anna.get("/api/jobs").json()["jobs"]] == ["old"]


@covers("POST /api/jobs/cleanup", 200, "R5")
@covers("GET /api/jobs", 200, "R5")
def test_an_administrator_archives_by_age(
    admin: Person, anna: Person, make_job: New, jobmatch: Target, control: httpx.Client
) -> None:
    old, young = make_job(anna, title="old"), make_job(anna, title="young")
    age = "UPDATE jobs SET created_at = ? WHERE id = ? RETURNING id"
    rows(jobmatch, age, ago(days=11), old["id"])
    rows(jobmatch, age, ago(days=9), young["id"])

    told = admin.post("/api/jobs/cleanup?daysOld=10").json()

    assert told["success"] is True
    assert told["jobsArchived"] >= 1
    assert told["cutoffDate"][:13] == ago(days=10)[:13]
    assert [job["title"] for job in anna.get("/api/jobs").json()["jobs"]] == ["young"]


@covers("GET /api/sessions", 200, "R20")
def test_every_hour_sessions_that_are_over_go(
    anna: Person, jobmatch: Target, control: httpx.Client
) -> None:
    anna.get("/api/sessions")
    over = "UPDATE sessions SET expires_at = ? WHERE user_id = ? RETURNING id"
    assert len(rows(jobmatch, over, ago(minutes=1), anna.id)) == 1

    run(control, jobmatch, HOURLY)

    assert rows(jobmatch, "SELECT id FROM sessions WHERE user_id = ?", anna.id) == []


@covers("GET /api/sessions", 200, "R20")
def test_every_hour_sessions_that_go_on_stay(
    anna: Person, jobmatch: Target, control: httpx.Client
) -> None:
    before = anna.get("/api/sessions").json()

    run(control, jobmatch, HOURLY)

    assert anna.get("/api/sessions").json() == before


@covers("R20")
def test_every_hour_states_without_an_end_go_and_fresh_ones_stay(
    anna: Person, anyone: Person, states: Namespace, jobmatch: Target, control: httpx.Client
) -> None:
    old = {"userId": anna.id, "provider": "linkedin", "createdAt": ago(minutes=11)}
    states.put("oauth:old-and-never-used", json.dumps(old))
    states.put("oauth:fresh", json.dumps({**old, "createdAt": ago(minutes=1)}))

    run(control, jobmatch, HOURLY)

    assert states.get("oauth:old-and-never-used") is None
    assert states.get("oauth:fresh") is not None
    assert anyone.get("/health").status_code == 200


@covers("R20")
def test_what_is_no_record_does_not_stop_the_clean_up(
    anyone: Person, states: Namespace, jobmatch: Target, control: httpx.Client
) -> None:
    states.put("oauth:a-list", "[]")
    states.put("oauth:no-json", "{")
    states.put("oauth:z-old", json.dumps({"createdAt": ago(minutes=11)}))

    run(control, jobmatch, HOURLY)

    assert states.get("oauth:z-old") is None
    assert anyone.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("table", "insert", "over", "going_on"),
    [
        (
            "failed_login_attempts",
            "INSERT INTO failed_login_attempts (id, email, ip_address, attempted_at)"
            " VALUES (?, ?, '::1', ?) RETURNING id",
            {"hours": 25},
            {"hours": 23},
        ),
        (
            "account_lockouts",
            "INSERT INTO account_lockouts (id, email, locked_until) VALUES (?, ?, ?) RETURNING id",
            {"minutes": 1},
            {"minutes": -60},
        ),
    ],
)
@covers("R20")
def test_every_hour_what_locked_somebody_out_goes_when_it_is_over(
    anyone: Person,
    anna: Person,
    jobmatch: Target,
    control: httpx.Client,
    table: str,
    insert: str,
    over: dict[str, float],
    going_on: dict[str, float],
) -> None:
    rows(jobmatch, insert, f"over-{anna.id}", f"over-{anna.email}", ago(**over))
    rows(jobmatch, insert, f"kept-{anna.id}", anna.email, ago(**going_on))

    run(control, jobmatch, HOURLY)

    left = rows(jobmatch, f"SELECT id FROM {table} WHERE id LIKE ?", f"%{anna.id}")
    assert [row["id"] for row in left] == [f"kept-{anna.id}"]
    assert anyone.get("/health").status_code == 200


def test_both_schedules_are_set(jobmatch: Target, control: httpx.Client) -> None:
    known = control.get("/_twin/cron").json()["schedules"]

    crons = {one["cron"] for one in known if one["script"] == jobmatch.worker}
    assert crons == {HOURLY, NIGHTLY}
