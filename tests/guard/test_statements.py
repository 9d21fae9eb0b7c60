"""The rules by examples. The labelled set, which measures them, is written apart from these."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.guard.owners import Owners
from emulator.guard.statements import Audit, audit
from tests.guard.schemas import schema_of

SCHEMA = schema_of("""
CREATE TABLE people (id TEXT PRIMARY KEY, mail TEXT UNIQUE);
CREATE TABLE plants (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES people (id), name TEXT, slug TEXT,
  shelf_id TEXT, UNIQUE (user_id, slug)
);
CREATE TABLE leaves (
  id INTEGER PRIMARY KEY, plant_id TEXT NOT NULL REFERENCES plants (id) ON DELETE CASCADE, size REAL
);
CREATE TABLE waterings (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, plant_id TEXT, litres REAL);
CREATE TABLE species (name TEXT PRIMARY KEY);
CREATE VIRTUAL TABLE plants_fts USING fts5 (name);
CREATE VIRTUAL TABLE words USING fts5vocab (plants_fts, 'row');
CREATE TRIGGER planted AFTER INSERT ON plants BEGIN
  INSERT INTO plants_fts (rowid, name) VALUES (new.rowid, new.name);
END;
CREATE TRIGGER unplanted AFTER DELETE ON plants BEGIN
  DELETE FROM plants_fts WHERE rowid = old.rowid;
  DELETE FROM waterings WHERE user_id = old.user_id AND plant_id = old.id;
END;
CREATE TRIGGER renamed AFTER UPDATE OF slug ON plants BEGIN
  UPDATE waterings SET litres = 0 WHERE plant_id = old.id;
