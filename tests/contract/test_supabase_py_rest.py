"""supabase-py's tables and functions against the twin, on JobMatch's schema and policies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from postgrest.exceptions import APIError
from supabase import Client

import emulator
from emulator.core.settings import Settings
from emulator.standins.supabase.keys import Keys, keys_of
from emulator.testing import TwinServer, serving
from tests.contract.test_supabase_py import client_of

MIGRATIONS = Path(emulator.__file__).parents[1] / "fixtures/jobmatch/supabase/migrations"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def server() -> Iterator[TwinServer]:
    with serving(Settings(supabase_migrations=MIGRATIONS)) as server:
        yield server


@pytest.fixture(scope="module")
def account(server: TwinServer) -> str:
    """An account whose database has started: clients do not wait long for a first answer."""
    account_id = server.create_account().id
    server.control.get("/_twin/supabase", params={"account_id": account_id}).raise_for_status()
    return account_id


@pytest.fixture
def keys(account: str) -> Keys:
    return keys_of(Settings(), account)


@pytest.fixture
def service(server: TwinServer, keys: Keys) -> Iterator[Client]:
    with client_of(server, keys.service_role) as client:
        yield client


@pytest.fixture
def client(server: TwinServer, keys: Keys, service: Client, request: Any) -> Iterator[Client]:
    """A user of the test's own, signed in, with a row in `users`."""
    with client_of(server, keys.anon) as client:
        email = f"{request.node.name[:40]}@example.com"
        signed = client.auth.sign_up({"email": email, "password": PASSWORD})
        assert signed.user is not None
        client.table("users").insert({"id": signed.user.id, "email": email}).execute()
        yield client


def me(client: Client) -> str:
    session = client.auth.get_session()
    assert session is not None
    return str(session.user.id)


def add_jobs(client: Client, *titles: str) -> list[Any]:
    rows = [{"user_id": me(client), "title": title, "company": "Acme"} for title in titles]
    return client.table("jobs").insert(rows).execute().data


def test_rows_are_inserted_read_changed_and_deleted(client: Client) -> None:
    [first, second] = add_jobs(client, "Engineer", "Gardener")
    jobs = client.table("jobs")

    jobs.update({"is_saved": True, "salary_min": 10}).eq("id", first["id"]).execute()
    found = client.table("jobs").select("title, is_saved").order("title", desc=True).execute()
    client.table("jobs").delete().eq("id", second["id"]).execute()

    assert found.data == [
        {"title": "Gardener", "is_saved": False},
        {"title": "Engineer", "is_saved": True},
    ]
    assert len(client.table("jobs").select("id").execute().data) == 1


def test_filters_ranges_and_counts(client: Client) -> None:
    add_jobs(client, "Engineer", "Engineer of gardens", "Gardener")
    jobs = client.table("jobs")

    some = jobs.select("title", count="exact").ilike("title", "%gard%").execute()  # type: ignore[arg-type]
    either = jobs.select("title").or_("title.eq.Engineer,title.like.Garden*").execute()
    page = client.table("jobs").select("title").order("title").range(1, 1).execute()
    listed = client.table("jobs").select("title").in_("title", ["Gardener", "a,b"]).execute()
    words = client.table("jobs").select("title").text_search("title", "garden").execute()

    assert some.count == 2
    assert len(either.data) == 2
    assert page.data == [{"title": "Engineer of gardens"}]
    assert listed.data == [{"title": "Gardener"}]
    assert {row["title"] for row in words.data} == {"Engineer of gardens", "Gardener"}  # type: ignore[index,call-overload]


def test_related_rows_are_embedded(client: Client) -> None:
    [job] = add_jobs(client, "Engineer")
    application = {"user_id": me(client), "job_id": job["id"], "variants": [{"name": "Short"}]}
    client.table("applications").insert(application).execute()

    found: Any = client.table("applications").select("variants->0->>name, jobs!inner(title)")
    rows = found.eq("jobs.title", "Engineer").execute().data
    jobs = client.table("jobs").select("title, applications(status)").execute().data

    assert rows == [{"name": "Short", "jobs": {"title": "Engineer"}}]
    assert jobs == [{"title": "Engineer", "applications": [{"status": "draft"}]}]


