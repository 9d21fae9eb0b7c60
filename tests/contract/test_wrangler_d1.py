"""wrangler's D1 commands against the twin (`wrangler-wire` §2, §3)."""

from pathlib import Path

import pytest

from tests.contract.conftest import Wrangler

pytestmark = pytest.mark.wrangler


@pytest.fixture
def database(wrangler: Wrangler) -> str:
    """A database of one table with two rows."""
    wrangler("d1", "create", "shop")
    execute(wrangler, "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT)")
    execute(wrangler, "INSERT INTO goods (name) VALUES ('tea'), ('salt')")
    return "shop"


def execute(wrangler: Wrangler, sql: str) -> list[dict[str, object]]:
    outcome = wrangler("d1", "execute", "shop", "--remote", "--command", sql, "--json")
    rows: list[dict[str, object]] = outcome.json()[0]["results"]
    return rows


def names(wrangler: Wrangler) -> list[object]:
    return [row["name"] for row in execute(wrangler, "SELECT name FROM goods ORDER BY rowid")]


def test_whoami_names_the_account(wrangler: Wrangler) -> None:
    assert "Test account" in wrangler("whoami").out


def test_a_database_is_listed_described_and_deleted(wrangler: Wrangler, database: str) -> None:
    assert [row["name"] for row in wrangler("d1", "list", "--json").json()] == ["shop"]
    info = wrangler("d1", "info", "shop", "--json").json()
    assert (info["name"], info["num_tables"]) == ("shop", 1)

    wrangler("d1", "delete", "shop", "-y")
    assert wrangler("d1", "list", "--json").json() == []


def test_a_name_that_exists_is_refused(wrangler: Wrangler, database: str) -> None:
    refused = wrangler("d1", "create", "shop", fails=True)

    assert "already exists" in refused.out + refused.err


def test_a_command_returns_its_rows(wrangler: Wrangler, database: str) -> None:
    assert names(wrangler) == ["tea", "salt"]


def test_a_wrong_command_shows_sqlites_message(wrangler: Wrangler, database: str) -> None:
    refused = wrangler("d1", "execute", "shop", "--remote", "--command", "SELEC 1", fails=True)

    assert 'near "SELEC": syntax error' in refused.out + refused.err


def test_a_file_is_imported(wrangler: Wrangler, database: str, tmp_path: Path) -> None:
    (tmp_path / "more.sql").write_text("INSERT INTO goods (name) VALUES ('oil; \"virgin\"');\n")

    wrangler("d1", "execute", "shop", "--remote", "--file", "more.sql", "-y")

    assert names(wrangler) == ["tea", "salt", 'oil; "virgin"']


def test_a_file_with_an_error_changes_nothing(
    wrangler: Wrangler, database: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.sql").write_text("INSERT INTO goods (name) VALUES ('x');\nINSERT INTO no;\n")

    wrangler("d1", "execute", "shop", "--remote", "--file", "bad.sql", "-y", fails=True)

    assert names(wrangler) == ["tea", "salt"]


def test_an_export_imports_into_another_database(
    wrangler: Wrangler, database: str, tmp_path: Path
) -> None:
    wrangler("d1", "export", "shop", "--remote", "--output", "dump.sql")
    assert "INSERT INTO" in (tmp_path / "dump.sql").read_text()

    execute(wrangler, "DROP TABLE goods")
    wrangler("d1", "execute", "shop", "--remote", "--file", "dump.sql", "-y")

    assert names(wrangler) == ["tea", "salt"]


def test_time_travel_goes_back_and_forth(wrangler: Wrangler, database: str) -> None:
    before = wrangler("d1", "time-travel", "info", "shop", "--json").json()["bookmark"]
    execute(wrangler, "DELETE FROM goods WHERE name = 'tea'")

    restored = wrangler(
        "d1", "time-travel", "restore", "shop", "--bookmark", before, "--json"
    ).json()
    assert names(wrangler) == ["tea", "salt"]

    undo = restored["previous_bookmark"]
    wrangler("d1", "time-travel", "restore", "shop", "--bookmark", undo, "--json")
    assert names(wrangler) == ["salt"]


def test_migrations_are_listed_and_applied_once(wrangler: Wrangler, tmp_path: Path) -> None:
    created = wrangler("d1", "create", "shop").out
    database_id = created.split('"database_id": "')[-1].split('"')[0]
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_goods.sql").write_text("CREATE TABLE goods (name TEXT);")
    (tmp_path / "wrangler.toml").write_text(
        'name = "shop"\n[[d1_databases]]\nbinding = "DB"\ndatabase_name = "shop"\n'
        f'database_id = "{database_id}"\n'
    )

    assert "0001_goods.sql" in wrangler("d1", "migrations", "list", "shop", "--remote").out
    wrangler("d1", "migrations", "apply", "shop", "--remote")

    assert "No migrations to apply" in wrangler("d1", "migrations", "list", "shop", "--remote").out
    assert names(wrangler) == []
