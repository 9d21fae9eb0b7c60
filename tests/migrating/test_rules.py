"""What is decided before anything moves: expressions, order, statements, addresses, signatures."""

import pytest

from emulator.migrating.expressions import condition_of, default_of
from emulator.migrating.mapping import kind_of
from emulator.migrating.metadata import header, words
from emulator.migrating.models import Column, ForeignKey, Table, TargetTable
from emulator.migrating.order import Order, ordered
from emulator.migrating.plan import Options, plan_of
from emulator.migrating.statements import (
    MAX_JSON_BYTES,
    MAX_ROWS,
    Row,
    Shape,
    batches,
    goes_alone,
    insert,
    update,
)
from emulator.migrating.values import Kind
from emulator.migrating.vectors import Item, SpecError, filled, same, spec_of

COLUMNS = (
    Column("status", "text", "text"),
    Column("n", "int4", "integer"),
    Column('a"b', "text", "text"),
)


@pytest.mark.parametrize(
    ("expression", "condition"),
    [
        ("(status = ANY (ARRAY['a'::text, 'it''s'::text]))", "(\"status\" IN ('a', 'it''s'))"),
        (
            "((status)::text = ANY ((ARRAY['a'::character varying])::text[]))",
            "((\"status\") IN ('a'))",
        ),
        ("(status <> ALL (ARRAY['x'::text]))", "(\"status\" NOT IN ('x'))"),
        ("((n >= 0) AND (n <= 100))", '(("n" >= 0) AND ("n" <= 100))'),
        ("(status IS NOT NULL)", '("status" IS NOT NULL)'),
        ("(status ~ '^a'::text)", None),
        ("(other = 2)", None),
        ("evil(n)", None),
        ("n > 1; DROP TABLE t", None),
    ],
)
def test_a_check_is_translated_whole_or_not_at_all(expression: str, condition: str | None) -> None:
    assert condition_of(expression, COLUMNS) == condition


@pytest.mark.parametrize(
    ("type", "default", "made"),
    [
        ("text", "'it''s'::text", "'it''s'"),
        ("bool", "true", "1"),
        ("int4", "'-1'::integer", "-1"),
        ("numeric", "0.5", "0.5"),
        ("jsonb", "'{\"a\": 1}'::jsonb", "'{\"a\":1}'"),
        ("timestamptz", "now()", "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"),
        ("bytea", "'\\x00ff'::bytea", "x'00ff'"),
        ("int4", "nextval('t_id_seq'::regclass)", None),
        ("text", "current_user", None),
    ],
)
def test_a_default_is_d1s_or_none(type: str, default: str, made: str | None) -> None:
    column = Column("c", type, type, default=default)
    assert default_of(column, kind_of(column, "real")) == made


def table(name: str, *keys: tuple[str, str], not_null: bool = False) -> Table:
    columns = [Column("id", "int4", "integer", True)]
    columns += [Column(column, "int4", "integer", not_null) for column, _ in keys]
    made = tuple(ForeignKey(column, (column,), target, ("id",)) for column, target in keys)
    return Table(name, tuple(columns), ("id",), foreign_keys=made)


def test_what_is_referred_to_comes_first() -> None:
    order = ordered([table("c", ("b", "b")), table("b", ("a", "a")), table("a")])
    assert order == Order(("a", "b", "c"), {})


def test_a_circle_is_broken_where_null_may_stand() -> None:
    order = ordered([table("a", ("b", "b"), not_null=True), table("b", ("a", "a"))])
    assert order == Order(("b", "a"), {"b": frozenset({"a"})})


def test_a_table_that_refers_to_itself_holds_that_column() -> None:
    order = ordered([table("x", ("t", "t")), table("t", ("up", "t"))])
    assert order == Order(("t", "x"), {"t": frozenset({"up"})})


