"""Durable Object migrations: which classes a script has after them. Pure.

https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.core.errors import NotImplementedHere
from emulator.workers.errors import (
    ClassStillBound,
    MigrationInvalid,
    MigrationTagMismatch,
    ScriptInvalid,
)
from emulator.workers.models import Json, Namespace

Classes = dict[str, Namespace]
# The namespaces of another script, by class.
Others = Callable[[str], Mapping[str, Namespace]]

EXISTS = "that is already depended on by existing Durable Objects"
ABSENT = "which was not exported in the previous version of the script"


def migrated(
    script: str,
    current: Sequence[Namespace],
    tag: str | None,
    migrations: Json,
    bound: Iterable[str],
    others: Others,
    new_id: Callable[[], str],
) -> tuple[list[Namespace], str | None]:
    """The namespaces and the tag afterwards; `bound` are the classes the new version binds.

    A class that is renamed or transferred keeps its namespace's id, and with it its objects.
    Raises `MigrationTagMismatch`, `MigrationInvalid`, `ClassStillBound`, `ScriptInvalid`.
    """
    if (migrations.get("old_tag") or None) != tag:
        raise MigrationTagMismatch(tag=tag or "")
    classes: Classes = {one.class_name: one for one in current}
    steps = migrations.get("steps")
    for step in [migrations] if steps is None else objects(steps):
        apply(step, script, classes, others, new_id)
    deleted = {one.class_name for one in current} - set(classes)
    for name in bound:
        if name in deleted:
            raise ClassStillBound(name=name, script=script)
    return list(classes.values()), migrations.get("new_tag") or tag


def apply(
    step: Json, script: str, classes: Classes, others: Others, new_id: Callable[[], str]
) -> None:
    for what, field, sqlite in (
        ("new-class", "new_classes", False),
        ("new-sqlite-class", "new_sqlite_classes", True),
    ):
        for name in names(step.get(field)):
            add(classes, Namespace(new_id(), script, name, sqlite), what)
    for change in objects(step.get("renamed_classes")):
        old, new = text(change, "from"), text(change, "to")
        moved = taken(classes, old, "rename-class")
        add(classes, replace(moved, class_name=new), "rename-class")
    for change in objects(step.get("transferred_classes")):
        owner, old = text(change, "from_script"), text(change, "from")
        if old not in (theirs := others(owner)):
            raise MigrationInvalid(what="transfer-class", name=old, reason=ABSENT)
        moved = replace(theirs[old], script=script, class_name=text(change, "to"))
        add(classes, moved, "transfer-class")
    for name in names(step.get("deleted_classes")):
        taken(classes, name, "delete-class")


def add(classes: Classes, namespace: Namespace, what: str) -> None:
    name = namespace.class_name
    if name in classes:
        raise MigrationInvalid(what=what, name=name, reason=EXISTS)
    classes[name] = namespace


def taken(classes: Classes, name: str, what: str) -> Namespace:
    if name not in classes:
        raise MigrationInvalid(what=what, name=name, reason=ABSENT)
    return classes.pop(name)


def names(value: object) -> list[str]:
    if not isinstance(value, list | tuple | type(None)):
        raise malformed()
    if not all(isinstance(name, str) and name for name in value or ()):
        raise malformed()
    return [str(name) for name in value or ()]


def objects(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list | tuple | type(None)):
        raise malformed()
    found = [item for item in value or () if isinstance(item, Mapping)]
    if len(found) < len(value or ()):
        raise malformed()
    return found


def text(change: Json, field: str) -> str:
    value = change.get(field)
    if not isinstance(value, str) or not value:
        raise malformed()
    return value


def malformed() -> ScriptInvalid:
    # [guess] what Cloudflare says is not known.
    return ScriptInvalid(reason="could not read the migrations of the metadata")


def declared(
    script: str, current: Sequence[Namespace], exports: Json, new_id: Callable[[], str]
) -> list[Namespace]:
    """The namespaces after a declarative `exports` block: live classes are made if they are not.

    A class that the block does not name stays [guess]. Raises `NotImplementedHere` for transfers.
    """
    classes: Classes = {one.class_name: one for one in current}
    for name, export in exports.items():
        if not isinstance(export, Mapping) or export.get("type") != "durable-object":
            continue
        state = export.get("state") or "created"
        if state == "created":
            sqlite = export.get("storage") != "legacy-kv"
            classes.setdefault(name, Namespace(new_id(), script, name, sqlite))
        elif state == "renamed" and name in classes:
            new = text(export, "renamed_to")
            classes[new] = replace(classes.pop(name), class_name=new)
        elif state == "deleted":
            classes.pop(name, None)
        elif state != "renamed":
            raise NotImplementedHere(operation=f"workers: exports in state {state}")
    return list(classes.values())
