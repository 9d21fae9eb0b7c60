"""What a caller may tell of a request: at most five strings, numbers and booleans."""

from collections.abc import Mapping

import orjson

from emulator.ai_gateway.limits import MAX_METADATA_ENTRIES
from emulator.ai_gateway.models import Scalar


def metadata_of(text: str | None) -> dict[str, Scalar] | None:
    """The map of a `cf-aig-metadata` header; None where there is none to be kept.

    Nothing about it is an error: what is no JSON object is as if it were not there.
    """
    if text is None:
        return None
    try:
        given = orjson.loads(header_bytes(text))
    except orjson.JSONDecodeError:
        return None
    return kept(given) if isinstance(given, dict) else None


def kept(given: Mapping[str, object]) -> dict[str, Scalar] | None:
    """The first five entries in their order. A null or an object drops them all."""
    scalars = {key: value for key, value in given.items() if isinstance(value, str | int | float)}
    if len(scalars) != len(given):
        return None
    return dict(list(scalars.items())[:MAX_METADATA_ENTRIES])


def header_bytes(text: str) -> bytes:
    """The bytes of a header's value, which reached us as Latin-1 and may be UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
