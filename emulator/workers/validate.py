"""Workers' rules for single values: names, dates, annotations. Pure."""

import re
from collections.abc import Mapping
from datetime import date

from emulator.workers.errors import InvalidBody, ScriptInvalid, ScriptNameInvalid, SubdomainInvalid
from emulator.workers.limits import MAX_MESSAGE_BYTES

# wrangler allows no more for a Worker that has a workers.dev address; others may have 255.
MAX_NAME_CHARACTERS = 255
NAME = re.compile(r"[a-z0-9_][a-z0-9_-]*")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def check_name(name: str) -> None:
    if len(name) > MAX_NAME_CHARACTERS or NAME.fullmatch(name) is None:
        raise ScriptNameInvalid(name=name, limit=MAX_NAME_CHARACTERS)


def check_subdomain(subdomain: str) -> None:
    if SUBDOMAIN.fullmatch(subdomain) is None:
        raise SubdomainInvalid(subdomain=subdomain)


def check_date(text: str | None) -> str | None:
    """A compatibility date. Whether it lies in the future is the runtime's question."""
    if text is not None:
        try:
            if DATE.fullmatch(text) is None:
                raise ValueError
            date.fromisoformat(text)
        except ValueError:
            # [guess] what Cloudflare says is not known.
            reason = f'compatibility_date "{text}" is not a date of the form YYYY-MM-DD'
            raise ScriptInvalid(reason=reason) from None
    return text


def check_annotations(annotations: Mapping[str, str]) -> None:
    for name, value in annotations.items():
        if len(value.encode("utf-8", "surrogatepass")) > MAX_MESSAGE_BYTES:
            raise InvalidBody(reason=f"annotation {name} is longer than {MAX_MESSAGE_BYTES} bytes")
