"""Which relationship an embedded resource means."""

from emulator.standins.supabase.rest.catalog import Catalog, Relationship, Table
from emulator.standins.supabase.rest.errors import ambiguous_relationship, no_relationship
from emulator.standins.supabase.rest.models import Embed


def relationship(catalog: Catalog, table: Table, embed: Embed) -> Relationship:
    """Raises PostgREST's refusals where there is none, or more than one."""
    known = catalog.relationships.get(table.key, ())
    found = [one for one in known if means(one, embed.name, embed.hint)]
    if not found:
        raise no_relationship(table.schema, table.name, embed.name, embed.hint)
    if len(found) > 1:
        shown = [one.json() for one in found]
        raise ambiguous_relationship(
            table.name, embed.name, shown, (one.constraint for one in found)
        )
    return found[0]


def means(one: Relationship, target: str, hint: str | None) -> bool:
    """A target is a table, a foreign key or its column; a hint says which key of a table's."""
    if one.table.key == one.other.key and one.junction is None:
        return means_itself(one, target, hint)
    if hint is None:
        return target in (one.other.name, *key_names(one), *single(one.near, one))
    if one.other.name != target:
        return False
    if one.junction is not None:
        return hint == one.junction.table.name
    return hint in (one.constraint, *single(one.near, one), *single(one.far, one))


def means_itself(one: Relationship, target: str, hint: str | None) -> bool:
    """Of a table that refers to itself: by its name the children, by the column the parent."""
    children = one.cardinality == "one-to-many"
    if hint is not None:
        return target == one.other.name and children and hint in (one.constraint, *one.far)
    if children:
        return target == one.other.name
    return target in single(one.near, one)


def key_names(one: Relationship) -> tuple[str, ...]:
    return () if one.junction is not None else (one.constraint,)


def single(columns: tuple[str, ...], one: Relationship) -> tuple[str, ...]:
    """The column of a foreign key that has only one."""
    return columns if len(columns) == 1 and one.junction is None else ()
