"""A request's body: rows to write or a function's arguments."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from emulator.standins.supabase.rest.errors import bad_body

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
CSV = "text/csv"
MAX_KEYS = 1_600


@dataclass(frozen=True, slots=True)
class Payload:
    """JSON as it came, an object or an array of them, and the keys to take of it."""

    text: str
    keys: tuple[str, ...]
    is_object: bool


NOTHING = Payload("[]", (), False)


def read_payload(body: bytes, content_type: str, columns: tuple[str, ...] | None) -> Payload:
    """Raises `PGRST102` for what is no JSON, CSV or form, and for rows with different keys."""
    kind = content_type.partition(";")[0].strip().lower() or JSON
    if kind == CSV:
        return of_values(csv_rows(body), columns)
    if kind == FORM:
        return of_values(form(body), columns)
    if kind != JSON and not kind.endswith("+json"):
        raise bad_body(f"Content-Type not acceptable: {kind[:100]}")
    return payload_of(parsed(body), body.decode(), columns)


def parsed(body: bytes) -> Any:
    """PostgreSQL reads the text itself: here it is only looked at."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_body() from None


def of_values(values: Any, columns: tuple[str, ...] | None) -> Payload:
    return payload_of(values, orjson.dumps(values).decode(), columns)


def payload_of(value: Any, text: str, columns: tuple[str, ...] | None) -> Payload:
    if isinstance(value, dict):
        return Payload(text, keys_of(columns or value), True)
    if not isinstance(value, list) or not value:
        return NOTHING
    if not all(isinstance(row, dict) for row in value):
        raise bad_body("All object keys must match")
    if columns is not None:
        return Payload(text, keys_of(columns), False)
    first = value[0].keys()
    if any(row.keys() != first for row in value):
        raise bad_body("All object keys must match")
    return Payload(text, keys_of(first), False)


def keys_of(keys: Iterable[str]) -> tuple[str, ...]:
    """Each once, in a fixed order, so that the same rows make the same statement."""
    found = tuple(sorted(set(keys)))
    if len(found) > MAX_KEYS or any("\0" in key for key in found):
        raise bad_body()
    return found


def csv_rows(body: bytes) -> list[dict[str, str | None]]:
    try:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise bad_body("Invalid CSV") from None
    rows = [row for row in rows if row]
    if not rows:
        raise bad_body("Invalid CSV")
    header, *lines = rows
    if any(len(line) != len(header) for line in lines):
        raise bad_body("All lines must have same number of fields")
    return [
        {key: None if value == "NULL" else value for key, value in zip(header, line, strict=True)}
        for line in lines
    ]


def form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1_000))
    except ValueError:
        raise bad_body() from None
