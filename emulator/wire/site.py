"""A request as the rules of a site read it, and their answer with its file as a reply."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO

from emulator.sites.site import Answered, Asked
from emulator.wire.call import Scope
from emulator.wire.reply import Reply

BLOCK_BYTES = 262_144
# A file of up to so many bytes is sent in one piece.
WHOLE_BYTES = 65_536


def asked_in(scope: Scope) -> Asked:
    named = dict(scope["headers"])
    return Asked(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        named.get(b"if-none-match", b"").decode("latin-1"),
        b"authorization" in named or b"range" in named,
    )


def reply_with(
    answered: Answered, path: Path | None, size_bytes: int, content_type: str | None = None
) -> Reply:
    """`path` is the file that is shown; its own type goes before the one its name means."""
    headers = dict(answered.headers)
    if content_type:
        headers["content-type"] = content_type
    pairs = tuple((name.encode(), text.encode("utf-8")) for name, text in headers.items())
    if path is None:
        return Reply(b"", status=answered.status, headers=pairs)
    # Opened now: a file that is removed meanwhile is still read to its end.
    body = path.read_bytes() if size_bytes <= WHOLE_BYTES else blocks(path.open("rb"))
    return Reply(body, status=answered.status, headers=pairs)


async def blocks(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    with file:
        while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
            yield block
