"""What both sides are made of: tables, objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `type` is what PostgreSQL's catalogue calls it: `int4`, `timestamptz`, `_text`.

    `shown` is the type as people write it, `default` PostgreSQL's expression. `labels` are an
    enum's.
    """

    name: str
    type: str
    shown: str
    not_null: bool = False
    default: str | None = None
    labels: tuple[str, ...] = ()
    is_array: bool = False
    is_identity: bool = False
    is_generated: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` refer to `target_columns` of `target`; "" if that is in another schema."""

    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Index:
    """`keys` are columns with their direction, or None for an expression."""

    name: str
    keys: tuple[tuple[str | None, bool], ...]
    is_unique: bool = False
    method: str = "btree"
    predicate: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)


@dataclass(frozen=True, slots=True)
class TargetTable:
    """A table that D1 has: the declared types of its columns, by name."""

    name: str
    types: Mapping[str, str]
    has_rowid: bool = True


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An object of Storage. `md5` is "" where its etag is none."""

    key: str
    size: int
    md5: str
    content_type: str
    cache_control: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class R2Object:
    """An object of R2. Names of metadata are in lower case, as S3's headers make them."""

    size: int
    md5: str
    content_type: str
    cache_control: str
    metadata: Mapping[str, str]
