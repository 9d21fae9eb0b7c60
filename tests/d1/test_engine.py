"""Values, error texts and limits of the SQL engine, as workerd has them."""

import apsw
import pytest

from emulator.core.errors import CloudflareError
from emulator.d1.database import D1Database
from emulator.d1.errors import QueryFailed, ResultTooLarge, WrongParameters

TABLE = "CREATE TABLE t(id INTEGER PRIMARY KEY, n TEXT NOT NULL CHECK(length(n) > 1) UNIQUE)"


def value(database: D1Database, sql: str, *params: object) -> object:
    """The first value of the last result."""
    return database.execute(sql, list(params))[-1].rows[0][0]  # type: ignore[arg-type]


def refusal(database: D1Database, sql: str, *params: object) -> str:
    with pytest.raises(CloudflareError) as caught:
        database.execute(sql, list(params))  # type: ignore[arg-type]
    return str(caught.value)


# Every text was compared with workerd 2026-11-17.
@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELEC 1", 'near "SELEC": syntax error at offset 0: SQLITE_ERROR'),
        ("SELECT", "incomplete input: SQLITE_ERROR"),
        ("SELECT * FROM nope", "no such table: nope: SQLITE_ERROR"),
        ("SELECT nope", "no such column: nope at offset 7: SQLITE_ERROR"),
        ("SELECT 'ééé', nope", "no such column: nope at offset 17: SQLITE_ERROR"),
        ("SELECT 'abc", 'unrecognized token: "\'abc" at offset 7: SQLITE_ERROR'),
        ("SELECT abs(-9223372036854775808)", "integer overflow: SQLITE_ERROR"),
        ("SELECT json('x{')", "malformed JSON: SQLITE_ERROR"),
        ("", "No SQL statements detected."),
        ("-- nothing", "No SQL statements detected."),
        ("SELECT 1 \0 x", "SQL code did not contain a statement."),
    ],
)
def test_a_bad_statement_is_refused_in_the_engines_words(
    database: D1Database, sql: str, text: str
) -> None:
    assert refusal(database, sql) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ("1, 'xx'", "UNIQUE constraint failed: t.id: SQLITE_CONSTRAINT"
         " (extended: SQLITE_CONSTRAINT_PRIMARYKEY)"),
        ("2, 'ab'", "UNIQUE constraint failed: t.n: SQLITE_CONSTRAINT"
         " (extended: SQLITE_CONSTRAINT_UNIQUE)"),
        ("2, NULL", "NOT NULL constraint failed: t.n: SQLITE_CONSTRAINT"
         " (extended: SQLITE_CONSTRAINT_NOTNULL)"),
        ("2, 'a'", "CHECK constraint failed: length(n) > 1: SQLITE_CONSTRAINT"
         " (extended: SQLITE_CONSTRAINT_CHECK)"),
    ],
)  # fmt: skip
def test_a_broken_constraint_names_its_extended_code(
    database: D1Database, values: str, text: str
) -> None:
    database.execute(f"{TABLE}; INSERT INTO t VALUES (1, 'ab')")

    assert refusal(database, f"INSERT INTO t VALUES ({values})") == text


def test_a_broken_foreign_key_is_refused_at_once_or_at_the_end(database: D1Database) -> None:
    database.execute("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p)")
    text = (
        "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)"
    )

    assert refusal(database, "INSERT INTO c VALUES (9)") == text
    assert refusal(database, "PRAGMA defer_foreign_keys = on; INSERT INTO c VALUES (9)") == text
    assert value(database, "SELECT count(*) FROM c") == 0


def test_deferred_foreign_keys_may_be_mended_in_the_same_call(database: D1Database) -> None:
    database.execute("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p)")

    database.execute(
        "PRAGMA defer_foreign_keys = on; INSERT INTO c VALUES (9); INSERT INTO p VALUES (9)"
    )

    assert value(database, "SELECT count(*) FROM c") == 1


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (f"SELECT '{'x' * 100_000}'", "statement too long: SQLITE_TOOBIG"),
        (f"SELECT {', '.join('?' * 101)}",
         "too many SQL variables at offset 307: SQLITE_ERROR"),
        ("SELECT length(zeroblob(2000001))", "string or blob too big: SQLITE_TOOBIG"),
        ("SELECT randomblob(1e9)", "string or blob too big: SQLITE_TOOBIG"),
        (f"CREATE TABLE big({', '.join(f'c{n}' for n in range(101))})",
         "too many columns on big: SQLITE_ERROR"),
        (f"SELECT 1 LIKE '{'a' * 51}'", "LIKE or GLOB pattern too complex: SQLITE_ERROR"),
        (" UNION ALL ".join(["SELECT 1"] * 6),
         "too many terms in compound SELECT: SQLITE_ERROR"),
        ("SELECT 1" + "+1" * 150,
         "Expression tree is too large (maximum depth 100): SQLITE_ERROR"),
    ],
)  # fmt: skip
def test_a_limit_is_refused_in_the_engines_words(database: D1Database, sql: str, text: str) -> None:
    assert refusal(database, sql) == text


