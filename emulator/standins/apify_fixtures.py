"""What Apify's actors find: a JSON list for each, from the package or the user's directory. Pure.

An actor is `user~name`, and its file `user~name.json`. A run finds the same every time, less
what is beyond its `maxItems`.
"""

from pathlib import Path
from typing import Any

import orjson

from emulator.standins.apify_errors import ActorNotFound, BadFixture

OURS = Path(__file__).with_name("fixtures")
MAX_FILE_BYTES = 64 * 1024**2

Items = list[dict[str, Any]]


def actors(directory: Path | None) -> tuple[str, ...]:
    """The actors there are, those of the user first."""
    folders = [folder for folder in (directory, OURS) if folder is not None]
    names = (path.stem for folder in folders for path in sorted(folder.glob("*~*.json")))
    return tuple(dict.fromkeys(names))


def items_of(actor: str, directory: Path | None) -> Items:
    """What a run of the actor finds. Raises `ActorNotFound`, `BadFixture`."""
    if actor not in actors(directory):
        raise ActorNotFound()
    for folder in (directory, OURS):
        if folder is not None and (path := folder / f"{actor}.json").is_file():
            return read(path)
    raise ActorNotFound()


def read(path: Path) -> Items:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise BadFixture(path.name, f"larger than {MAX_FILE_BYTES} bytes")
    try:
        items = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise BadFixture(path.name, str(error)) from None
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise BadFixture(path.name, "it has to be a list of objects")
    return items


def limit_of(*given: object) -> int | None:
    """The smallest positive number of those given as `maxItems`, if there is one."""
    numbers = [one for one in given if isinstance(one, int) and not isinstance(one, bool)]
    return min((one for one in numbers if one > 0), default=None)
