"""What there is in the exposed schemas: tables, their columns and relationships, functions."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Cardinality = Literal["many-to-one", "one-to-one", "one-to-many", "many-to-many"]


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """`type` is PostgreSQL's own spelling, safe as SQL; `default` an expression of the schema."""

    name: str
    type: str
    default: str | None
    nullable: bool
    # Of a generated column or `GENERATED ALWAYS AS IDENTITY` there is no default to apply.
    is_generated: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table, view, materialized view or foreign table."""

    schema: str
    name: str
    columns: Mapping[str, ColumnInfo]
    primary_key: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.schema, self.name


@dataclass(frozen=True, slots=True)
class Junction:
    """The table between two others: its columns that refer to the one, and to the other."""

    table: Table
    near: tuple[str, ...]
    far: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relationship:
    """How `table` refers to `other`, by pairs of columns or by way of a junction."""

    constraint: str
    cardinality: Cardinality
    table: Table
    other: Table
    near: tuple[str, ...]
    far: tuple[str, ...]
    junction: Junction | None = None

    @property
    def to_one(self) -> bool:
        return self.cardinality in ("many-to-one", "one-to-one")

    def json(self) -> dict[str, str]:
        near, far = ", ".join(self.near), ", ".join(self.far)
        using = f"{self.constraint} using {self.table.name}({near}) and {self.other.name}({far})"
        return {
            "cardinality": self.cardinality,
            "embedding": f"{self.table.name} with {self.other.name}",
            "relationship": using,
        }


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: str
    required: bool
    variadic: bool


@dataclass(frozen=True, slots=True)
class Function:
    """`kind`: one value, one row, or nothing; `is_set` for any number of values or rows."""

    schema: str
    name: str
    parameters: tuple[Parameter, ...]
    kind: Literal["scalar", "row", "void"]
    is_set: bool
    volatility: str
    # The table whose rows it returns, and the names of the columns that are none of a table.
    table: tuple[str, str] | None
    columns: tuple[str, ...]

    def takes(self, names: frozenset[str]) -> bool:
        known = {parameter.name for parameter in self.parameters}
        required = {parameter.name for parameter in self.parameters if parameter.required}
        return required <= names <= known

    @property
    def takes_body(self) -> bool:
        """A single unnamed parameter of JSON takes the whole body."""
        return len(self.parameters) == 1 and (
            not self.parameters[0].name and self.parameters[0].type in ("json", "jsonb")
        )

    @property
    def shown(self) -> str:
        named = ", ".join(f"{one.name} => {one.type}" for one in self.parameters)
        return f"{self.schema}.{self.name}({named})"


@dataclass(frozen=True, slots=True)
class Catalog:
    """One reading of a database."""

    tables: Mapping[tuple[str, str], Table]
    relationships: Mapping[tuple[str, str], Sequence[Relationship]]
    functions: Mapping[tuple[str, str], Sequence[Function]]

    def near_table(self, schema: str, name: str) -> str | None:
        return nearest(name, (known for at, known in self.tables if at == schema))

    def near_function(self, schema: str, name: str) -> str | None:
        return nearest(name, (known for at, known in self.functions if at == schema))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name that somebody may have meant."""
    return next(iter(difflib.get_close_matches(name[:63], known, 1, 0.75)), None)