def test_what_is_just_within_the_limits_is_accepted(database: D1Database) -> None:
    assert value(database, "SELECT length(zeroblob(2000000))") == 2_000_000
    assert len(database.execute(" UNION ALL ".join(["SELECT 1"] * 5))[0].rows) == 5
    assert len(database.execute(f"VALUES {', '.join(['(1)'] * 600)}")[0].rows) == 600
    assert value(database, f"SELECT {', '.join('?' * 100)}", *range(100)) == 0


def test_numbers_bind_as_doubles_as_javascript_sends_them(database: D1Database) -> None:
    assert value(database, "SELECT typeof(?)", 1) == "real"
    assert value(database, "SELECT typeof(?)", True) == "real"
    assert value(database, "SELECT 7 / ?", 2) == 3.5


def test_an_array_of_numbers_binds_as_a_blob(database: D1Database) -> None:
    assert value(database, "SELECT ?", [1, 2, 255]) == b"\x01\x02\xff"


def test_an_integer_column_makes_a_bound_number_whole(database: D1Database) -> None:
    database.execute("CREATE TABLE n(i INTEGER)")
    database.execute("INSERT INTO n VALUES (?)", [5])

    assert value(database, "SELECT typeof(i) FROM n") == "integer"


@pytest.mark.parametrize(("sql", "count"), [("SELECT ?", 0), ("SELECT 1", 1), ("SELECT ?5", 1)])
def test_a_wrong_number_of_parameters_is_refused(
    database: D1Database, sql: str, count: int
) -> None:
    with pytest.raises(WrongParameters):
        database.execute(sql, [1] * count)


def test_text_that_is_not_utf8_is_read_with_replacements(database: D1Database) -> None:
    row = database.execute("SELECT CAST(x'61ff62' AS TEXT), x'ff', 5, NULL, 'é'")[0].rows[0]

    assert row == ("a\ufffdb", b"\xff", 5, None, "é")


def test_a_hundred_columns_that_are_not_utf8_are_read_too(database: D1Database) -> None:
    values = ", ".join(["CAST(x'ff' AS TEXT)"] * 100)

    assert database.execute(f"SELECT {values}")[0].rows == [("\ufffd",) * 100]
    assert "too many columns" in refusal(database, f"SELECT {values}, 1")


@pytest.mark.parametrize(
    "row", ["n", "hex(zeroblob(900000))", "CASE n > 900 WHEN 1 THEN zeroblob(1999999) END"]
)
def test_a_result_that_does_not_fit_in_memory_is_refused(database: D1Database, row: str) -> None:
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"

    with pytest.raises(ResultTooLarge):
        database.execute(f"{endless} SELECT {row} FROM c")


def test_a_changed_schema_changes_the_columns_of_a_known_statement(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a)")
    before = database.execute("SELECT * FROM t")[0].columns

    database.execute("ALTER TABLE t ADD COLUMN b")

    assert (before, database.execute("SELECT * FROM t")[0].columns) == (("a",), ("a", "b"))


def test_a_schema_change_undone_is_forgotten(database: D1Database) -> None:
    with pytest.raises(QueryFailed):
        database.execute("CREATE TABLE t(a, b); SELECT * FROM t; SELECT nope")
    database.execute("CREATE TABLE t(a)")

    assert database.execute("SELECT * FROM t")[0].columns == ("a",)


def test_many_different_statements_do_not_pile_up(database: D1Database) -> None:
    for number in range(1_100):
        database.execute(f"SELECT {number}")

    assert value(database, "SELECT 1099") == 1099


def test_size_grows_with_the_data_and_is_whole_pages(database: D1Database) -> None:
    database.execute("CREATE TABLE t(a)")
    before = database.size()

    database.execute("INSERT INTO t VALUES (zeroblob(100000))")

    assert before.tables == 1
    assert database.size().bytes >= before.bytes + 24 * 4096
    assert database.size().bytes % 4096 == 0


def test_what_the_twin_may_run_stays_refused_to_others(database: D1Database) -> None:
    database.execute("CREATE TABLE u(a)")
    with database.exclusive() as connection:
        # Both have just been run, and are remembered as prepared.
        for sql in ("BEGIN IMMEDIATE", "COMMIT"):
            with pytest.raises(apsw.AuthError):
                connection.execute(sql)