def test_a_circle_that_cannot_be_broken_is_tried() -> None:
    order = ordered([table("a", ("b", "b"), not_null=True), table("b", ("a", "a"), not_null=True)])
    assert sorted(order.tables) == ["a", "b"]


def test_a_numeric_is_text_where_the_target_has_text() -> None:
    column = Column("n", "numeric", "numeric")
    assert kind_of(column, "real", "TEXT") is Kind.TEXT
    assert kind_of(column, "real", "REAL") is Kind.NUMERIC


def test_names_of_the_target_are_told_apart_as_sqlite_does() -> None:
    source = Table("Users", (Column("Id", "int4", "integer", True),), ("Id",))
    target = {"users": TargetTable("users", {"ID": "INTEGER"})}

    plan = plan_of([source], target, Options())

    assert (plan.faults, plan.tables[0].shape.table) == ((), "users")
    assert plan.tables[0].create == ()


def test_a_batch_is_one_statement_with_one_parameter() -> None:
    shape = Shape("t", ("id", "s"), (Kind.INTEGER, Kind.TEXT), (0,))
    rows: list[Row] = [(number, "x" * 3_000) for number in range(1_000)]

    pieces = list(batches(rows))

    made = [insert(shape, piece) for piece in pieces]
    assert sum(map(len, pieces)) == 1_000
    assert all(len(piece) <= MAX_ROWS for piece in pieces)
    assert all(len(one.params) == 1 and len(one.sql) < 1_000 for one in made)
    assert all(len(one.params[0]) <= MAX_JSON_BYTES + MAX_ROWS + 2 for one in made)


def test_a_row_that_json_makes_too_long_goes_by_parameters() -> None:
    shape = Shape("t", ("id", "s"), (Kind.INTEGER, Kind.TEXT), (0,))
    long = (1, '"' * 600_000)

    assert list(batches([(0, "a"), long, (2, "b")])) == [[(0, "a")], [long], [(2, "b")]]
    assert insert(shape, [long]).params == ("1", long[1])
    assert update(shape, [long]).sql == ('UPDATE "t" SET "s" = ?2 WHERE "id" = CAST(?1 AS INTEGER)')


@pytest.mark.parametrize(
    ("number", "alone"), [(0.1, False), (0.0, False), (0.1 + 0.2, True), (1e300, True)]
)
def test_a_real_of_many_digits_goes_by_a_parameter(number: float, alone: bool) -> None:
    assert goes_alone((number,)) == alone


def test_a_vectors_spec_says_where_ids_come_from() -> None:
    spec = spec_of("t.v=index;id=job:{id};namespace={user_id};metadata=userId:user_id,kind")
    assert (spec.source, spec.index, spec.namespace) == ("t.v", "index", "{user_id}")
    assert spec.metadata == {"userId": "user_id", "kind": "kind"}
    assert filled(spec.id, {"id": "7"}) == "job:7"


@pytest.mark.parametrize("text", ["", "t", "t.v", "t=i", "t.v=", "t.v=i;wrong=1"])
def test_a_spec_that_says_too_little_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        spec_of(text)


def test_vectors_are_alike_as_32_bit_floats() -> None:
    item = Item("a", (0.1, -0.0), "n", {"x": 1})
    assert same(item, Item("a", (0.10000000149011612, 0.0), "n", {"x": 1}))
    assert not same(item, Item("a", (0.1001, 0.0), "n", {"x": 1}))
    assert not same(item, Item("a", (0.1, 0.0), None, {"x": 1}))


def test_metadata_is_words_in_lower_case() -> None:
    assert words({"By": "Ada", "n": [1, "ü"]}) == {"by": "Ada", "n": '[1,"\\u00fc"]'}
    assert header("Zoë") == "=?utf-8?B?Wm/Dqw==?="
    assert header("plain text") == "plain text"


@pytest.mark.parametrize("name", ["a b", "", "ü", "a:b"])
def test_metadata_without_a_name_for_a_header_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no metadata"):
        words({name: "x"})
