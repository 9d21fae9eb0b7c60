"""Schemas of every kind, from a real PostgreSQL into an empty D1."""

import pytest

from tests.migrating.conftest import Move

KINDS = """
CREATE TYPE mood AS ENUM ('happy', 'it''s');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TABLE kinds (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  big bigint, flag boolean DEFAULT true, price numeric(10, 2), half real, whole double precision,
  name text NOT NULL DEFAULT 'it''s', code uuid DEFAULT gen_random_uuid(),
  data jsonb DEFAULT '{}'::jsonb, tags text[] DEFAULT '{}', bytes bytea,
  born date, at timestamptz DEFAULT now(), clock timestamp, span interval, mood mood, few positive
);
INSERT INTO kinds (big, flag, price, half, whole, name, code, data, tags, bytes, born, at, clock,
                   span, mood, few)
VALUES (9007199254740993, true, 19.99, 0.1, 0.30000000000000004, E'Zoë\\n"x"',
        '6f1e7d4c-0000-4000-8000-000000000000', '{"a b": [1, 1.10, "c  d"]}', '{a,"b,c",NULL}',
        '\\x00ff', '2020-02-29', '2026-01-05 10:00:00.123456+01', '2026-01-05 09:00', '1 day',
        'it''s', 3),
       (NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, 'infinity', NULL, NULL,
        NULL, NULL);
"""


def test_every_type_arrives_as_d1_keeps_it(move: Move) -> None:
    move.source(KINDS)

    outcome = move()

    assert (outcome.code, outcome.report.get("refused")) == (0, []), outcome.err
    first, second = move.d1("SELECT * FROM kinds ORDER BY id")
    assert first[2:5] == [1, 19.99, 0.1]
    assert first[5:10] == [
        0.30000000000000004,
        'Zoë\n"x"',
        "6f1e7d4c-0000-4000-8000-000000000000",
        '{"a b":[1,1.10,"c  d"]}',
        '["a","b,c",null]',
    ]
    assert first[10:14] == [
        [0, 255],
        "2020-02-29",
        "2026-01-05T09:00:00.123456Z",
        "2026-01-05T09:00:00.000",
    ]
    assert first[14:] == ["P1D", "it's", 3]
    assert (second[1], second[12]) == (None, "infinity")
    assert move.d1("SELECT CAST(big AS TEXT) FROM kinds")[0] == ["9007199254740993"]


def test_what_is_made_keeps_to_defaults_and_rules(move: Move) -> None:
    move.source(KINDS)
    move.source(
        "CREATE TABLE child (a integer, b text, parent bigint REFERENCES kinds ON DELETE CASCADE,"
        " CHECK (a > 0 AND b IN ('x', 'y')), PRIMARY KEY (a, b));"
        "CREATE INDEX by_parent ON child (parent DESC) WHERE a > 1;"
    )
    assert move().code == 0

    move.d1("INSERT INTO kinds (id) VALUES (10)")
    (row,) = move.d1("SELECT flag, name, data, tags, length(code), at FROM kinds WHERE id = 10")
    assert row[:5] == [1, "it's", "{}", "[]", 36]
    assert row[5].endswith("Z")
    ((made,),) = move.d1("SELECT sql FROM sqlite_master WHERE name = 'child'")
    assert "CHECK (((\"a\" > 0) AND (\"b\" IN ('x', 'y'))))" in made
    assert 'REFERENCES "kinds" ("id") ON DELETE CASCADE' in made
    ((index,),) = move.d1("SELECT sql FROM sqlite_master WHERE name = 'by_parent'")
    assert index.endswith('ON "child" ("parent" DESC) WHERE ("a" > 1)')


def test_rows_that_d1_does_not_take_are_named(move: Move) -> None:
    move.source(
        "CREATE TABLE t (id integer PRIMARY KEY, x double precision, n numeric, s text);"
        "INSERT INTO t VALUES (1, 1, 1, 'a'), (2, 'NaN', 1, 'a'), (3, 1, 0.12345678901234567890,"
        " 'a'), (4, 1, 1, repeat('x', 2000001)), (5, 1, 1, repeat('y', 1999000));"
    )

    outcome = move()

    named = {one["key"]: one["reason"] for one in outcome.report["refused"]}
    assert (outcome.code, set(named)) == (1, {"2", "3", "4"})
    assert "REAL keeps" in named["3"]
    assert "2,000,000 at most" in named["4"]
    assert move.d1("SELECT id, length(s) FROM t") == [[1, 1], [5, 1_999_000]]
    assert outcome.table("t")["source_rows"] == 5


def test_a_row_that_breaks_the_targets_rule_is_named_and_the_others_arrive(move: Move) -> None:
    move.source(
        "CREATE TABLE t (id integer PRIMARY KEY, s text);"
        "INSERT INTO t SELECT n, CASE n WHEN 777 THEN 'bad' ELSE 'ok' END"
        " FROM generate_series(1, 1200) n"
    )
    move.d1("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT CHECK (s <> 'bad'))")

    outcome = move()

    assert [one["key"] for one in outcome.report["refused"]] == ["777"]
    assert "CHECK" in outcome.report["refused"][0]["reason"]
    assert move.d1("SELECT count(*) FROM t") == [[1199]]