END;
""")
OWNERS = Owners.of(SCHEMA, {})


def audited(sql: str) -> Audit:
    return audit(sql, SCHEMA, OWNERS)


def rules(sql: str) -> list[tuple[str, str]]:
    return [(found.rule.removeprefix("tenancy/"), found.table) for found in audited(sql).findings]


CLEAN = [
    "SELECT * FROM plants WHERE user_id = ?",
    "SELECT * FROM species",
    "SELECT * FROM people WHERE id = :me",
    "SELECT * FROM plants p JOIN waterings w ON w.user_id = p.user_id WHERE w.user_id = ?",
    "SELECT * FROM leaves WHERE plant_id IN (SELECT id FROM plants WHERE user_id = ?)",
    "SELECT p.* FROM plants_fts f JOIN plants p ON p.rowid = f.rowid"
    " WHERE plants_fts MATCH ? AND p.user_id = ?",
    "SELECT p.* FROM plants_fts('fern') f JOIN plants p ON p.rowid = f.rowid WHERE p.user_id = ?",
    "INSERT INTO plants (id, user_id, name) VALUES (?, ?, ?)",
    "INSERT INTO plants (id, user_id, slug) VALUES (?, ?, ?)"
    " ON CONFLICT (user_id, slug) DO UPDATE SET name = excluded.name"
    " ON CONFLICT (id) DO NOTHING",
    "INSERT INTO plants_fts (plants_fts) VALUES ('rebuild')",
    "DELETE FROM plants WHERE id = ? AND user_id = ? RETURNING id",
    "UPDATE plants SET user_id = ?1, name = ?2 WHERE user_id = ?1",
    "UPDATE OR REPLACE plants SET name = ? WHERE user_id = ?",
    "VALUES (1, 2)",
    "PRAGMA foreign_key_list(plants)",
    "DROP TABLE plants",
    "EXPLAIN SELECT * FROM plants",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("sql", CLEAN)
def test_clean(sql: str) -> None:
    assert rules(sql) == []


FOUND = [
    ("SELECT * FROM plants", [("unbound-read", "plants")]),
    ("SELECT * FROM plants WHERE user_id = 'me'", [("literal-owner", "plants")]),
    ("SELECT * FROM people WHERE mail = ?", [("unbound-read", "people")]),
    ("SELECT term FROM words", [("unbound-read", "words")]),
    ("SELECT * FROM plants_fts_content", [("unbound-read", "plants_fts_content")]),
    ("SELECT c0 FROM plants_fts WHERE plants_fts MATCH ?", [("unbound-read", "plants_fts")]),
    ("UPDATE plants SET name = ?", [("unbound-change", "plants")]),
    ("DELETE FROM plants WHERE id = ?", [("unbound-change", "plants")]),
    ("INSERT INTO plants (id, name) VALUES (?, ?)", [("insert-without-owner", "plants")]),
    ("INSERT INTO plants (id, user_id) VALUES (?, 'me')", [("literal-owner", "plants")]),
    ("INSERT INTO leaves (plant_id, size) VALUES (?, ?)", [("unproven-parent", "leaves")]),
    ("UPDATE plants SET user_id = ? WHERE user_id = ?", [("owner-changed", "plants")]),
    ("REPLACE INTO plants (id, user_id) VALUES (?, ?)", [("replace", "plants")]),
    ("UPDATE OR REPLACE plants SET id = ? WHERE user_id = ?", [("replace", "plants")]),
    (
        "INSERT INTO plants (id, user_id, slug) VALUES (?, ?, ?)"
        " ON CONFLICT (user_id, slug) DO NOTHING ON CONFLICT (id) DO UPDATE SET name = 'x'",
        [("upsert", "plants")],
    ),
    # The body of a trigger goes by the plant alone.
    ("UPDATE plants SET slug = ? WHERE user_id = ?", [("unbound-change", "waterings")]),
    # As SQLite would: by words alone where the text is not understood.
    (
        "SELECT FROM plants WHERE ((",
        [("not-understood", "plants"), ("unbound-read", "plants")],
    ),
    ("SELECT FROM plants WHERE user_id = ? ((", [("not-understood", "plants")]),
]


@pytest.mark.parametrize(("sql", "found"), FOUND)
def test_found(sql: str, found: list[tuple[str, str]]) -> None:
    assert rules(sql) == found


def test_a_finding_says_what_and_how_to_mend_it() -> None:
    (found,) = audited("SELECT * FROM plants AS p WHERE p.id = ?").findings

    assert (found.severity, found.alias) == ("error", "p")
    assert found.message == "reads rows of plants (p) whoever owns them."
    assert found.fix == "Add `p.user_id = ?` with the caller's id, on every path."


def test_a_triggers_finding_names_it() -> None:
    (found,) = audited("UPDATE plants SET slug = ? WHERE user_id = ?").findings

    assert found.message == "Trigger renamed: changes rows of waterings whoever owns them."


def test_a_comment_accepts_a_statement_and_its_findings_stay() -> None:
    verdict = audited("DELETE FROM plants -- tenancy: all, the nightly clean-up")

    assert verdict.accepted == "the nightly clean-up"
    assert verdict.findings
    assert audited("SELECT '-- tenancy: all' FROM plants").accepted is None


def test_predicates_say_where_they_are() -> None:
    sql = (
        "SELECT * FROM plants p JOIN waterings AS w ON w.user_id = p.user_id"
        " WHERE (p.user_id = ?1) AND p.name LIKE ?2"
    )

    predicates = audited(sql).predicates

    assert {(p.table, sql[p.start : p.end], p.on_parameter) for p in predicates} == {
        ("plants", "p.user_id = ?1", True),
        ("plants", "w.user_id = p.user_id", False),
        ("waterings", "w.user_id = p.user_id", False),
    }


BOUND = [sql for sql in CLEAN if audited(sql).predicates]


@pytest.mark.parametrize("sql", BOUND)
@pytest.mark.parametrize("written", ["({} OR 1)", "({} OR TRUE)", "1 = 1"])
def test_a_clean_statement_without_one_predicate_is_not(sql: str, written: str) -> None:
    for predicate in audited(sql).predicates:
        condition = written.format(sql[predicate.start : predicate.end])

        assert rules(sql[: predicate.start] + condition + sql[predicate.end :])


PIECES = st.sampled_from(
    "SELECT * FROM plants , leaves p WHERE user_id = ? ( ) AND OR NOT IN EXISTS UNION WITH AS"
    " INSERT INTO VALUES UPDATE SET DELETE 'x \"y ; ON CONFLICT DO ?1 :a JOIN LEFT -- /* CASE WHEN"
    " END RETURNING BEGIN CREATE TRIGGER PRAGMA [ ] ` 1e 0x x'".split()
)


@settings(max_examples=150, deadline=None)
@given(st.text() | st.lists(PIECES, max_size=14).map(" ".join))
@example("SELECT " + "(" * 3000 + "1" + ")" * 3000 + " FROM plants")
@example("WITH plants AS (SELECT * FROM plants) SELECT * FROM plants")
@example("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a, plants")
def test_any_text_is_audited(sql: str) -> None:
    audited(sql)
