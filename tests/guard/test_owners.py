"""Whose tables are: found by names, foreign keys and triggers, or declared."""

from typing import Any

import pytest

from emulator.guard.owners import Owners, Ownership, Through
from tests.guard.schemas import named, schema_of


def owners(script: str, **declared: Any) -> dict[str, Ownership]:
    return dict(Owners.of(schema_of(script), declared).tables)


def test_jobmatchs_tables_have_the_owners_they_are_meant_to() -> None:
    _, found = named("jobmatch")

    assert found["users"].columns == ("id",)
    assert found["jobs"].columns == found["email_history"].columns == ("user_id",)
    assert found["spam_reports"].columns == ("reporter_user_id",)
    assert {one.table for one in found["job_duplicates"].parents} == {"jobs"}
    assert found["jobs_fts"].parents[0] == Through("rowid", "jobs", "rowid")
    assert found["users_fts"].columns == ("user_id",)
    shared = {"canonical_job_metadata", "failed_login_attempts", "account_lockouts"}
    assert not shared & found.tables.keys()


@pytest.mark.parametrize("column", ["userId", "owner_id", "ACCOUNT_ID", "uid", "assigned_user_id"])
def test_an_owner_column_is_known_by_its_name(column: str) -> None:
    found = owners(f"CREATE TABLE things (id INTEGER PRIMARY KEY, {column} TEXT)")

    assert found == {"things": Ownership((column.lower(),))}


def test_a_tenants_column_is_an_owner_where_nothing_has_members() -> None:
    found = owners("CREATE TABLE things (id TEXT PRIMARY KEY, workspace_id TEXT)")

    assert found["things"].columns == ("workspace_id",)


def test_what_has_members_is_a_parent() -> None:
    _, found = named("organisations")

    assert found["organisations"] == Ownership()
    assert found["projects"].parents == (Through("org_id", "organisations", "id"),)
    assert found["members"].grants == (Through("org_id", "organisations", "id"),)


def test_children_of_children_are_owned() -> None:
    _, found = named("chats")

    assert found["attachments"].parents == (Through("message_id", "messages", "rowid"),)


def test_who_touched_a_row_is_not_its_owner() -> None:
    found = owners("""
    CREATE TABLE users (id TEXT PRIMARY KEY);
    CREATE TABLE pages (id TEXT PRIMARY KEY, checked_by TEXT REFERENCES users (id));
    """)

    assert found.keys() == {"users"}


def test_declared_owners_win() -> None:
    script = """
    CREATE TABLE orders (id TEXT PRIMARY KEY, user_id TEXT, buyer TEXT);
    CREATE TABLE items (id TEXT PRIMARY KEY, "order" TEXT);
    CREATE TABLE helpers (who TEXT, order_id TEXT);
    CREATE TABLE countries (code TEXT PRIMARY KEY, owner TEXT);
    """

    found = owners(
        script,
        owners={"Orders": "buyer", "items": ["order -> orders.id"], "helpers": "who", "gone": "x"},
        grants={"helpers": "order_id -> orders.id"},
        shared=["countries"],
    )

    assert found == {
        "orders": Ownership(("buyer",)),
        "items": Ownership(parents=(Through("order", "orders", "id"),)),
        "helpers": Ownership(("who",), (), (Through("order_id", "orders", "id"),)),
    }


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"owners": ["notes"]}, "[guard] owners: tables and their columns are wanted"),
        ({"owners": {"notes": 1}}, "[guard] owners.notes: 1 is neither"),
        ({"grants": {"notes": "a -> b"}}, "[guard] grants.notes: 'a -> b' is neither"),
        ({"shared": "notes"}, "[guard] shared: a list of names is wanted"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    declared: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match="guard") as refused:
        owners("", **declared)

    assert str(refused.value).startswith(said)
