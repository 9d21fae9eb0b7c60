"""Blobs: whole when they are in place, gone when nobody wants or reads them."""

from pathlib import Path

import pytest

from emulator.core.blobs import Blobs
from emulator.core.ids import Ids


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs", Ids(seed=1), full_sync=False)


def sealed(blobs: Blobs, data: bytes = b"value") -> str:
    writer = blobs.create()
    writer.write(data)
    writer.seal()
    return writer.blob


def on_disk(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize("full_sync", [False, True])
def test_a_sealed_blob_is_read_by_its_id(tmp_path: Path, full_sync: bool) -> None:
    blobs = Blobs(tmp_path / "blobs", Ids(seed=1), full_sync=full_sync)
    writer = blobs.create()
    writer.write(b"one ")
    writer.write(memoryview(b"two"))

    writer.seal()

    assert blobs.path(writer.blob).read_bytes() == b"one two"


def test_an_unsealed_blob_is_not_in_place(blobs: Blobs) -> None:
    writer = blobs.create()
    writer.write(b"half")

    assert not blobs.path(writer.blob).exists()
    writer.discard()


def test_a_discarded_blob_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    writer = blobs.create()
    writer.write(b"half")

    writer.discard()
    writer.discard()

    assert on_disk(tmp_path) == []


def test_a_removed_blob_is_gone(blobs: Blobs, tmp_path: Path) -> None:
    kept, gone = sealed(blobs), sealed(blobs)

    blobs.remove(gone)
    blobs.remove(gone)

    assert on_disk(tmp_path) == [kept]


def test_a_pinned_blob_outlives_its_removal_until_the_last_pin(blobs: Blobs) -> None:
    blob = sealed(blobs)
    blobs.pin([blob])
    blobs.pin([blob])
    blobs.remove(blob)

    blobs.unpin([blob])
    assert blobs.path(blob).read_bytes() == b"value"

    blobs.unpin([blob])
    assert not blobs.path(blob).exists()


def test_a_blob_that_is_no_longer_pinned_stays(blobs: Blobs) -> None:
    blob = sealed(blobs)
    blobs.pin([blob])
    blobs.unpin([blob])
    assert blobs.path(blob).exists()

    blobs.remove(blob)
    assert not blobs.path(blob).exists()


def test_a_sweep_removes_what_nobody_wants_and_what_was_never_sealed(
    blobs: Blobs, tmp_path: Path
) -> None:
    wanted, orphan = sealed(blobs), sealed(blobs)
    unsealed = blobs.create()
    unsealed.write(b"half")
    assert len(on_disk(tmp_path)) == 3

    swept = blobs.sweep(lambda blob: blob == wanted)

    assert swept == 2
    assert on_disk(tmp_path) == [wanted]
    assert not blobs.path(orphan).exists()
    unsealed.discard()


def test_a_reopened_directory_has_its_blobs(blobs: Blobs, tmp_path: Path) -> None:
    blob = sealed(blobs)

    again = Blobs(tmp_path / "blobs", Ids(seed=2), full_sync=False)

    assert again.path(blob).read_bytes() == b"value"
    assert again.sweep(lambda _: True) == 0
