"""Lists: what lies directly below a prefix, folders among it, as Storage's `search` has it."""

from dataclasses import dataclass
from operator import attrgetter

from emulator.standins.supabase.storage.models import Json, Stored, moment

COLUMNS = ("name", "updated_at", "created_at", "last_accessed_at")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of a list. `search` is how names below the prefix begin."""

    prefix: str
    limit: int
    offset: int
    search: str
    column: str
    descending: bool


def level(prefix: str) -> str:
    """How the names below a folder begin."""
    below = prefix.strip("/")
    return f"{below}/" if below else ""


def listed(objects: list[Stored], wanted: Wanted) -> list[Json]:
    """Folders and objects on one level, of `objects` below it."""
    start, begins = level(wanted.prefix), wanted.search.lower()
    folders: dict[str, None] = {}
    files: list[Stored] = []
    for item in objects:
        below = item.name[len(start) :]
        folder, slash, _ = below.partition("/")
        if not below.lower().startswith(begins):
            continue
        if slash:
            folders[folder] = None
        else:
            files.append(item)
    rows = ordered(list(folders), files, len(start), wanted)
    return rows[wanted.offset : wanted.offset + wanted.limit]


def ordered(folders: list[str], files: list[Stored], start: int, wanted: Wanted) -> list[Json]:
    """By name all together; by a time, the folders first."""
    if wanted.column == "name":
        rows = [folder_row(name) for name in folders] + [file_row(one, start) for one in files]
        return sorted(rows, key=lambda row: str(row["name"]), reverse=wanted.descending)
    column = "created_at" if wanted.column == "created_at" else "updated_at"
    files = sorted(files, key=attrgetter(column, "name"), reverse=wanted.descending)
    return [folder_row(name) for name in sorted(folders)] + [file_row(one, start) for one in files]


def folder_row(name: str) -> Json:
    return {
        "name": name,
        "id": None,
        "updated_at": None,
        "created_at": None,
        "last_accessed_at": None,
        "metadata": None,
    }


def file_row(item: Stored, start: int) -> Json:
    return {
        "name": item.name[start:],
        "id": item.id,
        "updated_at": moment(item.updated_at),
        "created_at": moment(item.created_at),
        "last_accessed_at": moment(item.updated_at),
        "metadata": item.facts(),
    }


def page(objects: list[Stored], prefix: str, after: str, limit: int, *, folders: bool) -> Json:
    """List v2 of `objects` below `prefix`: whole names in order, from a cursor on.

    With `folders`, one level only.
    """
    entries: dict[str, Stored | None] = {}
    for item in objects:
        folder, slash, _ = item.name[len(prefix) :].partition("/")
        if folders and slash:
            entries[f"{prefix}{folder}/"] = None
        else:
            entries[item.name] = item
    names = [name for name in sorted(entries) if name > after]
    shown, more = names[:limit], len(names) > limit
    found = [(name, entries[name]) for name in shown]
    return {
        "hasNext": more,
        **({"nextCursor": shown[-1]} if more else {}),
        "folders": [{"key": name[:-1], "name": name} for name, item in found if item is None],
        "objects": [{**file_row(item, 0), "key": name} for name, item in found if item is not None],
    }
