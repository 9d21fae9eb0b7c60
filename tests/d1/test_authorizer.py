"""What SQL is refused; each case was compared with workerd 2026-11-17."""

from pathlib import Path

import pytest

from emulator.d1.authorizer import TRANSACTION_REFUSAL
from emulator.d1.database import D1Database
from emulator.d1.errors import QueryFailed

NOT_AUTHORIZED = "not authorized: SQLITE_AUTH"


def refusal(database: D1Database, sql: str) -> str:
    with pytest.raises(QueryFailed) as caught:
        database.execute(sql)
    return str(caught.value)


@pytest.mark.parametrize(
    "sql", ["BEGIN", "begin immediate", "COMMIT", "ROLLBACK", "SAVEPOINT x", "RELEASE x"]
)
def test_transactions_are_refused_in_any_call(database: D1Database, sql: str) -> None:
    assert refusal(database, sql) == TRANSACTION_REFUSAL
    assert refusal(database, f"SELECT 1; {sql}") == TRANSACTION_REFUSAL


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH 'x' AS y",
        "DETACH y",
        "CREATE TEMP TABLE t(x)",
        "CREATE TABLE temp.t(x)",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE VIRTUAL TABLE f USING fts4(x)",
        "CREATE VIRTUAL TABLE r USING rtree(a, b, c)",
        "CREATE TABLE _cf_x(a)",
        "CREATE TABLE _CF_x(a)",
        "CREATE VIEW _cf_v AS SELECT 1",
        "CREATE INDEX _cf_i ON a(x)",
        "CREATE TRIGGER _cf_t AFTER INSERT ON a BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE _cf_f USING fts5(x)",
        "CREATE TABLE _cf_c AS SELECT 1",
        "ALTER TABLE a RENAME TO _cf_a",
        "DROP TABLE _cf_KV",
        "INSERT INTO _cf_KV VALUES ('a', 'b')",
        "DELETE FROM _cf_kv",
    ],
)
def test_what_d1_keeps_to_itself_is_refused(database: D1Database, sql: str) -> None:
    database.execute("CREATE TABLE a(x)")

    assert refusal(database, sql) == NOT_AUTHORIZED
    assert database.execute("SELECT count(*) FROM a")[0].rows == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM _cf_KV",
        "WITH q AS (SELECT * FROM _cf_KV) SELECT * FROM q",
        "SELECT 1 WHERE EXISTS (SELECT key FROM _cf_KV)",
        "CREATE VIEW v AS SELECT * FROM _cf_KV; SELECT * FROM v",
    ],
)
def test_d1s_own_table_is_listed_but_not_readable(database: D1Database, sql: str) -> None:
    listed = database.execute("SELECT name FROM sqlite_master")[0].rows

    assert listed == [("_cf_KV",)]
    assert refusal(database, sql) == "access to _cf_KV.key is prohibited: SQLITE_AUTH"


@pytest.mark.parametrize(
    "name",
    "ceiling log10 power json_pretty json_error_position sqlite_version sqlite_source_id"
    " unistr if".split(),
)
def test_a_function_off_the_list_is_refused(database: D1Database, name: str) -> None:
    arguments = {"if": "1, 2, 3", "power": "1, 2"}.get(name, "1")
    arguments = "" if name.startswith("sqlite") else arguments

    assert (
        refusal(database, f"SELECT {name}({arguments})")
        == f"not authorized to use function: {name} at offset 7: SQLITE_ERROR"
    )


def test_functions_on_the_list_work(database: D1Database) -> None:
    sql = "SELECT ceil(1.5), pow(2, 3), iif(1, 2, 3), json('[1]'), '{}' ->> '$', unhex('41')"

    assert database.execute(sql)[0].rows == [(2.0, 8.0, 2, "[1]", "{}", b"A")]


@pytest.mark.parametrize(
    "pragma",
    "user_version journal_mode integrity_check cache_size encoding writable_schema=1"
    " page_size=512 function_list compile_options database_list defer_foreign_keys=maybe"
    " table_info wal_checkpoint".split(),
)
def test_a_pragma_off_the_list_is_refused(database: D1Database, pragma: str) -> None:
    assert refusal(database, f"PRAGMA {pragma}") == NOT_AUTHORIZED


def test_a_pragma_off_the_list_is_refused_as_a_table_too(database: D1Database) -> None:
    assert refusal(database, "SELECT * FROM pragma_user_version") == NOT_AUTHORIZED


@pytest.mark.parametrize(
    "pragma",
    "table_list table_info(a) table_xinfo(a) index_list(a) foreign_key_list(a) foreign_key_check"
    " quick_check quick_check(a) data_version page_size optimize optimize(0x10002)"
    " case_sensitive_like foreign_keys=off main.table_info(a)".split(),
)
def test_a_pragma_on_the_list_works(database: D1Database, pragma: str) -> None:
    database.execute("CREATE TABLE a(x)")

    assert len(database.execute(f"PRAGMA {pragma}")) == 1


def test_a_pragma_lasts_for_its_call_only(database: D1Database) -> None:
    within = database.execute("PRAGMA case_sensitive_like = on; SELECT 'a' LIKE 'A'")
    after = database.execute("SELECT 'a' LIKE 'A'")

    assert (within[1].rows, after[0].rows) == ([(0,)], [(1,)])


def test_foreign_keys_cannot_be_switched_off(database: D1Database) -> None:
    results = database.execute("PRAGMA foreign_keys = off; PRAGMA foreign_keys")

    assert results[1].rows == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM dbstat",
        "SELECT * FROM generate_series(1, 3)",
        "SELECT median(1)",
        "SELECT geopoly_area('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT fts3_tokenizer('simple')",
    ],
)
def test_what_workerds_sqlite_lacks_is_absent_here(database: D1Database, sql: str) -> None:
    assert refusal(database, sql).startswith("no such ")


def test_full_text_search_works_and_its_shadow_tables_are_safe(database: D1Database) -> None:
    database.execute("CREATE VIRTUAL TABLE f USING fts5(x)")
    database.execute("INSERT INTO f VALUES ('hello world')")

    found = database.execute("SELECT highlight(f, 0, '<', '>') FROM f WHERE f MATCH 'hello'")

    assert found[0].rows == [("<hello> world",)]
    assert refusal(database, "DELETE FROM f_data") == (
        "table f_data may not be modified: SQLITE_ERROR"
    )


def test_files_stay_out_of_reach(database: D1Database, tmp_path: Path) -> None:
    target = tmp_path / "stolen"

    assert "VACUUM" in refusal(database, f"VACUUM INTO '{target}'")
    assert refusal(database, f"ATTACH '{target}' AS x") == NOT_AUTHORIZED
    assert refusal(database, f"SELECT load_extension('{target}')") == (
        "not authorized: SQLITE_ERROR"
    )
    assert not target.exists()


@pytest.mark.parametrize("sql", ["ANALYZE", "REINDEX", "EXPLAIN SELECT 1", "PRAGMA optimize"])
def test_maintenance_is_allowed(database: D1Database, sql: str) -> None:
    database.execute("CREATE TABLE a(x); CREATE INDEX i ON a(x); INSERT INTO a VALUES (1)")

    assert len(database.execute(sql)) == 1
