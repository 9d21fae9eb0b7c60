"""Namespaces: made, found, renamed, removed."""

from collections.abc import Callable

import pytest

from emulator.kv.errors import (
    NamespaceExists,
    NamespaceIdInvalid,
    NamespaceNotFound,
    TitleMissing,
    TitleTooLong,
    TooManyNamespaces,
)
from emulator.kv.limits import MAX_NAMESPACES
from emulator.kv.models import Namespace
from emulator.kv.store import KVStore

UNKNOWN = "0" * 32


def test_a_new_namespace_has_an_id_of_32_hex_digits(kv: KVStore) -> None:
    namespace = kv.create_namespace("sessions", jurisdiction="eu")

    assert len(bytes.fromhex(namespace.id)) == 16
    assert kv.get_namespace(namespace.id) == Namespace(namespace.id, "sessions", "eu")


def test_a_namespace_may_be_given_its_id(kv: KVStore) -> None:
    kv.create_namespace("sessions", namespace_id="local-sessions")

    kv.put("local-sessions", "key", b"value")

    assert kv.get("local-sessions", "key").value == b"value"
    assert kv.namespace_titled("sessions").id == "local-sessions"


def test_titles_and_ids_are_unique(kv: KVStore, namespace_id: str) -> None:
    with pytest.raises(NamespaceExists):
        kv.create_namespace("sessions")
    with pytest.raises(NamespaceExists):
        kv.create_namespace("other", namespace_id=namespace_id)


def test_a_title_is_not_empty_and_not_too_long(kv: KVStore) -> None:
    with pytest.raises(TitleMissing):
        kv.create_namespace("")
    with pytest.raises(TitleTooLong):
        kv.create_namespace("a" * 513)


def test_a_renamed_namespace_keeps_its_id_and_entries(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "key", b"value")

    assert kv.rename_namespace(namespace_id, "tokens") == Namespace(namespace_id, "tokens")
    assert kv.get(namespace_id, "key").value == b"value"


def test_a_name_may_be_given_again_to_itself_but_not_to_another(
    kv: KVStore, namespace_id: str
) -> None:
    other = kv.create_namespace("other").id

    kv.rename_namespace(namespace_id, "sessions")

    with pytest.raises(NamespaceExists):
        kv.rename_namespace(other, "sessions")


def test_a_deleted_namespace_takes_its_entries_along(kv: KVStore, namespace_id: str) -> None:
    kv.put(namespace_id, "key", b"value")

    kv.delete_namespace(namespace_id)
    kv.create_namespace("sessions", namespace_id=namespace_id)

    assert kv.list(namespace_id).keys == []


def test_namespaces_do_not_share_keys(kv: KVStore, namespace_id: str) -> None:
    other = kv.create_namespace("other").id
    kv.put(namespace_id, "key", b"one")
    kv.put(other, "key", b"two")

    kv.delete(other, "key")

    assert kv.get(namespace_id, "key").value == b"one"


def test_namespaces_are_listed_by_id(kv: KVStore) -> None:
    for title in ("b", "a", "c"):
        kv.create_namespace(title)

    ids = [namespace.id for namespace in kv.namespaces()]

    assert ids == sorted(ids)
    assert len(ids) == 3


def test_an_account_has_at_most_1000_namespaces(kv: KVStore) -> None:
    for number in range(MAX_NAMESPACES):
        kv.create_namespace(f"{number}")

    with pytest.raises(TooManyNamespaces):
        kv.create_namespace("one more")


OPERATIONS: dict[str, Callable[[KVStore], object]] = {
    "get": lambda kv: kv.get(UNKNOWN, "key"),
    "put": lambda kv: kv.put(UNKNOWN, "key", b""),
    "remove key": lambda kv: kv.delete(UNKNOWN, "key"),
    "list keys": lambda kv: kv.list(UNKNOWN),
    "get namespace": lambda kv: kv.get_namespace(UNKNOWN),
    "rename namespace": lambda kv: kv.rename_namespace(UNKNOWN, "title"),
    "remove namespace": lambda kv: kv.delete_namespace(UNKNOWN),
    "bulk put": lambda kv: kv.put_many(UNKNOWN, []),
    "bulk remove": lambda kv: kv.delete_many(UNKNOWN, []),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_names_itself_where_the_namespace_is_unknown(kv: KVStore, name: str) -> None:
    with pytest.raises(NamespaceNotFound, match=f"^{name}: 'namespace not found'$"):
        OPERATIONS[name](kv)


def test_what_is_no_id_is_told_apart(kv: KVStore) -> None:
    with pytest.raises(NamespaceIdInvalid, match="perhaps your object identifier is invalid"):
        kv.get("nonsense", "key")
