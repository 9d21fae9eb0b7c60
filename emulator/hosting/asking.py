"""One request to a process of ours, by a socket that nobody else knows."""

from pathlib import Path
from urllib.parse import urlencode


async def ask(socket: Path, target: str, **query: str | int) -> bytes:
    """The body of the answer. Raises `OSError` and aiohttp's `ClientError` if there is none."""
    import aiohttp

    url = f"http://control{target}?{urlencode(query)}"
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
        session.get(url) as answer,
    ):
        return await answer.read()
