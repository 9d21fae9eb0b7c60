"""A dump makes the database again, whatever is in it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.clock import ManualClock
from emulator.core.settings import Settings
from emulator.d1.database import D1Database
from emulator.d1.dump import DumpOptions, write_dump
from emulator.d1.engine import quoted
from emulator.d1.models import Value
from emulator.d1.script import run_script
from emulator.d1.transfer_errors import VirtualTables


def dump_of(database: D1Database, options: DumpOptions | None = None) -> str:
    target = database.path.with_suffix(".sql")
    write_dump(database.path, target, options or DumpOptions())
    return target.read_text()


def test_a_dump_looks_like_d1s(database: D1Database) -> None:
    database.execute(
        'CREATE TABLE t (id INTEGER PRIMARY KEY, "o\'clock" TEXT, b BLOB, r REAL);'
        "INSERT INTO t VALUES (1, 'it''s', x'00ff', 0.1), (2, NULL, NULL, 1e300);"
        "CREATE INDEX i ON t(r)"
    )

    assert dump_of(database) == (
        "PRAGMA defer_foreign_keys=TRUE;\n"
        'CREATE TABLE t (id INTEGER PRIMARY KEY, "o\'clock" TEXT, b BLOB, r REAL);\n'
        'INSERT INTO "t" ("id","o\'clock","b","r") VALUES(1,\'it\'\'s\',X\'00FF\',0.1);\n'
        'INSERT INTO "t" ("id","o\'clock","b","r") VALUES(2,NULL,NULL,1.0e+300);\n'
        "CREATE INDEX i ON t(r);\n"
    )


def test_tables_come_after_those_they_refer_to(database: D1Database) -> None:
    database.execute(
        "CREATE TABLE child (p REFERENCES parent(id));"
        "CREATE TABLE parent (id PRIMARY KEY, g REFERENCES Grand(id));"
        "CREATE TABLE grand (id PRIMARY KEY);"
        "INSERT INTO grand VALUES (1); INSERT INTO parent VALUES (1, 1);"
        "INSERT INTO child VALUES (1)"
    )

    created = [line.split()[2] for line in dump_of(database).splitlines() if "CREATE" in line]

    assert created == ["grand", "parent", "child"]


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (DumpOptions(no_data=True), {"CREATE TABLE t", "CREATE TABLE u", "CREATE INDEX i"}),
        (DumpOptions(no_schema=True), {'INSERT INTO "t"', 'INSERT INTO "u"'}),
        (DumpOptions(tables={"u"}), {"CREATE TABLE u", 'INSERT INTO "u"'}),
    ],
)
def test_options_leave_out(database: D1Database, options: DumpOptions, kept: set[str]) -> None:
    database.execute("CREATE TABLE t (a); CREATE TABLE u (a); CREATE INDEX i ON t(a)")
    database.execute("INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)")

    lines = dump_of(database, options).splitlines()[1:]

    assert {" ".join(line.split()[:3]) for line in lines} == kept


def test_a_database_with_full_text_search_is_refused(database: D1Database) -> None:
    database.execute("CREATE TABLE t (a); CREATE VIRTUAL TABLE f USING fts5(x)")

    with pytest.raises(VirtualTables, match="cannot export databases with Virtual Tables"):
        dump_of(database)
    assert "CREATE TABLE t" in dump_of(database, DumpOptions(tables={"t"}))


SCHEMAS = [
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a REAL, b NUMERIC)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY, b ANY) STRICT",
    "CREATE TABLE t (id TEXT PRIMARY KEY, a, b INTEGER) WITHOUT ROWID",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a, g AS (length(a)), b, h AS (a || b) STORED)",
]
EXTRAS = [
    "CREATE INDEX i ON t(a) WHERE b IS NOT NULL",
    "CREATE UNIQUE INDEX u ON t(id, a COLLATE NOCASE)",
    'CREATE VIEW v AS SELECT a, \'x;y\' AS "quo""ted" FROM t',
    "CREATE TRIGGER r AFTER UPDATE ON t BEGIN SELECT 1; UPDATE t SET a = NULL WHERE 0; END",
    "CREATE VIEW w AS SELECT 1 AS n;"
    " CREATE TRIGGER o INSTEAD OF INSERT ON w BEGIN DELETE FROM t WHERE 0; END",
    'CREATE TABLE "odd \' ""name" ("a b" PRIMARY KEY, "c""d" REFERENCES t(id))',
    "CREATE TABLE x (id PRIMARY KEY, y REFERENCES y(id));"
    " CREATE TABLE y (id PRIMARY KEY, x REFERENCES x(id));"
    " PRAGMA defer_foreign_keys = ON;"
    " INSERT INTO x VALUES (1, 2); INSERT INTO y VALUES (2, 1)",
    "CREATE TABLE self (id INTEGER PRIMARY KEY, up REFERENCES self(id)); INSERT INTO self"
    " VALUES (1, NULL), (2, 1)",
]
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.sampled_from(["", "'", "''", "a\0b", "--", "/*", ";", "\n", "1", "1.0", "x'00'"]),
    st.binary(max_size=20),
)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=8)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SCHEMAS), st.sets(st.sampled_from(EXTRAS)), ROWS)
def test_a_dump_imports_to_the_same_database(
    schema: str, extras: set[str], rows: list[tuple[Value, Value]]
) -> None:
    with two_databases() as (original, copy):
        original.execute(schema)
        for number, (a, b) in enumerate(rows):
            insert = "INSERT INTO t (id, a, b) VALUES (?, ?, ?)"
            original.execute(insert, (number * 7, list(a) if type(a) is bytes else a, b))
        original.execute("DELETE FROM t WHERE id = 42 AND typeof(id) = 'integer'")
        for extra in sorted(extras):
            original.execute(extra)
        dump = original.path.with_suffix(".sql")
        write_dump(original.path, dump, DumpOptions())

        run_script(copy, dump)

        assert content_of(copy) == content_of(original)


@contextmanager
def two_databases() -> Iterator[tuple[D1Database, D1Database]]:
    with tempfile.TemporaryDirectory() as name:
        pair = [
            D1Database(label, "WEUR", Path(name) / f"{label}.sqlite", Settings(), ManualClock())
            for label in ("a", "b")
        ]
        yield pair[0], pair[1]
        for database in pair:
            database.close()


def content_of(database: D1Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows with their types, and the schema, of everything that is not SQLite's own."""
    with database.exclusive():
        connection = apsw.Connection(str(database.path), apsw.SQLITE_OPEN_READONLY)
        schema = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2"
        ).fetchall()
        tables = [str(name) for kind, name, _, _ in schema if kind == "table"]
        content = {"": schema}
        for table in tables:
            columns = connection.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))
            values = ",".join(exactly(quoted(str(name))) for (name,) in columns)
            sql = f"SELECT {values} FROM {quoted(table)}"
            content[table] = connection.execute(sql).fetchall()
        connection.close()
        return content


def exactly(column: str) -> str:
    """A value's type, its bytes and its number: 1 and 1.0 are equal, text may not be UTF-8."""
    return f"typeof({column}), hex({column}), iif(typeof({column}) = 'real', {column}, 0)"


def test_text_that_is_not_utf_8_survives(tmp_path: Path) -> None:
    with two_databases() as (original, copy):
        original.execute("CREATE TABLE t (a)")
        original.execute("INSERT INTO t VALUES (CAST(? AS TEXT))", ([255, 65],))
        write_dump(original.path, tmp_path / "dump", DumpOptions())

        run_script(copy, tmp_path / "dump")

        rows = copy.execute("SELECT typeof(a), hex(a) FROM t")[0].rows
        assert rows == [("text", "FF41")]
