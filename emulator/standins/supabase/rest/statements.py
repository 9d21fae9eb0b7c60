"""The one statement that does what a request asks and says it as JSON or CSV."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from psycopg import sql

from emulator.standins.supabase.rest.sql_parts import Parameters, Part, literal

# What an answer may hold: more would have to be in the twin's memory at once.
MAX_ANSWER_BYTES = 64 * 1024 * 1024

Shape = Literal["array", "object", "scalar", "scalars", "csv", "nothing"]

SCALAR = sql.SQL("coalesce(json_agg(answer.pgrst_scalar)->0, 'null')::text")
SCALARS = sql.SQL("coalesce(json_agg(answer.pgrst_scalar), '[]')::text")
ROWS = sql.SQL("json_agg(answer)")
ROWS_WITHOUT_NULLS = sql.SQL("json_strip_nulls(json_agg(answer))")
CSV = sql.SQL(
    "(SELECT coalesce(string_agg(header.key, ','), '') FROM (SELECT json_object_keys(first.row)"
    " AS key FROM (SELECT row_to_json(one) AS row FROM pgrst_answer AS one LIMIT 1) first) header)"
    " || E'\\n' || coalesce(string_agg(substring(answer::text, 2, length(answer::text) - 2),"
    " E'\\n'), '')"
)


@dataclass(frozen=True, slots=True)
class Statement:
    query: sql.Composed
    parameters: Parameters
    # What is counted by itself where the planner's estimate is wanted.
    counted: Part | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement came to: `total` rows there are, `rows` of them in the body."""

    rows: int
    total: int | None
    body: str | None
    inserted: int | None
    location: list[str] | None
    headers: str | None
    status: str | None

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "Outcome":
        return cls(*row)

    def with_total(self, total: int) -> "Outcome":
        return replace(self, total=total)


def statement(
    source: Part,
    rows: Part,
    shape: Shape,
    parameters: Parameters,
    *,
    count: Part | None = None,
    location: tuple[str, ...] = (),
    strip_nulls: bool = False,
) -> Statement:
    """`source` does it, `rows` reads from `pgrst_source` what is answered."""
    total = sql.SQL("(SELECT count(*) FROM ({}) counted)").format(count) if count else None
    query = sql.SQL(
        "WITH pgrst_source AS ({source}), pgrst_answer AS ({rows}) SELECT rows, total,"
        " CASE WHEN octet_length(body) <= {limit} THEN body END, inserted, location,"
        " nullif(current_setting('response.headers', true), ''),"
        " nullif(current_setting('response.status', true), '') FROM ("
        "SELECT count(answer) AS rows, {total} AS total, {body} AS body,"
        " nullif(current_setting('pgrst.inserted', true), '')::int AS inserted,"
        " {location} AS location FROM pgrst_answer answer) done"
    ).format(
        source=source,
        rows=rows,
        limit=sql.Literal(MAX_ANSWER_BYTES),
        total=total or sql.SQL("NULL::bigint"),
        body=body_of(shape, strip_nulls),
        location=location_of(location) if location else sql.SQL("NULL::text[]"),
    )
    return Statement(query, parameters, count)


def body_of(shape: Shape, strip_nulls: bool) -> Part:
    rows = ROWS_WITHOUT_NULLS if strip_nulls else ROWS
    match shape:
        case "array":
            return sql.SQL("coalesce({}, '[]')::text").format(rows)
        case "object":
            return sql.SQL("coalesce({}->0, 'null')::text").format(rows)
        case "scalar":
            return SCALAR
        case "scalars":
            return SCALARS
        case "csv":
            return CSV
    return sql.SQL("''")


def location_of(keys: tuple[str, ...]) -> Part:
    """`id=eq.1` of the row that was made, for its header `Location`."""
    return sql.SQL(
        "(SELECT array_agg(member.key || '=' || coalesce('eq.' || member.value, 'is.null'))"
        " FROM (SELECT row_to_json(made) AS row FROM pgrst_source AS made LIMIT 1) first"
        " CROSS JOIN json_each_text(first.row) AS member WHERE member.key IN ({}))"
    ).format(sql.SQL(", ").join(map(literal, keys)))
