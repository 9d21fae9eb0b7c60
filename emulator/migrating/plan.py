"""What a migration will do: every table with its columns and their kinds, and what is left out.

Made from both schemas before anything is written. What would be lost without a word is a
fault here, and a migration with faults does not begin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emulator.migrating.ddl import ddl_of
from emulator.migrating.mapping import Numeric, is_vector, kind_of
from emulator.migrating.models import Column, Table, TargetTable
from emulator.migrating.order import ordered
from emulator.migrating.statements import Shape

MAX_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Options:
    """What the user wants. `skipped` are `table.column`; `vectors` those that Vectorize gets."""

    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    vectors: frozenset[str] = frozenset()
    numeric: Numeric = "real"


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One table: its columns in the source, and its shape in D1. `create` is what makes it.

    `held` are positions of columns that stay empty until all tables have their rows.
    """

    source: Table
    columns: tuple[Column, ...]
    shape: Shape
    create: tuple[str, ...] = ()
    held: frozenset[int] = frozenset()
    has_rowid: bool = True

    @property
    def name(self) -> str:
        return self.source.name


@dataclass(frozen=True, slots=True)
class Plan:
    """Tables in the order they are filled in."""

    tables: tuple[TablePlan, ...]
    notes: tuple[str, ...]
    faults: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        tables = [
            {
                "table": one.name,
                "create": list(one.create),
                "columns": {
                    name: kind.d1_type
                    for name, kind in zip(one.shape.columns, one.shape.kinds, strict=True)
                },
            }
            for one in self.tables
        ]
        return {"tables": tables, "notes": list(self.notes), "faults": list(self.faults)}

    def lines(self) -> list[str]:
        """The plan for people."""
        lines = []
        for table in self.tables:
            what = "make and fill" if table.create else "fill"
            lines.append(f"{what} {table.name}: {len(table.columns)} columns")
            pairs = zip(table.columns, table.shape.kinds, strict=True)
            lines += [f"    {one.name}: {one.shown} -> {kind.d1_type}" for one, kind in pairs]
        lines += [f"note: {note}" for note in self.notes]
        return lines + [f"fault: {fault}" for fault in self.faults]


@dataclass
class Draft:
    """What is said while a plan is made."""

    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def plan_of(tables: Sequence[Table], target: Mapping[str, TargetTable], options: Options) -> Plan:
    draft = Draft()
    known = {table.name for table in tables}
    for name in sorted((options.include | options.exclude) - known):
        draft.faults.append(f"the source has no table {name}")
    wanted = [table for table in tables if is_wanted(table, options)]
    if not wanted and not options.vectors:
        draft.faults.append("there is no table to move")
    order = ordered(wanted)
    by_name = {table.name: table for table in wanted}
    made = frozenset(by_name)
    plans = [
        table_plan(by_name[name], target, made, order.held.get(name, frozenset()), options, draft)
        for name in order.tables
    ]
    found = tuple(one for one in plans if one is not None)
    return Plan(found, tuple(draft.notes), tuple(draft.faults))


def is_wanted(table: Table, options: Options) -> bool:
    if table.name in options.exclude:
        return False
    return not options.include or table.name in options.include


def table_plan(
    table: Table,
    target: Mapping[str, TargetTable],
    made: frozenset[str],
    held: frozenset[str],
    options: Options,
    draft: Draft,
) -> TablePlan | None:
    there = target.get(table.name.lower())
    columns = columns_of(table, there, options, draft)
    if not columns:
        draft.faults.append(f"{table.name}: no column to move")
        return None
    if len(columns) > MAX_COLUMNS:
        draft.faults.append(f"{table.name}: D1 takes {MAX_COLUMNS} columns, not {len(columns)}")
        return None
    names = tuple(column.name for column in columns)
    types = {} if there is None else {name.lower(): type for name, type in there.types.items()}
    kinds = tuple(kind_of(one, options.numeric, types.get(one.name.lower())) for one in columns)
    create: tuple[str, ...] = ()
    if there is None:
        ddl = ddl_of(table, dict(zip(names, kinds, strict=True)), made)
        create = ddl.statements
        draft.notes += ddl.notes
    key = key_of(table, names)
    if not key:
        draft.notes.append(f"{table.name} has no key: rows are told apart by all they hold")
    positions = frozenset(names.index(name) for name in held if name in names)
    has_rowid = there is None or there.has_rowid
    shape = Shape(table.name if there is None else there.name, names, kinds, key)
    return TablePlan(table, columns, shape, create, positions if key else frozenset(), has_rowid)


def columns_of(
    table: Table, there: TargetTable | None, options: Options, draft: Draft
) -> tuple[Column, ...]:
    """The columns that D1 gets. One that it has no place for is a fault unless it is skipped."""
    names = None if there is None else {name.lower() for name in there.types}
    chosen = []
    for column in table.columns:
        full = f"{table.name}.{column.name}"
        if full in options.skipped:
            draft.notes.append(f"{full} is skipped")
        elif full in options.vectors:
            draft.notes.append(f"{full} goes to Vectorize")
        elif names is not None and column.name.lower() not in names:
            draft.faults.append(f"{full} is not in D1's table; --skip-column {full} leaves it out")
        else:
            if is_vector(column):
                draft.notes.append(f"{full} goes to D1 as text, not to Vectorize")
            chosen.append(column)
    return tuple(chosen)


def key_of(table: Table, names: tuple[str, ...]) -> tuple[int, ...]:
    """Positions of the primary key, else of a unique constraint whose columns are never NULL."""
    solid = {column.name for column in table.columns if column.not_null}
    keys = [table.primary_key] if table.primary_key else []
    keys += [one for one in table.uniques if set(one) <= solid]
    for key in keys:
        if set(key) <= set(names):
            return tuple(names.index(one) for one in key)
    return ()