def test_one_row_or_none_or_a_refusal(client: Client) -> None:
    add_jobs(client, "Engineer", "Gardener")

    one = client.table("jobs").select("title").eq("title", "Engineer").single().execute()
    none = client.table("jobs").select("title").eq("title", "Cook").maybe_single().execute()
    with pytest.raises(APIError) as several:
        client.table("jobs").select("title").single().execute()

    assert one.data == {"title": "Engineer"}
    assert none is None
    assert (several.value.code, several.value.details) == (
        "PGRST116",
        "The result contains 2 rows",
    )


def test_an_upsert_changes_what_is_there(client: Client) -> None:
    preferences = {"user_id": me(client), "desired_titles": ["Engineer"]}
    table = client.table("job_preferences")
    [made] = table.upsert(preferences, on_conflict="user_id").execute().data
    changed: Any = {**preferences, "desired_titles": ["Cook"]}

    [again] = table.upsert(changed, on_conflict="user_id").execute().data

    assert again["id"] == made["id"]  # type: ignore[index,call-overload]
    assert again["desired_titles"] == ["Cook"]  # type: ignore[index,call-overload]


def test_functions_are_called(client: Client) -> None:
    [job] = add_jobs(client, "Engineer")
    vector = [1.0] + [0.0] * 767
    row = {"job_id": job["id"], "user_id": me(client), "embedding": vector}
    client.table("job_embeddings").insert(row).execute()

    near: Any = client.rpc("match_jobs", {"query_embedding": vector, "match_count": 3}).execute()
    words: Any = client.rpc("search_jobs", {"words": "engineer"}).execute()

    assert [row["id"] for row in near.data] == [row["id"] for row in words.data] == [job["id"]]


def test_nobody_sees_or_writes_anothers_rows(
    client: Client, service: Client, server: TwinServer, keys: Keys
) -> None:
    [job] = add_jobs(client, "Engineer")
    with client_of(server, keys.anon) as other:
        other.auth.sign_up({"email": f"other.{me(client)}@example.com", "password": PASSWORD})
        seen = other.table("jobs").select("*").execute().data
        changed = other.table("jobs").update({"title": "x"}).eq("id", job["id"]).execute().data
        with pytest.raises(APIError) as refused:
            other.table("jobs").insert({**job, "id": me(other)}).execute()

    assert seen == changed == []
    assert refused.value.code == "42501"
    found = service.table("jobs").select("title").eq("id", job["id"]).execute()
    assert found.data == [{"title": "Engineer"}]


def test_refusals_have_code_message_and_hint(client: Client) -> None:
    with pytest.raises(APIError) as table:
        client.table("jobz").select("*").execute()
    with pytest.raises(APIError) as column:
        client.table("jobs").insert({"titel": "x"}).execute()

    assert table.value.code == "PGRST205"
    assert table.value.hint == "Perhaps you meant the table 'public.jobs'"
    assert (column.value.code, column.value.message) == (
        "PGRST204",
        "Could not find the 'titel' column of 'jobs' in the schema cache",
    )


def test_the_control_plane_tells_where_the_database_is(server: TwinServer, account: str) -> None:
    found = server.control.get("/_twin/supabase", params={"account_id": account}).json()

    with psycopg.connect(found["database"]) as connection:
        assert connection.execute("SELECT 1 FROM auth.users LIMIT 0").fetchall() == []
    assert server.control.get("/_twin/supabase", params={"account_id": "x"}).status_code == 404


def test_users_of_auth_are_in_the_database(
    client: Client, service: Client, server: TwinServer, account: str
) -> None:
    query = {"account_id": account}
    dsn = server.control.get("/_twin/supabase", params=query).json()["database"]
    other = service.auth.admin.create_user({"email": f"{me(client)}@b.de"}).user.id
    found = "SELECT id::text FROM auth.users WHERE id = ANY(%s::uuid[])"

    def known() -> set[str]:
        client.table("users").select("id").execute()
        with psycopg.connect(dsn) as connection:
            rows = connection.execute(found.encode(), ([me(client), other],)).fetchall()
            return {str(row[0]) for row in rows}

    assert known() == {me(client), other}
    service.auth.admin.delete_user(other)
    assert known() == {me(client)}


def test_an_account_that_is_gone_has_no_server(server: TwinServer) -> None:
    gone = server.create_account().id
    pid = server.control.get("/_twin/supabase", params={"account_id": gone}).json()["pid"]
    server.delete_account(gone)

    assert not psutil.pid_exists(pid)
