"""A body is bounded however the server hands it over: whole, or piece by piece."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from emulator.core.errors import BodyTooLarge
from emulator.wire.body import ClientGone, Receive, read_body


def arriving(*pieces: bytes, cut: bool = False) -> Receive:
    """What a server says of a body in such pieces; `cut` when the client leaves after them."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": cut or number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]
    waiting = iter([*messages, {"type": "http.disconnect"}])

    async def receive() -> MutableMapping[str, Any]:
        return next(waiting)

    return receive


@pytest.mark.parametrize("pieces", [[b"1234567890"], [b"12345", b"67890"], [b"", b"1234567890"]])
async def test_a_body_at_the_limit_is_whole(pieces: list[bytes]) -> None:
    assert await read_body(arriving(*pieces), 10) == b"1234567890"


@pytest.mark.parametrize("pieces", [[b"12345678901"], [b"12345", b"678901"]])
async def test_a_body_over_the_limit_is_too_large(pieces: list[bytes]) -> None:
    with pytest.raises(BodyTooLarge):
        await read_body(arriving(*pieces), 10)


@pytest.mark.parametrize("pieces", [[], [b"123"]])
async def test_a_client_that_leaves_has_sent_no_body(pieces: list[bytes]) -> None:
    with pytest.raises(ClientGone):
        await read_body(arriving(*pieces, cut=True), 10)
