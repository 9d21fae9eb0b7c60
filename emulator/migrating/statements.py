"""Statements that carry rows: one JSON text is a whole batch, whatever D1's 100 parameters say.

A row that JSON would make too long goes by parameters of its own, and so does a fraction with
so many digits that SQLite's parser might read its neighbour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from emulator.migrating.ddl import name
from emulator.migrating.values import Kind, Value, read_expression

Row = tuple[Value, ...]

# Below D1's 2 MB for a value, with room for how JSON writes it.
MAX_JSON_BYTES = 1_000_000
MAX_ROWS = 500
MAX_ROW_BYTES = 2_000_000
SAFE_DIGITS = 15
SAFE_REALS = (1e-15, 1e21)


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A table of D1 as rows are written to it. `key` are positions among the columns."""

    table: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    key: tuple[int, ...]

    def key_of(self, row: Row) -> Row:
        return tuple(row[at] for at in self.key)

    @property
    def reads(self) -> str:
        pairs = zip(self.columns, self.kinds, strict=True)
        return ", ".join(read_expression(f"t.{name(one)}", kind) for one, kind in pairs)

    @property
    def names(self) -> str:
        return ", ".join(map(name, self.columns))


def batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in pieces that one statement takes; one that goes alone is a piece of its own."""
    piece: list[Row] = []
    held = 0
    for row in rows:
        length = len(as_json(row))
        alone = length > MAX_JSON_BYTES or has_long_real(row)
        if piece and (alone or held + length > MAX_JSON_BYTES or len(piece) >= MAX_ROWS):
            yield piece
            piece, held = [], 0
        piece.append(row)
        held += length
        if alone:
            yield piece
            piece, held = [], 0
    if piece:
        yield piece


def goes_alone(row: Row) -> bool:
    """JSON may not carry it: too long, or a real that wants a double of its own."""
    return has_long_real(row) or len(as_json(row)) > MAX_JSON_BYTES


def has_long_real(row: Row) -> bool:
    return any(isinstance(one, float) and not is_safe(one) for one in row)


def is_safe(number: float) -> bool:
    """SQLite reads exactly what JSON says of it."""
    if number == 0:
        return True
    digits = repr(abs(number)).partition("e")[0].replace(".", "").strip("0")
    return len(digits) <= SAFE_DIGITS and SAFE_REALS[0] < abs(number) < SAFE_REALS[1]


def as_json(row: Row) -> bytes:
    """The row as an array; bytes in hexadecimal digits."""
    return orjson.dumps(row, default=bytes.hex)


def document(rows: Sequence[Row]) -> str:
    return (b"[" + b",".join(map(as_json, rows)) + b"]").decode()


def insert(shape: Shape, rows: Sequence[Row]) -> Statement:
    into = f"INSERT INTO {name(shape.table)} ({shape.names})"
    if len(rows) == 1 and goes_alone(rows[0]):
        values = ", ".join(parameter(kind, at + 1) for at, kind in enumerate(shape.kinds))
        return Statement(f"{into} VALUES ({values})", parameters(shape, rows[0]))
    values = ", ".join(extract(shape, at, "value") for at in range(len(shape.columns)))
    return Statement(f"{into} SELECT {values} FROM json_each(?1)", (document(rows),))


def update(shape: Shape, rows: Sequence[Row]) -> Statement:
    """Every column of the rows with these keys, which are there."""
    rest = [at for at in range(len(shape.columns)) if at not in shape.key]
    table = name(shape.table)
    if len(rows) == 1 and goes_alone(rows[0]):
        sets = [f"{name(shape.columns[at])} = {parameter(shape.kinds[at], at + 1)}" for at in rest]
        where = [
            f"{name(shape.columns[at])} = {parameter(shape.kinds[at], at + 1)}" for at in shape.key
        ]
        sql = f"UPDATE {table} SET {', '.join(sets)} WHERE {' AND '.join(where)}"
        return Statement(sql, parameters(shape, rows[0]))
    sets = [f"{name(shape.columns[at])} = {extract(shape, at, 'j.value')}" for at in rest]
    where = [
        f"{table}.{name(shape.columns[at])} = {extract(shape, at, 'j.value')}" for at in shape.key
    ]
    sql = (
        f"UPDATE {table} SET {', '.join(sets)} FROM json_each(?1) AS j WHERE {' AND '.join(where)}"
    )
    return Statement(sql, (document(rows),))


def read_keys(shape: Shape, rows: Sequence[Row]) -> Statement:
    """The rows that the target has of these."""
    keys = document([shape.key_of(row) for row in rows])
    on = " AND ".join(
        f"t.{name(shape.columns[at])} = {extracted(shape.kinds[at], place, 'j.value')}"
        for place, at in enumerate(shape.key)
    )
    sql = (
        f"SELECT {shape.reads} FROM json_each(?1) AS j CROSS JOIN {name(shape.table)} AS t ON {on}"
    )
    return Statement(sql, (keys,))


def read_page(shape: Shape, after: int, limit: int) -> Statement:
    """Rows by rowid, which is the first column of the answer."""
    sql = f"SELECT CAST(t.rowid AS TEXT), {shape.reads} FROM {name(shape.table)} AS t"
    sql += f" WHERE t.rowid > CAST(?1 AS INTEGER) ORDER BY t.rowid LIMIT {limit}"
    return Statement(sql, (str(after),))


def read_offset(shape: Shape, offset: int, limit: int) -> Statement:
    """The same of a table WITHOUT ROWID, in the order of its key."""
    keys = ", ".join(f"t.{name(shape.columns[at])}" for at in shape.key)
    sql = f"SELECT '0', {shape.reads} FROM {name(shape.table)} AS t ORDER BY {keys}"
    return Statement(f"{sql} LIMIT {limit} OFFSET {offset}")


def extract(shape: Shape, at: int, source: str) -> str:
    return extracted(shape.kinds[at], at, source)


def extracted(kind: Kind, place: int, source: str) -> str:
    value = f"json_extract({source}, '$[{place}]')"
    return f"unhex({value})" if kind is Kind.BLOB else value


def parameter(kind: Kind, number: int) -> str:
    return f"CAST(?{number} AS INTEGER)" if kind in (Kind.INTEGER, Kind.BOOLEAN) else f"?{number}"


def parameters(shape: Shape, row: Row) -> tuple[Any, ...]:
    """A row as D1's JSON has parameters: integers as text, bytes as numbers."""
    return tuple(
        str(one) if isinstance(one, int) else list(one) if isinstance(one, bytes) else one
        for one in row
    )
