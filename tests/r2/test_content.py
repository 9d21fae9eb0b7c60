"""Content on its way: whatever the pieces, reading is slicing."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.blobs import Blobs
from emulator.core.ids import Ids
from emulator.r2.content import INLINE_BYTES, Incoming, Source
from emulator.r2.models import Piece


def blobs_in(directory: Path) -> Blobs:
    return Blobs(directory, Ids(seed=1), full_sync=False)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return blobs_in(tmp_path)


def stored(blobs: Blobs, pieces: list[bytes]) -> list[Piece]:
    """The pieces as blobs, pinned as whoever reads them does."""
    made = []
    for data in pieces:
        writer = blobs.create()
        writer.write(data)
        writer.seal()
        made.append(Piece(writer.blob, len(data)))
    blobs.pin(piece.blob for piece in made)
    return made


def chunks(source: Source, sizes: list[int]) -> Iterator[bytes]:
    """What reads of these sizes give, and of one byte thereafter."""
    for size in sizes:
        yield source.read(size)
    while chunk := source.read(1):
        yield chunk


# Only the last part of an upload may be empty.
PIECES = st.builds(
    lambda leading, last: [*leading, last],
    st.lists(st.binary(min_size=1, max_size=12), max_size=4),
    st.binary(max_size=12),
)


@given(
    pieces=PIECES,
    sizes=st.lists(st.integers(0, 20), max_size=6),
    data=st.data(),
)
@settings(max_examples=100, deadline=None)
def test_reading_is_slicing(pieces: list[bytes], sizes: list[int], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    offset = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, len(whole) - offset))
    expected = whole[offset : offset + length]
    with tempfile.TemporaryDirectory() as directory:
        blobs = blobs_in(Path(directory))
        sources = [
            Source(blobs, stored(blobs, pieces), offset, length, None),
            Source(blobs, (), offset, length, whole),
        ]
        for source in sources:
            with source:
                found = list(chunks(source, sizes))
                assert b"".join(found) == expected
                assert source.left == 0

    limits = [*sizes, *[1] * len(expected)]
    assert all(len(chunk) <= limit for chunk, limit in zip(found, limits, strict=False))


def test_a_read_is_as_long_as_was_asked_for_across_pieces(blobs: Blobs) -> None:
    with Source(blobs, stored(blobs, [b"abc", b"def"]), 1, 5, None) as source:
        assert source.read(4) == b"bcde"
        assert (source.left, source.is_in_memory) == (1, False)
        assert source.read(4) == b"f"


def test_closing_twice_lets_go_once(blobs: Blobs) -> None:
    pieces = stored(blobs, [b"abc"])
    blobs.pin([pieces[0].blob])
    source = Source(blobs, pieces, 0, 3, None)

    source.close()
    source.close()
    blobs.remove(pieces[0].blob)

    assert blobs.path(pieces[0].blob).read_bytes() == b"abc"


def test_a_blob_that_lost_bytes_is_not_served_as_whole(blobs: Blobs) -> None:
    pieces = stored(blobs, [b"abcdef"])
    blobs.path(pieces[0].blob).write_bytes(b"abc")

    with Source(blobs, pieces, 0, 6, None) as source:
        with pytest.raises(OSError, match="shorter than it was"):
            source.read(6)


@given(st.lists(st.binary(max_size=30), max_size=6), st.integers(-1, 60))
@settings(max_examples=60, deadline=None)
def test_content_is_held_up_to_its_limit_and_then_a_blob(
    pieces: list[bytes], inline_bytes: int
) -> None:
    whole = b"".join(pieces)
    with tempfile.TemporaryDirectory() as directory:
        blobs = blobs_in(Path(directory))
        incoming = Incoming(blobs, inline_bytes=inline_bytes)
        for piece in pieces:
            incoming.write(piece)
        content = incoming.finish()
        on_disk = b"" if content.blob is None else blobs.path(content.blob).read_bytes()

    assert (content.data is not None) == (len(whole) <= inline_bytes)
    assert (on_disk if content.data is None else content.data) == whole
    assert sum(piece.size for piece in content.pieces) == (
        0 if content.blob is None else len(whole)
    )


def test_discarded_content_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    incoming = Incoming(blobs)
    incoming.write(bytes(INLINE_BYTES + 1))
    assert len(list((tmp_path / "incoming").iterdir())) == 1

    incoming.discard()

    assert list((tmp_path / "incoming").iterdir()) == []


def test_what_is_small_may_be_discarded_too(blobs: Blobs, tmp_path: Path) -> None:
    incoming = Incoming(blobs)
    incoming.write(b"small")

    incoming.discard()

    assert list((tmp_path / "incoming").iterdir()) == []
