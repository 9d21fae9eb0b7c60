"""Whose the rows of a table are: what is declared, and what the schema lets us find."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.guard.owners_found import Ownership, Through, found
from emulator.guard.schema import Schema

__all__ = ["Owners", "Ownership", "Through"]

NAME = re.compile(r"^\s*(\w+)\s*(?:->\s*(\w+)\.(\w+)\s*)?$")


@dataclass(frozen=True)
class Owners:
    """By table, in lower case. What is not here is shared by all."""

    tables: Mapping[str, Ownership] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: Schema, declared: Mapping[str, Any]) -> "Owners":
        """`declared` is `[guard]` of twin.toml; tables that are not there are passed over.

        owners = { notes = "user_id", order_items = "order_id -> orders.id" }
        grants = { note_shares = "note_id -> notes.id" }
        shared = ["countries"]

        Raises ValueError, with a sentence, for what it cannot read.
        """
        shared = {str(name).lower() for name in listed(declared.get("shared", []), "shared")}
        owners = references(declared.get("owners", {}), "owners")
        grants = references(declared.get("grants", {}), "grants")
        named = {
            table: ownership(schema, table, owners.get(table, ()), grants.get(table, ()))
            for table in sorted(owners.keys() | grants.keys())
            if schema.table(table)
        }
        return cls(found(schema, named, shared))

    def __getitem__(self, table: str) -> Ownership:
        return self.tables[table.lower()]

    def __contains__(self, table: str) -> bool:
        return table.lower() in self.tables


Reference = tuple[str, str, str]


def listed(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"[guard] {key}: a list of names is wanted, not {value!r}.")
    return value


def references(value: Any, key: str) -> dict[str, tuple[Reference, ...]]:
    """`"user_id"`, `"order_id -> orders.id"` or a list of them, by table."""
    if not isinstance(value, Mapping):
        raise ValueError(f"[guard] {key}: tables and their columns are wanted, not {value!r}.")
    return {
        str(table).lower(): tuple(
            reference(text, f"{key}.{table}")
            for text in (given if isinstance(given, list) else [given])
        )
        for table, given in value.items()
    }


def reference(text: Any, key: str) -> Reference:
    match = NAME.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            f'[guard] {key}: {text!r} is neither "column" nor "column -> table.column".'
        )
    column, table, its = (part.lower() if part else "" for part in match.groups())
    return column, table, its


def ownership(
    schema: Schema,
    name: str,
    owners: tuple[Reference, ...],
    grants: tuple[Reference, ...],
) -> Ownership:
    columns = tuple(canonical(schema, name, column) for column, table, _ in owners if not table)
    return Ownership(columns, through(schema, name, owners), through(schema, name, grants))


def through(schema: Schema, name: str, given: tuple[Reference, ...]) -> tuple[Through, ...]:
    return tuple(
        Through(canonical(schema, name, column), table, canonical(schema, table, key))
        for column, table, key in given
        if table
    )


def canonical(schema: Schema, table: str, column: str) -> str:
    known = schema.table(table)
    return (known.column(column) if known else None) or column
