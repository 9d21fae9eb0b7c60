"""Pieces of SQL. Names are quoted identifiers, values are parameters; no text of a client's is
ever part of a statement.
"""

from collections.abc import Iterable
from types import MappingProxyType

from psycopg import sql

from emulator.standins.supabase.rest.catalog import Table
from emulator.standins.supabase.rest.models import Field, Filter, OrderTerm

Part = sql.Composable

SIMPLE = MappingProxyType(
    {
        "eq": sql.SQL("="),
        "neq": sql.SQL("<>"),
        "gt": sql.SQL(">"),
        "gte": sql.SQL(">="),
        "lt": sql.SQL("<"),
        "lte": sql.SQL("<="),
        "like": sql.SQL("LIKE"),
        "ilike": sql.SQL("ILIKE"),
        "match": sql.SQL("~"),
        "imatch": sql.SQL("~*"),
        "cs": sql.SQL("@>"),
        "cd": sql.SQL("<@"),
        "ov": sql.SQL("&&"),
        "sl": sql.SQL("<<"),
        "sr": sql.SQL(">>"),
        "nxr": sql.SQL("&<"),
        "nxl": sql.SQL("&>"),
        "adj": sql.SQL("-|-"),
        "isdistinct": sql.SQL("IS DISTINCT FROM"),
    }
)
SEARCHES = MappingProxyType(
    {
        "fts": sql.SQL("to_tsquery"),
        "plfts": sql.SQL("plainto_tsquery"),
        "phfts": sql.SQL("phraseto_tsquery"),
        "wfts": sql.SQL("websearch_to_tsquery"),
    }
)
IS = MappingProxyType(
    {
        "null": sql.SQL("NULL"),
        "not_null": sql.SQL("NOT NULL"),
        "true": sql.SQL("TRUE"),
        "false": sql.SQL("FALSE"),
        "unknown": sql.SQL("UNKNOWN"),
    }
)
QUANTIFIERS = MappingProxyType({"any": sql.SQL("ANY"), "all": sql.SQL("ALL")})
# Names of types that are words of SQL's grammar: quoted they would not be known.
TYPES = MappingProxyType(
    {
        "int": sql.SQL("integer"),
        "integer": sql.SQL("integer"),
        "bigint": sql.SQL("bigint"),
        "smallint": sql.SQL("smallint"),
        "real": sql.SQL("real"),
        "float": sql.SQL("double precision"),
        "double precision": sql.SQL("double precision"),
        "decimal": sql.SQL("numeric"),
        "dec": sql.SQL("numeric"),
        "boolean": sql.SQL("boolean"),
        "char": sql.SQL("char"),
        "character": sql.SQL("char"),
        "character varying": sql.SQL("varchar"),
        "bit varying": sql.SQL("varbit"),
        "timestamp with time zone": sql.SQL("timestamptz"),
        "timestamp without time zone": sql.SQL("timestamp"),
        "time with time zone": sql.SQL("timetz"),
        "time without time zone": sql.SQL("time"),
    }
)
EMPTY = sql.SQL("")
COMMA = sql.SQL(", ")
AND = sql.SQL(" AND ")
OR = sql.SQL(" OR ")
NOT = sql.SQL("NOT ")
DOT = sql.SQL(".")


class Parameters:
    """The values of one statement."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def add(self, value: str | int) -> sql.Placeholder:
        """A text's type is unknown to PostgreSQL, which takes what stands beside it."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return sql.Placeholder(name)


def name(*parts: str) -> sql.Identifier:
    """A quoted name. A percent sign would be taken for a parameter's."""
    return sql.Identifier(*(part.replace("%", "%%") for part in parts))


def literal(text: str) -> sql.Literal:
    return sql.Literal(text.replace("%", "%%"))


def trusted(text: str) -> sql.SQL:
    """SQL that PostgreSQL's own catalogue has written: a type, a default."""
    return sql.SQL(text.replace("%", "%%"))


def column(alias: str, column_name: str) -> Part:
    if column_name == "*":
        return sql.Composed([name(alias), sql.SQL(".*")])
    return name(alias, column_name)


def names(of: Iterable[str]) -> sql.Composed:
    return COMMA.join(map(name, of))


def type_of(wanted: str) -> Part:
    """The type of a cast. One that PostgreSQL does not know is its to refuse."""
    words = " ".join(wanted.lower().split())
    return TYPES.get(words) or name(words)


def array_literal(values: Iterable[str]) -> str:
    """PostgreSQL's text of an array, so that its elements get the type of what they meet."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


class Fields:
    """Fields of one table as SQL; `alias` is its name in the statement."""

    def __init__(self, alias: str, table: Table | None, parameters: Parameters) -> None:
        self._alias = alias
        self._table = table
        self._parameters = parameters

    def field(self, field: Field) -> Part:
        found = column(self._alias, field.name)
        if not field.path:
            return found
        if not self._is_json(field.name):
            found = sql.SQL("to_jsonb({})").format(found)
        for step in field.path:
            arrow = sql.SQL("->>") if step.as_text else sql.SQL("->")
            key: Part = self._parameters.add(step.key)
            if isinstance(step.key, int):
                key = sql.SQL("{}::int").format(key)
            found = sql.Composed([found, arrow, key])
        return found

    def order(self, term: OrderTerm, by: Part) -> Part:
        direction = sql.SQL(" DESC") if term.descending else EMPTY
        nulls = EMPTY
        if term.nulls_first is not None:
            nulls = sql.SQL(" NULLS FIRST") if term.nulls_first else sql.SQL(" NULLS LAST")
        return sql.Composed([by, direction, nulls])

    def filter(self, one: Filter) -> Part:
        test = self._test(one)
        return sql.Composed([NOT, test]) if one.negated else test

    def _test(self, one: Filter) -> Part:
        left = self.field(one.field)
        if one.operator == "is":
            return sql.SQL("{} IS {}").format(left, IS[str(one.value)])
        if one.operator == "in":
            values = () if one.value == ("",) else one.value
            return sql.SQL("{} = ANY({})").format(left, self._parameters.add(array_literal(values)))
        if one.operator in SEARCHES:
            return self._search(one, left)
        value = str(one.value)
        if one.operator in ("like", "ilike"):
            value = value.replace("*", "%")
        right: Part = self._parameters.add(value)
        if one.modifier:
            right = sql.SQL("{}({})").format(QUANTIFIERS[one.modifier], right)
        return sql.SQL("({} {} {})").format(left, SIMPLE[one.operator], right)

    def _search(self, one: Filter, left: Part) -> Part:
        language: Part = EMPTY
        if one.modifier:
            language = sql.SQL("{}::regconfig, ").format(self._parameters.add(one.modifier))
        known = self._table.columns.get(one.field.name) if self._table else None
        if known is None or known.type != "tsvector" or one.field.path:
            left = sql.SQL("to_tsvector({}{})").format(language, left)
        query = self._parameters.add(str(one.value))
        return sql.SQL("({} @@ {}({}{}))").format(left, SEARCHES[one.operator], language, query)

    def _is_json(self, column_name: str) -> bool:
        known = self._table.columns.get(column_name) if self._table else None
        return known is not None and known.type in ("json", "jsonb")
