"""A `SELECT` with embedded resources, as PostgREST builds it: a lateral join for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from emulator.standins.supabase.rest.catalog import Catalog, Relationship, Table
from emulator.standins.supabase.rest.errors import (
    bad_embed_filter,
    no_relationship,
    not_embedded,
    order_not_to_one,
    spread_not_to_one,
)
from emulator.standins.supabase.rest.joins import relationship
from emulator.standins.supabase.rest.models import (
    Column,
    Condition,
    Embed,
    Filter,
    Logic,
    OrderTerm,
    Path,
    Query,
    Select,
)
from emulator.standins.supabase.rest.sql_parts import (
    AND,
    COMMA,
    EMPTY,
    NOT,
    OR,
    Fields,
    Parameters,
    Part,
    column,
    name,
    type_of,
)

MAX_EMBEDS = 100


@dataclass(frozen=True, slots=True)
class Joined:
    """An embedded resource in its parent's statement: `alias` is the joined result's."""

    embed: Embed
    relationship: Relationship
    alias: str
    rows: "Source"

    @property
    def is_filter_only(self) -> bool:
        return is_empty(self.embed.select)


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: `origin AS alias`, of a table if that is known; `on` joins them."""

    table: Table | None
    origin: Part
    alias: str
    path: Path = ()
    on: tuple[Part, ...] = ()


class Reader:
    """Builds the statements that read what one query asks for."""

    def __init__(
        self, catalog: Catalog, query: Query, parameters: Parameters, max_rows: int | None
    ) -> None:
        self._catalog = catalog
        self._query = query
        self._parameters = parameters
        self._max_rows = max_rows
        self._number = 0

    def check_paths(self) -> None:
        """Raises for a filter, order or limit of something that is not embedded."""
        known = set(paths_of(self._query.select, ()))
        query = self._query
        used = [path for path, _ in query.conditions]
        for path in (*used, *query.orders, *query.limits, *query.offsets):
            if path not in known:
                raise not_embedded(path[-1])

    def rows(self, source: Source, select: Select) -> sql.Composed:
        """The whole `SELECT`, with order and limit."""
        joined = self._joined(source, select)
        selected = [part for item in select for part in self._selected(source, item, joined)]
        if not selected:
            selected = [column(source.alias, "*")]
        where = self._where(source, joined)
        return sql.SQL("SELECT {} FROM {} AS {}{}{}{}{}").format(
            COMMA.join(selected),
            source.origin,
            name(source.alias),
            sql.Composed([self._join(one) for one in joined]),
            where,
            self._order(source, joined),
            self._limit(source.path),
        )

    def count(self, source: Source, select: Select) -> sql.Composed:
        """`SELECT 1` of every row there is beyond the limit."""
        joined = self._joined(source, select)
        tests = [*source.on, *self._tests(source, joined, counting=True)]
        tests += [self._exists(one) for one in joined if one.embed.inner]
        return sql.SQL("SELECT 1 FROM {} AS {}{}").format(
            source.origin, name(source.alias), where_of(tests)
        )

    def conditions(self, source: Source) -> list[Part]:
        """What a changed or deleted row has to meet."""
        return self._tests(source, [], counting=False)

    def _joined(self, source: Source, select: Select) -> list[Joined]:
        return [self._embedded(source, item) for item in select if isinstance(item, Embed)]

    def _embedded(self, source: Source, embed: Embed) -> Joined:
        if source.table is None:
            raise no_relationship("public", source.alias, embed.name, embed.hint)
        found = relationship(self._catalog, source.table, embed)
        if embed.spread and not found.to_one:
            raise spread_not_to_one(source.table.name, embed.name)
        self._number += 1
        if self._number > MAX_EMBEDS:
            raise no_relationship(source.table.schema, source.alias, embed.name, embed.hint)
        rows = self._other(source, found, (*source.path, embed.shown))
        return Joined(embed, found, f"embedded_{self._number}", rows)

    def _other(self, source: Source, found: Relationship, path: Path) -> Source:
        """The other table's rows that belong to a row of `source`."""
        alias = f"{found.other.name[:40]}_{self._number}"
        origin: Part = name(*found.other.key)
        pairs = list(zip(found.far, found.near, strict=True))
        if found.junction is None:
            on = [equal((alias, far), (source.alias, near)) for far, near in pairs]
            return Source(found.other, origin, alias, path, tuple(on))
        between = f"between_{self._number}"
        junction = found.junction
        far_pairs = zip(found.far, junction.far, strict=True)
        near_pairs = zip(junction.near, found.near, strict=True)
        inner = [equal((alias, far), (between, own)) for far, own in far_pairs]
        inner += [equal((between, own), (source.alias, near)) for own, near in near_pairs]
        through = sql.SQL("EXISTS (SELECT 1 FROM {} AS {} WHERE {})").format(
            name(*junction.table.key), name(between), AND.join(inner)
        )
        return Source(found.other, origin, alias, path, (through,))

    def _join(self, one: Joined) -> Part:
        select = one.embed.select
        rows = self.rows(one.rows, select)
        kind = sql.SQL("INNER") if one.embed.inner else sql.SQL("LEFT")
        if one.relationship.to_one:
            return sql.SQL(" {} JOIN LATERAL ({}) AS {} ON TRUE").format(
                kind, rows, name(one.alias)
            )
        on = sql.SQL("{} IS NOT NULL").format(name(one.alias, "rows"))
        return sql.SQL(
            " {} JOIN LATERAL (SELECT json_agg(found)::jsonb AS rows FROM ({}) AS found) AS {}"
            " ON {}"
        ).format(kind, rows, name(one.alias), on if one.embed.inner else sql.SQL("TRUE"))

    def _selected(
        self, source: Source, item: Column | Embed, joined: Sequence[Joined]
    ) -> list[Part]:
        if isinstance(item, Column):
            return [self._column(source, item)]
        one = next(one for one in joined if one.embed is item)
        if item.spread:
            return [column(one.alias, shown) for shown in shown_names(item.select)]
        if one.is_filter_only:
            return []
        if one.relationship.to_one:
            value = sql.SQL("row_to_json({}.*)::jsonb").format(name(one.alias))
        else:
            value = sql.SQL("coalesce({}, '[]')").format(name(one.alias, "rows"))
        return [sql.SQL("{} AS {}").format(value, name(item.shown))]

    def _column(self, source: Source, item: Column) -> Part:
        found = self._fields(source).field(item.field)
        if item.cast:
            found = sql.SQL("CAST({} AS {})").format(found, type_of(item.cast))
        if item.alias or item.field.path or item.cast:
            return sql.SQL("{} AS {}").format(found, name(item.alias or item.field.shown))
        return found

    def _where(self, source: Source, joined: Sequence[Joined]) -> Part:
        return where_of([*source.on, *self._tests(source, joined, counting=False)])

    def _tests(self, source: Source, joined: Sequence[Joined], *, counting: bool) -> list[Part]:
        return [
            self._test(source, condition, joined, counting)
            for path, condition in self._query.conditions
            if path == source.path
        ]

    def _test(
        self, source: Source, one: Condition, joined: Sequence[Joined], counting: bool
    ) -> Part:
        if isinstance(one, Logic):
            parts = [self._test(source, part, joined, counting) for part in one.parts]
            both = (AND if one.operator == "and" else OR).join(parts)
            return sql.SQL("{}({})").format(NOT if one.negated else EMPTY, both)
        embedded = next((it for it in joined if it.embed.shown == one.field.name), None)
        if embedded is not None:
            return self._presence(one, embedded, counting)
        return self._fields(source).filter(one)

    def _presence(self, one: Filter, joined: Joined, counting: bool) -> Part:
        """`embedded=is.null`: whether there is any such row."""
        if one.operator != "is" or one.value not in ("null", "not_null"):
            raise bad_embed_filter(one.field.name)
        wanted = (one.value == "not_null") != one.negated
        if counting:
            there = self._exists(joined)
            return there if wanted else sql.Composed([NOT, there])
        what = name(joined.alias) if joined.relationship.to_one else name(joined.alias, "rows")
        test = sql.SQL("{} IS {}DISTINCT FROM NULL")
        return test.format(what, EMPTY if wanted else NOT)

    def _exists(self, one: Joined) -> Part:
        return sql.SQL("EXISTS ({})").format(self.count(one.rows, one.embed.select))

    def _order(self, source: Source, joined: Sequence[Joined]) -> Part:
        terms = self._query.orders.get(source.path, ())
        if not terms:
            return EMPTY
        fields = self._fields(source)
        parts = [fields.order(term, self._order_by(source, term, joined)) for term in terms]
        return sql.SQL(" ORDER BY {}").format(COMMA.join(parts))

    def _order_by(self, source: Source, term: OrderTerm, joined: Sequence[Joined]) -> Part:
        if term.relation is None:
            return self._fields(source).field(term.field)
        one = next((it for it in joined if it.embed.shown == term.relation), None)
        if one is None:
            raise not_embedded(term.relation)
        if not one.relationship.to_one:
            raise order_not_to_one(source.alias, term.relation)
        by = self._fields(one.rows).field(term.field)
        return sql.SQL("(SELECT {} FROM {} AS {}{})").format(
            by, one.rows.origin, name(one.rows.alias), where_of(one.rows.on)
        )

    def _limit(self, path: Path) -> Part:
        limit, offset = self._query.limits.get(path), self._query.offsets.get(path, 0)
        if self._max_rows is not None:
            limit = self._max_rows if limit is None else min(limit, self._max_rows)
        parts: list[Part] = []
        if limit is not None:
            parts.append(sql.SQL(" LIMIT {}").format(self._parameters.add(limit)))
        if offset:
            parts.append(sql.SQL(" OFFSET {}").format(self._parameters.add(offset)))
        return sql.Composed(parts)

    def _fields(self, source: Source) -> Fields:
        return Fields(source.alias, source.table, self._parameters)


