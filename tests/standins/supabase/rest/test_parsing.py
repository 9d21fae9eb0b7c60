"""A query string becomes values, or a refusal; nothing else, whatever it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.standins.supabase.rest.errors import RestError
from emulator.standins.supabase.rest.models import (
    Column,
    Embed,
    Field,
    Filter,
    Logic,
    OrderTerm,
    Query,
    Step,
)
from emulator.standins.supabase.rest.parse_query import parse_query
from emulator.standins.supabase.rest.preferences import parse_preferences
from emulator.standins.supabase.rest.requests import content_range, target, wanted, with_range


def select_of(text: str) -> tuple[Column | Embed, ...]:
    return parse_query(f"select={text}".encode()).select


def filter_of(text: str) -> Filter:
    [(_, condition)] = parse_query(text.encode()).conditions
    assert isinstance(condition, Filter)
    return condition


def test_without_a_select_all_columns_are_meant() -> None:
    assert parse_query(b"").select == (Column(Field("*")),)


def test_a_column_has_an_alias_a_path_and_a_cast() -> None:
    path = (Step("b", False), Step(0, False), Step("c d", True))

    assert select_of("x:a->b->0->>c d::text") == (Column(Field("a", path), "x", "text"),)


def test_a_dash_belongs_to_a_name_unless_it_is_an_arrow() -> None:
    assert select_of("a-b->c-d") == (Column(Field("a-b", (Step("c-d", False),))),)
    assert select_of("a->-1") == (Column(Field("a", (Step(-1, False),))),)


def test_quotes_allow_any_name() -> None:
    assert select_of('"a,b":"c.\\"d"') == (Column(Field('c."d'), "a,b"),)


def test_an_embedding_has_an_alias_a_hint_and_a_kind() -> None:
    one = Embed("t", (Column(Field("id")),), "x", "fk", inner=True)

    assert select_of("x:t!fk!inner(id)") == select_of("x:t!inner!fk(id)") == (one,)
    assert select_of("...t()") == (Embed("t", (), spread=True),)


def test_a_filter_has_a_field_an_operator_and_a_value() -> None:
    assert filter_of("a->>b=not.eq.1.5") == Filter(
        Field("a", (Step("b", True),)), "eq", "1.5", negated=True
    )
    assert filter_of("a=like(any).{x,y}").modifier == "any"
    assert filter_of("a=wfts(english).x y").modifier == "english"


def test_values_of_a_list_may_be_quoted() -> None:
    assert filter_of('a=in.(1,"b,c","d\\"e",f"g)').value == ("1", "b,c", 'd"e', 'f"g')


def test_a_value_may_hold_anything() -> None:
    assert filter_of("a=eq.%2B(,.)%22%26").value == '+(,.)"&'


def test_trees_nest() -> None:
    [(path, tree)] = parse_query(b"x.not.or=(a.eq.1,not.and(b.is.null,c.in.(1,2)))").conditions

    both = Logic("and", (Filter(Field("b"), "is", "null"), Filter(Field("c"), "in", ("1", "2"))))
    negated = Logic("and", both.parts, negated=True)
    assert path == ("x",)
    assert tree == Logic("or", (Filter(Field("a"), "eq", "1"), negated), negated=True)


def test_orders_limits_and_offsets_are_of_a_path() -> None:
    query = parse_query(b"order=a.desc.nullsfirst,t(b)&x.y.order=c&limit=5&x.offset=2")

    assert query.orders[()] == (
        OrderTerm(Field("a"), None, True, True),
        OrderTerm(Field("b"), "t"),
    )
    assert query.orders["x", "y"] == (OrderTerm(Field("c")),)
    assert (query.limits, query.offsets) == ({(): 5}, {("x",): 2})


def test_of_a_function_what_is_no_filter_is_an_argument() -> None:
    query = parse_query(b"a=1&b=eq.1&a=2", arguments=True)

    assert query.arguments == (("a", "1"), ("a", "2"))
    assert len(query.conditions) == 1


@pytest.mark.parametrize(
    ("header", "limit", "offset"),
    [
        (None, None, None),
        ("0-9", 10, 0),
        ("items=5-", None, 5),
        ("x-9", None, None),
        ("5-5", 1, 5),
        ("-5", None, None),
    ],
)
def test_a_range_header_is_limit_and_offset(
    header: str | None, limit: int | None, offset: int | None
) -> None:
    query = with_range(Query(), header)

    assert (query.limits.get(()), query.offsets.get(())) == (limit, offset)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(RestError, match="not satisfiable"):
        with_range(Query(), "5-4")


@pytest.mark.parametrize(
    ("lower", "rows", "total", "shown"),
    [(0, 2, None, "0-1/*"), (5, 1, 6, "5-5/6"), (0, 0, None, "*/*"), (0, 0, 0, "*/0")],
)
def test_a_content_range_says_which_rows_of_how_many(
    lower: int, rows: int, total: int | None, shown: str
) -> None:
    assert content_range(lower, rows, total) == shown


def test_preferences_are_taken_from_all_headers_the_first_wins() -> None:
    found = parse_preferences(["return=minimal, count=exact", "return=representation,x=y"])

    assert found.representation == "minimal"
    assert found.applied("return") == "return=minimal, count=exact"


def test_unknown_preferences_are_refused_only_if_the_client_is_strict() -> None:
    parse_preferences(["anything=goes"])
    with pytest.raises(RestError) as refused:
        parse_preferences(["handling=strict, anything=goes"])

    assert refused.value.details == "Invalid preferences: anything=goes"


@pytest.mark.parametrize("accept", ["image/png", "application/vnd.pgrst.plan", "text/html"])
def test_what_cannot_be_answered_is_not_acceptable(accept: str) -> None:
    with pytest.raises(RestError, match="media types"):
        wanted(accept)


def test_a_path_names_a_table_or_a_function() -> None:
    assert target(b"/a%20b") == ("a b", False)
    assert target(b"/rpc/f") == ("f", True)
    for path in (b"/a/b", b"/rpc/f/g", b"/%ff", b"/a%00"):
        with pytest.raises(RestError):
            target(path)


@pytest.mark.parametrize(
    "query",
    [
        b"select=" + b"a(" * 500 + b")" * 500,
        b"or=" + b"(and" * 500 + b"(a.eq.1)" + b")" * 500,
        b"a=eq.1&" * 2_000,
        b"select=" + b"a," * 2_000 + b"a",
        b"a=eq.%00",
        b"a=eq.%ff",
        b'select="a',
        b'select="a\\',
        b"select=a->" + b"9" * 30,
        b"=eq.1",
    ],
)
def test_what_is_too_deep_long_or_broken_is_refused(query: bytes) -> None:
    with pytest.raises(RestError) as refused:
        parse_query(query)

    assert refused.value.code == "PGRST100"


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)


def quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def encoded(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


@given(names, names, names)
def test_any_quoted_name_is_read_as_it_is(name: str, alias: str, key: str) -> None:
    text = f"{quoted(alias)}:{quoted(name)}->>{quoted(key)}"

    assert select_of(encoded(text)) == (Column(Field(name, (Step(key, True),)), alias),)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1))
def test_any_list_of_quoted_values_is_read_as_it_is(values: list[str]) -> None:
    text = f"in.({','.join(map(quoted, values))})"

    assert filter_of(f"a={encoded(text)}").value == tuple(values)


grammar = st.lists(
    st.sampled_from(
        ["select=", "order=", "or=", "a=", "&", "(", ")", ",", ".", ":", "::", "->", "->>", "!"]
        + ["*", '"', "\\", "eq.", "in.", "is.", "not.", "null", "asc", "desc", "limit=", "a", "0"]
        + ["count", "fts(", "any", "...", "inner", "-", " ", "%", "+", "ß", "{", "}", "text"]
    )
).map("".join)


def outcome(text: bytes, arguments: bool) -> str:
    try:
        parse_query(text, arguments=arguments)
    except RestError as refused:
        return refused.code
    return "understood"


@given(st.one_of(grammar.map(str.encode), st.binary()), st.booleans())
def test_whatever_comes_is_a_query_or_a_refusal(text: bytes, arguments: bool) -> None:
    assert outcome(text, arguments) in ("understood", "PGRST100", "PGRST103", "PGRST123")
