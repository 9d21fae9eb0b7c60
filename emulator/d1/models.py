"""What D1 deals in: databases, statements and their results.

Statements, results and their meta are tuples because one of each is made for every query.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# As JSON has them; a list is the bytes of a BLOB.
Parameter = str | int | float | None | bytes | Sequence[int]
Value = str | int | float | None | bytes


class Statement(NamedTuple):
    """SQL text, possibly of several statements, and the values of its `?`."""

    sql: str
    params: Sequence[Parameter] = ()


class Meta(NamedTuple):
    """What one statement did. `exact` says whether the row counts are counts or estimates."""

    milliseconds: float
    changes: int
    last_row_id: int
    changed_db: bool
    size_after_bytes: int
    rows_read: int
    rows_written: int
    exact: bool


class Result(NamedTuple):
    """The rows of one statement."""

    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]
    meta: Meta
    # Whether it was of the writing kind, not whether it changed anything.
    writes: bool


@dataclass(frozen=True, slots=True)
class DatabaseInfo:
    """A database as the catalogue knows it. `created_at` is in epoch seconds."""

    id: str
    name: str
    created_at: float
    region: str
    jurisdiction: str | None
    read_replication: str


@dataclass(frozen=True, slots=True)
class Size:
    """How big a database is now; tables of D1's own are not counted."""

    tables: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Queries and rows of a database since the twin started."""

    read_queries: int
    write_queries: int
    rows_read: int
    rows_written: int