def equal(left: tuple[str, str], right: tuple[str, str]) -> Part:
    return sql.SQL("{} = {}").format(name(*left), name(*right))


def where_of(tests: Sequence[Part]) -> Part:
    return sql.SQL(" WHERE {}").format(AND.join(tests)) if tests else EMPTY


def is_empty(select: Select) -> bool:
    """Nothing is to be shown: an embedding that only filters."""
    return all(isinstance(item, Embed) and is_empty(item.select) for item in select)


def shown_names(select: Select) -> list[str]:
    return [
        item.shown if isinstance(item, Embed) else item.alias or item.field.shown for item in select
    ]


def paths_of(select: Select, path: Path) -> list[Path]:
    found = [path]
    for item in select:
        if isinstance(item, Embed):
            found += paths_of(item.select, (*path, item.shown))
    return found


def needed(reader_query: Query, source: Source, catalog: Catalog) -> tuple[str, ...]:
    """The columns that a changed row has to return for the answer."""
    found: dict[str, None] = {}
    for item in reader_query.select:
        if isinstance(item, Column):
            found[item.field.name] = None
        elif source.table is not None:
            found.update(dict.fromkeys(relationship(catalog, source.table, item).near))
    for term in reader_query.orders.get((), ()):
        if term.relation is None:
            found[term.field.name] = None
    return ("*",) if "*" in found else tuple(found)


def without_root_conditions(query: Query) -> Query:
    kept = tuple((path, condition) for path, condition in query.conditions if path)
    return replace(query, conditions=kept)
