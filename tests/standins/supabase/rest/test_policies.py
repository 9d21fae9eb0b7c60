"""Row level security decides who sees what, by the token alone; and would not without policies."""

from collections.abc import Callable

import jwt
import psycopg
import pytest

from emulator.core.clock import ManualClock
from emulator.standins.supabase.project import Project
from tests.standins.supabase.rest.conftest import ADA, BEN, Api, answer_of, token_of

ADAS_JOB = "10000000-0000-4000-8000-00000000000a"
BENS_JOB = "10000000-0000-4000-8000-00000000000b"
WHOLE = {"prefer": "return=representation"}


@pytest.fixture
def dsn(own: str) -> str:
    return own


def execute(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def tables_of(dsn: str, owned_by: str) -> list[str]:
    query = """
        SELECT c.table_name FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND c.column_name = %s AND t.table_type = 'BASE TABLE'
    """
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute(query.encode(), (owned_by,)).fetchall()]


VALUES = {
    "text": "x",
    "date": "2026-01-01",
    "timestamp with time zone": "2026-01-01",
    "double precision": "1",
    "jsonb": "{}",
    "uuid": BENS_JOB,
    "USER-DEFINED": f"[{','.join(['1'] * 768)}]",
    "feedback_type": "saved",
    "status": "success",
    "user_id": BEN,
}
REQUIRED = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_nullable = 'NO'
      AND column_default IS NULL
