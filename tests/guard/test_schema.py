"""What a catalogue says of tables, views and triggers."""

from emulator.guard.accepting import allowed
from emulator.guard.schema import ForeignKey, Table, Trigger
from tests.guard.schemas import schema_of

SCRIPT = """
CREATE TABLE Parents (Id INTEGER PRIMARY KEY, mail TEXT UNIQUE);
CREATE TABLE children (
  a TEXT, b TEXT NOT NULL, parent INTEGER REFERENCES Parents (Id) ON DELETE CASCADE,
  PRIMARY KEY (b, a)
);
CREATE UNIQUE INDEX one ON children (parent, b);
CREATE INDEX many ON children (a);
CREATE VIRTUAL TABLE words USING fts5 (text, content="parents", content_rowid='Id');
CREATE VIEW All_of_them AS SELECT * FROM Parents;
CREATE TRIGGER t AFTER UPDATE OF a, b ON children FOR EACH ROW WHEN new.a <> ';' BEGIN
  DELETE FROM parents WHERE mail = 'a;b';
  UPDATE parents SET mail = CASE WHEN 1 THEN 'x' END;
END;
"""
SCHEMA = schema_of(SCRIPT)


def test_tables() -> None:
    assert SCHEMA.table("PARENTS") == Table(
        "parents", ("id", "mail"), ("id",), (("mail",),), rowid_alias="id"
    )
    children = SCHEMA.tables["children"]
    assert (children.primary_key, children.unique) == (("b", "a"), (("parent", "b"),))
    assert children.foreign_keys == (ForeignKey(("parent",), "parents", ("id",), True),)


def test_a_rowid_has_one_name() -> None:
    parents = SCHEMA.tables["parents"]

    assert [parents.column(name) for name in ("id", "ROWID", "_rowid_", "x")] == [
        *("rowid", "rowid", "rowid", None)
    ]
    assert SCHEMA.tables["children"].column("b") == "b"


def test_an_index_and_its_content() -> None:
    words = SCHEMA.tables["words"]

    assert (words.module, words.content, words.content_rowid) == ("fts5", "parents", "id")
    assert words.columns == ("text",)


def test_views_and_triggers() -> None:
    assert SCHEMA.views.keys() == {"all_of_them"}
    assert SCHEMA.triggers == (
        Trigger(
            "t",
            "children",
            "UPDATE",
            (
                "DELETE FROM parents WHERE mail = 'a;b'",
                "UPDATE parents SET mail = CASE WHEN 1 THEN 'x' END",
            ),
            frozenset({"a", "b"}),
            "new . a < > ';'",
        ),
    )


def test_allowed_statements_are_compared_without_space_and_case() -> None:
    known = ["delete from sessions where expires_at < ?", "SELECT count(*) AS total FROM jobs *"]

    assert allowed("DELETE FROM sessions\n  WHERE expires_at < ?;", known)
    assert allowed("SELECT count(*) AS total FROM jobs WHERE a = 1", known)
    assert not allowed("DELETE FROM sessions WHERE expires_at < ? OR 1", known)
