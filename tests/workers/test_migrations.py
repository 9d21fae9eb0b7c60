"""Durable Object migrations, without a store."""

from itertools import count
from typing import Any

import pytest

from emulator.core.errors import CloudflareError, NotImplementedHere
from emulator.workers.errors import (
    ClassStillBound,
    MigrationInvalid,
    MigrationTagMismatch,
    ScriptInvalid,
)
from emulator.workers.migrations import declared, migrated
from emulator.workers.models import Namespace

ROOM = Namespace("r", "shop", "Room", sqlite=True)
THEIRS = Namespace("t", "other", "Hall", sqlite=False)


def run(
    migrations: dict[str, Any],
    *current: Namespace,
    tag: str | None = None,
    bound: tuple[str, ...] = (),
) -> tuple[list[Namespace], str | None]:
    ids = count()
    return migrated(
        "shop",
        current,
        tag,
        migrations,
        bound,
        lambda owner: {"Hall": THEIRS} if owner == "other" else {},
        lambda: f"id{next(ids)}",
    )


def test_new_classes_get_namespaces_of_their_kind() -> None:
    steps = [{"new_classes": ["Old"]}, {"new_sqlite_classes": ["Room"]}]

    assert run({"new_tag": "v2", "steps": steps}) == (
        [Namespace("id0", "shop", "Old", False), Namespace("id1", "shop", "Room", True)],
        "v2",
    )


def test_a_single_step_needs_no_list() -> None:
    assert run({"new_tag": "v1", "new_sqlite_classes": ["Room"]})[0][0].class_name == "Room"


def test_a_renamed_class_keeps_its_objects() -> None:
    step = {"renamed_classes": [{"from": "Room", "to": "Hall"}]}

    assert run(step, ROOM)[0] == [Namespace("r", "shop", "Hall", sqlite=True)]


def test_a_transferred_class_keeps_its_objects() -> None:
    step = {"transferred_classes": [{"from": "Hall", "from_script": "other", "to": "Room"}]}

    assert run(step)[0] == [Namespace("t", "shop", "Room", sqlite=False)]


def test_a_deleted_class_is_gone_and_the_tag_stays_without_a_new_one() -> None:
    assert run({"old_tag": "v1", "deleted_classes": ["Room"]}, ROOM, tag="v1") == ([], "v1")


@pytest.mark.parametrize(
    ("migrations", "refusal", "message"),
    [
        ({"old_tag": "v0"}, MigrationTagMismatch, "current tag is 'v1'"),
        ({}, MigrationTagMismatch, "current tag is 'v1'"),
        (
            {"new_sqlite_classes": ["Room"]},
            MigrationInvalid,
            "Cannot apply new-sqlite-class migration to class 'Room' that is already depended on",
        ),
        ({"new_classes": ["Room"]}, MigrationInvalid, "Cannot apply new-class migration"),
        (
            {"deleted_classes": ["Hall"]},
            MigrationInvalid,
            "delete-class migration to class 'Hall' which was not exported in the previous",
        ),
        ({"renamed_classes": [{"from": "A", "to": "B"}]}, MigrationInvalid, "class 'A'"),
        (
            {"transferred_classes": [{"from": "A", "from_script": "other", "to": "B"}]},
            MigrationInvalid,
            "class 'A'",
        ),
        ({"steps": "none"}, ScriptInvalid, "migrations"),
        ({"steps": ["none"]}, ScriptInvalid, "migrations"),
        ({"new_classes": [7]}, ScriptInvalid, "migrations"),
        ({"new_classes": {"Room": 1}}, ScriptInvalid, "migrations"),
        ({"renamed_classes": [{"from": "Room"}]}, ScriptInvalid, "migrations"),
    ],
)
def test_what_cannot_be_is_refused(
    migrations: dict[str, Any], refusal: type[CloudflareError], message: str
) -> None:
    if refusal is not MigrationTagMismatch:
        migrations = {"old_tag": "v1", **migrations}

    with pytest.raises(refusal, match=message):
        run(migrations, ROOM, tag="v1")


def test_a_class_that_is_still_bound_is_not_deleted() -> None:
    with pytest.raises(ClassStillBound, match="without also removing the binding"):
        run({"deleted_classes": ["Room"]}, ROOM, bound=("Room",))


def test_declared_exports_make_rename_and_delete_classes() -> None:
    live = {"type": "durable-object", "storage": "sqlite"}
    exports = {
        "Room": {"type": "durable-object", "state": "renamed", "renamed_to": "Hall"},
        "New": live,
        "Entry": {"type": "worker"},
        "Gone": {"type": "durable-object", "state": "deleted"},
    }
    gone = Namespace("g", "shop", "Gone", sqlite=True)

    found = declared("shop", [ROOM, gone], exports, lambda: "n")

    assert {one.class_name: one.id for one in found} == {"Hall": "r", "New": "n"}


def test_declared_transfers_are_not_built() -> None:
    exports = {"Room": {"type": "durable-object", "state": "transferred"}}

    with pytest.raises(NotImplementedHere):
        declared("shop", [ROOM], exports, lambda: "n")