"""


def fill(dsn: str, table: str) -> None:
    """Give Ben a row of the table, unless he has one."""
    with psycopg.connect(dsn) as connection:
        columns = connection.execute(REQUIRED.encode(), (table,)).fetchall()
        row = {name: VALUES.get(name) or VALUES[type] for name, type in columns}
        if table == "email_history":
            row["recipient_email"] = "x@example.com"
        if table == "jobs":
            return
        names, places = ", ".join(row), ", ".join(["%s"] * len(row))
        insert = f"INSERT INTO {table} ({names}) VALUES ({places})"
        connection.execute(insert.encode(), list(row.values()))


async def test_everybody_sees_their_own_rows(ada: Api, ben: Api, anyone: Api) -> None:
    assert [row["title"] for row in await ada.rows("/jobs")] == ["Engineer"]
    assert [row["title"] for row in await ben.rows("/jobs")] == ["Gardener"]
    assert await anyone.rows("/jobs") == []


async def test_the_service_role_sees_everything(service: Api) -> None:
    assert len(await service.rows("/jobs")) == 2


@pytest.mark.parametrize(
    "path",
    [
        f"/jobs?id=eq.{BENS_JOB}",
        f"/jobs?user_id=eq.{BEN}",
        "/jobs?or=(title.eq.Gardener,title.eq.x)",
        "/users?email=eq.ben@example.com",
        "/rpc/search_jobs?words=gardener",
        f"/users?select=jobs(*)&id=eq.{BEN}",
    ],
)
async def test_a_strangers_row_is_not_found(ada: Api, path: str) -> None:
    assert await ada.rows(path) == []


async def test_an_embedding_and_a_count_stay_within_ones_own(ada: Api) -> None:
    counted = {"prefer": "count=exact"}
    response = await ada.get("/users?select=email,jobs(title,users(email))", headers=counted)

    mine = {"title": "Engineer", "users": {"email": "ada@example.com"}}
    assert response.json() == [{"email": "ada@example.com", "jobs": [mine]}]
    assert response.headers["content-range"] == "0-0/1"


async def test_a_strangers_row_is_neither_changed_nor_deleted(ada: Api, ben: Api) -> None:
    path = f"/jobs?id=eq.{BENS_JOB}"
    changed = await ada.patch(path, json={"title": "mine"}, headers=WHOLE)
    deleted = await ada.delete(path, headers=WHOLE)

    assert changed.json() == deleted.json() == []
    assert [row["title"] for row in await ben.rows("/jobs")] == ["Gardener"]


async def test_a_row_is_nobodys_but_the_writers(ada: Api, ben: Api) -> None:
    foreign = {"user_id": BEN, "title": "Trap", "company": "x"}
    inserted = await ada.post("/jobs", json=foreign)
    given_away = await ada.patch(f"/jobs?id=eq.{ADAS_JOB}", json={"user_id": BEN})
    merge = {"prefer": "resolution=merge-duplicates"}
    taken = await ada.post("/jobs", json={**foreign, "id": BENS_JOB, "user_id": ADA}, headers=merge)

    assert [answer_of(one) for one in (inserted, given_away, taken)] == [(403, "42501")] * 3
    assert len(await ben.rows("/jobs")) == 1


async def test_a_row_refers_to_no_strangers(ada: Api) -> None:
    rows = {
        "/applications": {"user_id": ADA, "job_id": BENS_JOB},
        "/job_compatibility_analyses": {"user_id": ADA, "job_id": BENS_JOB, "analysis": {}},
        "/job_feedback": {"user_id": ADA, "job_id": BENS_JOB, "feedback_type": "saved"},
        "/spam_reports": {"reporter_user_id": ADA, "job_id": BENS_JOB, "report_type": "spam"},
    }

    for path, row in rows.items():
        assert answer_of(await ada.post(path, json=row)) == (403, "42501"), path


async def test_somebody_without_a_token_of_their_own_writes_nothing(anyone: Api) -> None:
    row = {"user_id": ADA, "title": "x", "company": "y"}

    assert answer_of(await anyone.post("/jobs", json=row)) == (401, "42501")
    changed = await anyone.patch(f"/jobs?id=eq.{ADAS_JOB}", json={"title": "z"}, headers=WHOLE)
    assert changed.json() == []


async def test_what_is_the_servers_is_nobodys(ada: Api, service: Api) -> None:
    await service.post(
        "/failed_login_attempts", json={"email": "ada@example.com", "ip_address": "::1"}
    )

    assert len(await service.rows("/failed_login_attempts")) == 1
    assert await ada.rows("/failed_login_attempts") == []
    paid = await ada.post(
        "/subscriptions",
        json={
            "user_id": ADA,
            "plan": "gold",
            "current_period_start": "now",
            "current_period_end": "now",
        },
    )
    assert answer_of(paid) == (403, "42501")


def test_every_table_of_jobmatch_is_secured_and_every_owned_one_has_a_policy(dsn: str) -> None:
    secured = "SELECT relname FROM pg_class WHERE relrowsecurity"
    policies = "SELECT DISTINCT tablename FROM pg_policies"
    with psycopg.connect(dsn) as connection:
        known = {row[0] for row in connection.execute(secured.encode()).fetchall()}
        with_policy = {row[0] for row in connection.execute(policies.encode()).fetchall()}
    owned = set(tables_of(dsn, "user_id"))

    assert len(owned) == 22
    assert owned <= with_policy
    assert known == with_policy | {"failed_login_attempts", "account_lockouts"}


async def test_no_owned_table_shows_a_strangers_row(
    ada: Api, ben: Api, anyone: Api, dsn: str
) -> None:
    for table in tables_of(dsn, "user_id"):
        fill(dsn, table)
        assert [row["user_id"] for row in await ben.rows(f"/{table}")] == [BEN], table
        assert BEN not in {row["user_id"] for row in await ada.rows(f"/{table}")}, table
        assert await anyone.rows(f"/{table}") == [], table


@pytest.mark.parametrize("table", ["jobs", "applications", "users"])
async def test_without_its_policy_a_table_would_be_open(
    ben: Api, service: Api, dsn: str, table: str
) -> None:
    """That the tests above can fail: they hold because of the policies, and of nothing else."""
    before = await ben.rows(f"/{table}")
    execute(dsn, f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
    after = await ben.rows(f"/{table}")

    assert len(before) < len(after) == len(await service.rows(f"/{table}"))


async def test_a_policy_that_is_too_generous_shows_a_strangers_rows(ben: Api, dsn: str) -> None:
    execute(dsn, "CREATE POLICY oops ON jobs FOR SELECT TO authenticated USING (true)")

    assert {row["title"] for row in await ben.rows("/jobs")} == {"Engineer", "Gardener"}


async def test_with_row_security_and_no_policy_nobody_sees_anything(ada: Api, dsn: str) -> None:
    execute(dsn, 'DROP POLICY "own rows" ON jobs')

    assert await ada.rows("/jobs") == []


async def test_a_role_does_not_last_beyond_its_request(ada: Api, service: Api, anyone: Api) -> None:
    assert len(await service.rows("/jobs")) == 2
    assert await anyone.rows("/jobs") == []
    assert len(await ada.rows("/jobs")) == 1


async def test_tokens_that_are_not_good_are_refused(
    api: Callable[[str], Api], project: Project, clock: ManualClock
) -> None:
    old = token_of(project, ADA, exp=clock.now() - 1)
    forged = jwt.encode({"sub": ADA, "role": "service_role"}, "x" * 40, "HS256")

    expired = await api(old).get("/jobs")
    assert answer_of(expired) == (401, "PGRST303")
    assert expired.json()["message"] == "JWT expired"
    assert answer_of(await api(forged).get("/jobs")) == (401, "PGRST301")
    assert answer_of(await api("nonsense").get("/jobs")) == (401, "PGRST301")


async def test_a_token_with_an_unknown_role_gets_nowhere(
    api: Callable[[str], Api], project: Project
) -> None:
    response = await api(token_of(project, ADA, role="nobody")).get("/jobs")

    assert answer_of(response) == (401, "22023")


async def test_without_an_api_key_the_gateway_refuses(ada: Api) -> None:
    response = await ada.get("/jobs", headers={"apikey": ""})

    assert response.status_code == 401
    assert response.json()["message"] == "No API key found in request"
