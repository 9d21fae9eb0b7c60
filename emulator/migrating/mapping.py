"""Which of D1's types a type of PostgreSQL becomes."""

from typing import Literal

from emulator.migrating.models import Column
from emulator.migrating.values import Kind

Numeric = Literal["real", "text"]

KINDS = {
    "bool": Kind.BOOLEAN,
    "int2": Kind.INTEGER,
    "int4": Kind.INTEGER,
    "int8": Kind.INTEGER,
    "oid": Kind.INTEGER,
    "float4": Kind.REAL,
    "float8": Kind.REAL,
    "json": Kind.JSON,
    "jsonb": Kind.JSON,
    "timestamptz": Kind.MOMENT,
    "timestamp": Kind.MOMENT,
    "bytea": Kind.BLOB,
}
VECTORS = ("vector", "halfvec")


def kind_of(column: Column, numeric: Numeric, target_type: str | None = None) -> Kind:
    """The kind of a column's values; `target_type` is how an existing column is declared."""
    if column.is_array:
        return Kind.JSON
    if column.type == "numeric":
        if numeric == "text" or (target_type is not None and is_text(target_type)):
            return Kind.TEXT
        return Kind.NUMERIC
    # uuid, text, enums, dates, intervals, addresses, ranges …: PostgreSQL's text of them.
    return KINDS.get(column.type, Kind.TEXT)


def is_vector(column: Column) -> bool:
    return column.type in VECTORS and not column.is_array


def is_text(declared: str) -> bool:
    """SQLite's rule for the affinity TEXT."""
    name = declared.upper()
    return "INT" not in name and any(part in name for part in ("CHAR", "CLOB", "TEXT"))


def source_expression(column: Column, quoted: str) -> str:
    """PostgreSQL's text of a column; `values.to_d1` reads it."""
    if column.is_array:
        return f"to_json({quoted})::text"
    if column.type == "bytea":
        return f"encode({quoted}, 'hex')"
    return f"{quoted}::text"
