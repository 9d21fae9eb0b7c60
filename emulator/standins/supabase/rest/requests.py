"""A request to `/rest/v1`, as far as it can be understood without the database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from emulator.standins.supabase.rest.errors import (
    RestError,
    no_such_path,
    not_acceptable,
    out_of_range,
    unknown_schema,
)
from emulator.standins.supabase.rest.models import Query
from emulator.standins.supabase.rest.preferences import Preferences

SCHEMAS = ("public", "graphql_public")
OBJECT = "application/vnd.pgrst.object"
ARRAY = "application/vnd.pgrst.array"
JSON = "application/json; charset=utf-8"
CSV = "text/csv; charset=utf-8"
READS = ("GET", "HEAD")

Media = Literal["json", "object", "csv"]
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the answer is to look."""

    media: Media
    strip_nulls: bool
    content_type: str


@dataclass(frozen=True, slots=True)
class RestRequest:
    """`name` is a table's or a function's; both empty for the root."""

    method: str
    name: str
    is_call: bool
    query_string: bytes
    headers: Mapping[str, str]
    body: bytes
    preferences: Preferences
    claims: Claims

    @property
    def is_read(self) -> bool:
        return self.method in READS

    @property
    def schema(self) -> str:
        header = "accept-profile" if self.is_read else "content-profile"
        named = self.headers.get(header, SCHEMAS[0])
        if named not in SCHEMAS:
            raise unknown_schema(named, SCHEMAS)
        return named

    @property
    def role(self) -> str:
        role = self.claims.get("role")
        return role if isinstance(role, str) and role and "\0" not in role else "anon"


def target(raw_path: bytes) -> tuple[str, bool]:
    """The table or function that a path below `/rest/v1` names, and whether it is a function."""
    parts = [part for part in raw_path.split(b"/") if part]
    try:
        names = [unquote_to_bytes(part).decode() for part in parts]
    except UnicodeDecodeError:
        raise no_such_path() from None
    if any("\0" in one for one in names):
        raise no_such_path()
    match names:
        case []:
            return "", False
        case ["rpc", function]:
            return function, True
        case [table]:
            return table, False
    raise no_such_path()


def wanted(accept: str) -> Wanted:
    """The first type of `Accept` that there is. Raises `PGRST107` if there is none."""
    for one in accept.split(",") if accept.strip() else ["*/*"]:
        kind, _, rest = one.strip().partition(";")
        strip = "nulls=stripped" in rest.replace(" ", "")
        match kind.strip().lower():
            case "*/*" | "application/*" | "application/json" | "application/openapi+json":
                return Wanted("json", False, JSON)
            case "application/vnd.pgrst.object+json" | "application/vnd.pgrst.object":
                suffix = ";nulls=stripped" if strip else ""
                return Wanted("object", strip, f"{OBJECT}+json{suffix}; charset=utf-8")
            case "application/vnd.pgrst.array+json" | "application/vnd.pgrst.array":
                return Wanted(
                    "json", strip, f"{ARRAY}+json;nulls=stripped; charset=utf-8" if strip else JSON
                )
            case "text/csv" | "text/*":
                return Wanted("csv", False, CSV)
    raise not_acceptable(accept[:200])


def with_range(query: Query, header: str | None) -> Query:
    """The query with what the header `Range` says of its rows."""
    first, dash, last = (header or "").removeprefix("items=").strip().partition("-")
    if not dash or not is_number(first) or (last and not is_number(last)):
        return query
    start = int(first)
    limit, offset = query.limits.get(()), query.offsets.get((), 0)
    if last:
        if int(last) < start:
            raise reversed_range()
        rows = int(last) - start + 1
        limit = rows if limit is None else min(limit, rows)
    limits = query.limits if limit is None else {**query.limits, (): limit}
    return replace(query, limits=limits, offsets={**query.offsets, (): max(offset, start)})


def reversed_range() -> RestError:
    return out_of_range(
        "The lower boundary must be lower than or equal to the upper boundary in the Range header."
    )


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


def content_range(lower: int, rows: int, total: int | None) -> str:
    upper = lower + rows - 1
    span = f"{lower}-{upper}" if total != 0 and lower <= upper else "*"
    return f"{span}/{'*' if total is None else total}"