def test_numerics_stay_whole_as_text(move: Move) -> None:
    move.source(
        "CREATE TABLE t (id integer PRIMARY KEY, n numeric);"
        "INSERT INTO t VALUES (1, 0.12345678901234567890), (2, 'NaN')"
    )

    assert move("--numeric", "text").code == 0
    assert move.d1("SELECT n FROM t ORDER BY id") == [["0.12345678901234567890"], ["NaN"]]


def test_tables_that_refer_to_each_other_in_a_circle_arrive(move: Move) -> None:
    move.source(
        "CREATE TABLE a (id integer PRIMARY KEY, b integer, next integer REFERENCES a);"
        "CREATE TABLE b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES a);"
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;"
        "INSERT INTO a VALUES (1, NULL, NULL), (2, NULL, NULL); INSERT INTO b VALUES (1, 2);"
        "UPDATE a SET b = 1, next = 3 - id"
    )

    first, second = move(), move()
    # As a run leaves it that is killed before the end.
    move.d1("UPDATE a SET b = NULL, next = NULL")
    third = move()

    assert (first.code, second.report["changes"]) == (0, 0), first.err
    assert (third.code, third.report["changes"]) == (0, 2)
    assert move.d1("SELECT * FROM a") == [[1, 1, 2], [2, 1, 1]]


def test_a_table_without_a_key_arrives_once(move: Move) -> None:
    move.source(
        "CREATE TABLE log (at timestamptz, what text);"
        "INSERT INTO log SELECT '2026-01-05', 'same' FROM generate_series(1, 700);"
        "INSERT INTO log VALUES (NULL, NULL)"
    )

    first, second = move(), move()
    move.d1("DELETE FROM log WHERE rowid < 11")
    third = move()

    assert (first.table("log")["inserted"], second.report["changes"]) == (701, 0)
    assert (third.table("log")["inserted"], third.code) == (10, 0)


def test_names_and_keys_are_data(move: Move) -> None:
    move.source(
        'CREATE TABLE "a ""b" ("x; --" text, "select" bytea, PRIMARY KEY ("x; --", "select"));'
        """INSERT INTO "a ""b" VALUES ('''; DROP TABLE x; --', '\\x00'), ('$[0]', '\\xff')"""
    )

    first, second = move(), move()

    assert (first.code, second.report["changes"]) == (0, 0), first.err
    assert move.d1('SELECT count(*) FROM "a ""b"') == [[2]]


def test_a_column_that_the_target_lacks_stops_everything(move: Move) -> None:
    move.source("CREATE TABLE t (id integer PRIMARY KEY, more text); INSERT INTO t VALUES (1)")
    move.d1("CREATE TABLE t (id INTEGER PRIMARY KEY)")

    refused, skipped = move(), move("--skip-column", "t.more")

    assert (refused.code, "t.more is not in D1's table" in refused.err) == (1, True)
    assert (skipped.code, "t.more is skipped" in skipped.report["notes"]) == (0, True)


def test_a_plan_writes_nothing(move: Move) -> None:
    move.source(KINDS)

    outcome = move("--plan")

    assert (outcome.code, outcome.report["faults"]) == (0, [])
    assert outcome.report["tables"][0]["columns"]["price"] == "REAL"
    assert move.d1("SELECT count(*) FROM sqlite_master WHERE name = 'kinds'") == [[0]]


def test_rows_that_a_policy_would_hide_are_an_error(move: Move) -> None:
    move.source(
        "CREATE TABLE t (id integer PRIMARY KEY); ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
        "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT SELECT ON t TO reader"
    )
    reader = Move(move.dsn.replace("user=postgres", "user=reader"), move.server, move.account)

    outcome = reader()
    move.source("DROP OWNED BY reader; DROP ROLE reader")

    assert outcome.code == 1
    assert "row-level security" in outcome.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--include", "none"), "the source has no table none"),
        (("--vectors", "t.v"), "TABLE.COLUMN=INDEX"),
        (("--bucket", "a"), "--bucket needs"),
        (("--schema", "nowhere"), "has no tables"),
    ],
)
def test_what_cannot_be_done_is_said(move: Move, options: tuple[str, ...], said: str) -> None:
    move.source("CREATE TABLE t (id integer PRIMARY KEY)")

    outcome = move(*options)

    assert outcome.code == 1
    assert said in outcome.err


@pytest.mark.parametrize(
    "dsn",
    ["postgresql://someone:hunter2hunter2@127.0.0.1:1/x", "hunter2hunter2"],
)
def test_secrets_are_not_shown(move: Move, dsn: str) -> None:
    outcome = Move(dsn, move.server, move.account)()

    assert outcome.code == 1
    assert "hunter2hunter2" not in outcome.err
    assert outcome.err.startswith("Error: ")


def test_an_api_that_is_not_cloudflares_is_said(move: Move) -> None:
    move.source("CREATE TABLE t (id integer PRIMARY KEY)")

    outcome = Move(move.dsn, move.server, move.account)("--api", f"{move.server.url}/nowhere")
    other = Move(move.dsn, move.server, move.account)("--api", f"{move.server.url}/_twin/health?")

    assert (outcome.code, other.code) == (1, 1)
    assert outcome.err.startswith("Error: ")
    assert "not Cloudflare's API" in other.err
