"""Frames that a client has not masked reach the server masked; others as they are."""

import pytest
from websockets.frames import Frame, Opcode

from emulator.masking import Masker


def framed(payload: bytes, *, mask: bool) -> bytes:
    return Frame(Opcode.BINARY, payload).serialize(mask=mask)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("piece", [1, 7, 1_000_000])
def test_an_unmasked_frame_is_masked_with_zeros(size: int, piece: int) -> None:
    plain, masker = framed(b"x" * size, mask=False) * 2, Masker()

    fed = b"".join(masker.feed(plain[at : at + piece]) for at in range(0, len(plain), piece))

    head = len(plain) // 2 - size
    one = plain[0:1] + bytes([plain[1] | 0x80]) + plain[2:head] + bytes(4) + b"x" * size
    assert fed == one * 2


def test_a_masked_frame_is_left_alone() -> None:
    masked = framed(b"hello" * 100, mask=True)

    assert Masker().feed(masked + masked) == masked + masked
