"""The order that tables are filled in: what is referred to before what refers to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from emulator.migrating.models import ForeignKey, Table


@dataclass(frozen=True, slots=True)
class Order:
    """`held` are columns that stay empty until every table has its rows."""

    tables: tuple[str, ...]
    held: Mapping[str, frozenset[str]]


def ordered(tables: Sequence[Table]) -> Order:
    """Where tables refer to each other in a circle, columns that may be NULL break it."""
    names = {table.name for table in tables}
    left = {table.name: table for table in tables}
    held: dict[str, frozenset[str]] = {}
    done: list[str] = []

    def waits(table: Table) -> list[ForeignKey]:
        """What it refers to that is not there yet, its own rows included."""
        return [
            key
            for key in table.foreign_keys
            if key.target in names
            and key.target not in done
            and not (held.get(table.name, frozenset()) & set(key.columns))
        ]

    while left:
        ready = [name for name, table in left.items() if not waits(table)]
        if not ready:
            name = breaking(list(left.values()), waits)
            table = left[name]
            free = frozenset(nullable(table, key) for key in waits(table)) - {""}
            held[name] = held.get(name, frozenset()) | free
            # One that cannot be broken is tried anyway: D1 names the rows it does not take.
            ready = [name]
        for name in ready:
            done.append(name)
            del left[name]
    return Order(tuple(done), held)


def breaking(tables: Sequence[Table], waits: Callable[[Table], list[ForeignKey]]) -> str:
    """The table that is best filled in next: held up by columns that may be NULL, by itself
    rather than by others, by few.
    """

    def cost(table: Table) -> tuple[bool, bool, int]:
        keys = waits(table)
        stuck = not all(nullable(table, key) for key in keys)
        return stuck, any(key.target != table.name for key in keys), len(keys)

    return min(tables, key=cost).name


def nullable(table: Table, key: ForeignKey) -> str:
    """A column of the key that may be NULL, if there is one."""
    columns = {column.name: column for column in table.columns}
    keys = set(table.primary_key)
    free = (name for name in key.columns if not columns[name].not_null and name not in keys)
    return next(free, "")
