"""The directory remembers accounts and credentials, on disk too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.core.database import Database
from emulator.identity.store import SCHEMA, Directory

A, B = "a" * 32, "b" * 32
ALL = frozenset({"*"})


def opened(tmp_path: Path) -> Directory:
    return Directory(Database(tmp_path / "identity.sqlite", SCHEMA))


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    directory = opened(tmp_path)
    directory.put_account(A, "First")
    directory.put_account(B, "Second")
    directory.put_credential("1" * 32, "one", {A: ALL, B: frozenset({"kv:read"})})
    yield directory
    directory.close()


def test_what_was_put_is_there_after_a_restart(directory: Directory, tmp_path: Path) -> None:
    again = opened(tmp_path)

    credential = again.by_authorization(b"Bearer one")
    assert credential is not None
    assert [record.name for record in again.accounts_of(credential)] == ["First", "Second"]
    assert credential.scopes(B) == frozenset({"kv:read"})
    again.close()


def test_the_schemes_case_does_not_matter(directory: Directory) -> None:
    assert directory.by_authorization(b"bearer one") is not None
    assert directory.by_authorization(b"Basic one") is None


def test_a_replaced_token_is_unknown(directory: Directory) -> None:
    directory.put_credential("1" * 32, "two", {A: ALL})

    assert directory.by_authorization(b"Bearer one") is None
    assert directory.by_authorization(b"Bearer two") is not None


def test_a_deleted_account_takes_what_reached_it_alone(directory: Directory) -> None:
    directory.put_credential("2" * 32, "only-b", {B: ALL})

    directory.delete_account(B)

    assert directory.by_authorization(b"Bearer only-b") is None
    credential = directory.by_authorization(b"Bearer one")
    assert credential is not None
    assert credential.scopes(B) is None
