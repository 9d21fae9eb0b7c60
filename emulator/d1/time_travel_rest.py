"""Time Travel in Cloudflare's API.

https://developers.cloudflare.com/api/resources/d1/subresources/database/subresources/time_travel/
"""

from functools import partial

from emulator.core.clock import parse_iso
from emulator.d1.database import D1Database
from emulator.d1.history import Restored
from emulator.d1.rest import answer, route
from emulator.d1.transfer_errors import InvalidTimestamp, NoRestorePoint
from emulator.wire.call import Call
from emulator.wire.reply import Reply
from emulator.wire.routing import Route


async def get_bookmark(call: Call) -> Reply:
    database = call.account.d1.open(call.params["database_id"])
    text = call.query.get("timestamp")
    moment = None if text is None else moment_of(text)
    return answer({"bookmark": await database.submit(partial(database.bookmark, moment))})


async def restore(call: Call) -> Reply:
    database = call.account.d1.open(call.params["database_id"])
    bookmark, text = call.query.get("bookmark"), call.query.get("timestamp")
    if bookmark is None and text is None:
        raise NoRestorePoint()
    moment = None if text is None else moment_of(text)
    restored = await database.submit(partial(go_back, database, bookmark, moment))
    return answer(
        {
            "bookmark": restored.bookmark,
            "previous_bookmark": restored.previous_bookmark,
            "message": restored.message,
        }
    )


def go_back(database: D1Database, bookmark: str | None, moment: float | None) -> Restored:
    """Restore to the bookmark, or to the one of a moment."""
    return database.restore(database.bookmark(moment) if bookmark is None else bookmark)


def moment_of(text: str) -> float:
    """Epoch seconds. Raises `InvalidTimestamp`."""
    try:
        return parse_iso(text)
    except (ValueError, OverflowError):
        raise InvalidTimestamp() from None


ROUTES: tuple[Route, ...] = (
    route("GET", "/{database_id}/time_travel/bookmark", "time_travel.get_bookmark", get_bookmark),
    route("POST", "/{database_id}/time_travel/restore", "time_travel.restore", restore, write=True),
)
