"""PostgREST's refusals: status, code, message, details and hint as it has them.

Read from PostgREST/postgrest at 483467890 (August 2026), `Error.hs`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(eq=False)
class RestError(Exception):
    """A refusal. The door renders it; rules only raise it."""

    status: int
    code: str
    message: str
    details: Any = None
    hint: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "details": self.details,
            "hint": self.hint,
            "message": self.message,
        }


def unparsable(what: str, text: str, position: int, details: str) -> RestError:
    """A query parameter that is no select, filter, order, …"""
    message = f'"failed to parse {what} ({text})" (line 1, column {position + 1})'
    return RestError(400, "PGRST100", message, details)


def bad_body(message: str = "Empty or invalid json") -> RestError:
    return RestError(400, "PGRST102", message)


def body_too_large(limit: int) -> RestError:
    return RestError(413, "PGRST102", f"The body is larger than {limit} bytes")


def not_acceptable(types: str) -> RestError:
    return RestError(406, "PGRST107", f"None of these media types are available: {types}")


def not_singular(rows: int) -> RestError:
    message = "Cannot coerce the result to a single JSON object"
    return RestError(406, "PGRST116", message, f"The result contains {rows} rows")


def out_of_range(details: str) -> RestError:
    return RestError(416, "PGRST103", "Requested range not satisfiable", details)


def unknown_schema(name: str, known: Iterable[str]) -> RestError:
    hint = f"Only the following schemas are exposed: {', '.join(known)}"
    return RestError(406, "PGRST106", f"Invalid schema: {name}", None, hint)


def no_table(schema: str, name: str, near: str | None) -> RestError:
    message = f"Could not find the table '{schema}.{name}' in the schema cache"
    hint = f"Perhaps you meant the table '{schema}.{near}'" if near else None
    return RestError(404, "PGRST205", message, None, hint)


def no_column(table: str, name: str) -> RestError:
    message = f"Could not find the '{name}' column of '{table}' in the schema cache"
    return RestError(400, "PGRST204", message)


def no_relationship(schema: str, parent: str, child: str, hint: str | None) -> RestError:
    using = f"' using the hint '{hint}" if hint else ""
    return RestError(
        400,
        "PGRST200",
        f"Could not find a relationship between '{parent}' and '{child}' in the schema cache",
        f"Searched for a foreign key relationship between '{parent}' and '{child}{using}' in the"
        f" schema '{schema}', but no matches were found.",
    )


def ambiguous_relationship(
    parent: str, child: str, found: list[dict[str, str]], hints: Iterable[str]
) -> RestError:
    named = ", ".join(f"'{child}!{hint}'" for hint in hints)
    return RestError(
        300,
        "PGRST201",
        "Could not embed because more than one relationship was found for"
        f" '{parent}' and '{child}'",
        found,
        f"Try changing '{child}' to one of the following: {named}. Find the desired relationship"
        " in the 'details' key.",
    )


def no_function(schema: str, name: str, arguments: Iterable[str], near: str | None) -> RestError:
    names = ", ".join(arguments)
    given = f"({names})" if names else " without parameters"
    plural = "s" if ", " in names else ""
    searched = f" with parameter{plural} {names}" if names else given
    return RestError(
        404,
        "PGRST202",
        f"Could not find the function {schema}.{name}{given} in the schema cache",
        f"Searched for the function {schema}.{name}{searched} or with a single unnamed json/jsonb"
        " parameter, but no matches were found in the schema cache.",
        f"Perhaps you meant to call the function {schema}.{near}" if near else None,
    )


def ambiguous_function(candidates: Iterable[str]) -> RestError:
    return RestError(
        300,
        "PGRST203",
        f"Could not choose the best candidate function between: {', '.join(candidates)}",
        None,
        "Try renaming the parameters or the function itself in the database so function"
        " overloading can be resolved",
    )


def not_embedded(name: str) -> RestError:
    return RestError(
        400,
        "PGRST108",
        f"'{name}' is not an embedded resource in this request",
        None,
        f"Verify that '{name}' is included in the 'select' query parameter.",
    )


def order_not_to_one(parent: str, child: str) -> RestError:
    return RestError(
        400,
        "PGRST118",
        f"A related order on '{child}' is not possible",
        f"'{parent}' and '{child}' do not form a many-to-one or one-to-one relationship",
    )


def spread_not_to_one(parent: str, child: str) -> RestError:
    return RestError(
        400,
        "PGRST119",
        f"A spread operation on '{child}' is not possible",
        f"'{parent}' and '{child}' do not form a many-to-one or one-to-one relationship",
    )


def bad_embed_filter(name: str) -> RestError:
    return RestError(
        400,
        "PGRST120",
        f"Bad operator on the '{name}' embedded resource",
        "Only is null or not is null filters are allowed on embedded resources",
    )


def bad_preferences(unknown: Iterable[str]) -> RestError:
    message = "Invalid preferences given with handling=strict"
    return RestError(400, "PGRST122", message, f"Invalid preferences: {', '.join(unknown)}")


def no_aggregates() -> RestError:
    return RestError(400, "PGRST123", "Use of aggregate functions is not allowed")


def too_many_affected(rows: int) -> RestError:
    message = "Query result exceeds max-affected preference constraint"
    return RestError(400, "PGRST124", message, f"The query affects {rows} rows")


def wrong_method(method: str) -> RestError:
    return RestError(405, "PGRST117", f"Unsupported HTTP method: {method}")


def not_built(what: str) -> RestError:
    """PostgREST has it and the twin does not; said out loud, never faked."""
    return RestError(501, "not_implemented", f"{what} is not implemented by Cloudflare Twin")


def wrong_rpc_method(method: str) -> RestError:
    return RestError(405, "PGRST101", f"Cannot use the {method} method on RPC")


def no_such_path() -> RestError:
    return RestError(404, "PGRST125", "Invalid path specified in request URL")


def bad_token(code: str, message: str) -> RestError:
    said = f'Bearer error="invalid_token", error_description="{message}"'
    return RestError(401, code, message, headers={"www-authenticate": said})


def unavailable(details: str) -> RestError:
    return RestError(503, "PGRST000", "Database connection error.", details)


def pool_timeout() -> RestError:
    return RestError(504, "PGRST003", "Timed out acquiring connection from connection pool.")


# What the first characters of a SQLSTATE come to; the longest that fits. Everything else is 400.
STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "08": 503,
        "09": 500,
        "0L": 403,
        "0P": 403,
        "23503": 409,
        "23505": 409,
        "25006": 405,
        "21000": 500,
        "25": 500,
        "28": 403,
        "2D": 500,
        "38": 500,
        "39": 500,
        "3B": 500,
        "40": 500,
        "53400": 500,
        "53": 503,
        "54": 500,
        "55": 500,
        "57P01": 503,
        "57": 500,
        "58": 500,
        "F0": 500,
        "HV": 500,
        "P0001": 400,
        "P0": 500,
        "XX": 500,
        "42883": 404,
        "42P01": 404,
        "42P17": 500,
    }
)


def status_of(sqlstate: str, message: str, *, signed_in: bool) -> int:
    """The HTTP status of an error of PostgreSQL's."""
    if sqlstate == "42501":
        return 403 if signed_in else 401
    if sqlstate == "21000" and message.endswith("requires a WHERE clause"):
        return 400
    if sqlstate == "22023" and message.startswith("role") and message.endswith("does not exist"):
        return 401
    if sqlstate.startswith("PT"):
        number = sqlstate[2:]
        return int(number) if number.isdecimal() and 200 <= int(number) < 600 else 500
    return STATUSES.get(sqlstate) or STATUSES.get(sqlstate[:2], 400)


def unauthorized_headers(status: int) -> dict[str, str]:
    return {"www-authenticate": "Bearer"} if status == 401 else {}
