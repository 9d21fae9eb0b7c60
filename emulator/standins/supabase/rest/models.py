"""What a query string asks for, as values. No table, column or function is known here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow into JSON: `->key`, `->>key`, `->0`."""

    key: str | int
    as_text: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or what lies in its JSON."""

    name: str
    path: tuple[Step, ...] = ()

    @property
    def shown(self) -> str:
        """What the field is called in an answer: the last key, else the column."""
        keys = [step.key for step in self.path if isinstance(step.key, str)]
        return keys[-1] if keys else self.name


@dataclass(frozen=True, slots=True)
class Column:
    """A field of `select`."""

    field: Field
    alias: str | None = None
    cast: str | None = None


@dataclass(frozen=True, slots=True)
class Embed:
    """Another table's rows within each row. `spread` puts a single row's columns beside ours."""

    name: str
    select: tuple["Column | Embed", ...]
    alias: str | None = None
    hint: str | None = None
    inner: bool = False
    spread: bool = False

    @property
    def shown(self) -> str:
        return self.alias or self.name


Select = tuple[Column | Embed, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """`field=not.operator(modifier).value`; `in` has several values."""

    field: Field
    operator: str
    value: str | tuple[str, ...]
    negated: bool = False
    # Of `eq(any)` and its like: `any` or `all`; of full-text search: the language.
    modifier: str | None = None


@dataclass(frozen=True, slots=True)
class Logic:
    """`and(…)`, `or(…)`."""

    operator: Literal["and", "or"]
    parts: tuple["Filter | Logic", ...]
    negated: bool = False


Condition = Filter | Logic


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """By a field, or by one of the embedded row `relation`."""

    field: Field
    relation: str | None = None
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query string. The empty path is the table itself, `("a", "b")` b embedded in a."""

    select: Select = (Column(Field("*")),)
    conditions: tuple[tuple[Path, Condition], ...] = ()
    orders: Mapping[Path, tuple[OrderTerm, ...]] = field(default_factory=dict)
    limits: Mapping[Path, int] = field(default_factory=dict)
    offsets: Mapping[Path, int] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None
    on_conflict: tuple[str, ...] | None = None
    # What is no filter: arguments of a function that is called by GET.
    arguments: tuple[tuple[str, str], ...] = ()
