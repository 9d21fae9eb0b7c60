"""A query string as PostgREST reads it.

https://docs.postgrest.org/en/stable/references/api/tables_views.html
"""

from collections.abc import Iterable
from typing import Literal
from urllib.parse import unquote_to_bytes

from emulator.standins.supabase.rest.errors import RestError, out_of_range, unparsable
from emulator.standins.supabase.rest.models import Condition, Field, OrderTerm, Path, Query
from emulator.standins.supabase.rest.parse_filters import has_operator, parse_filter, parse_logic
from emulator.standins.supabase.rest.parse_order import parse_order
from emulator.standins.supabase.rest.parse_select import parse_select
from emulator.standins.supabase.rest.scanner import Scanner

MAX_PAIRS = 1_000
# A number of rows beyond it is as good as it.
MAX_ROWS = 2**53
# The gateway's, not PostgREST's: supabase-js sends neither, other clients may.
IGNORED = frozenset(("apikey", "cftwin-account"))
EMBEDDABLE = frozenset(("order", "limit", "offset", "and", "or"))


def parse_query(query: bytes, *, arguments: bool = False) -> Query:
    """`arguments`: of a function's call by GET, what is no filter is an argument."""
    known = pairs(query)
    columns, on_conflict = (
        parse_names(dict(known).get(name), name) for name in ("columns", "on_conflict")
    )
    conditions: list[tuple[Path, Condition]] = []
    orders: dict[Path, tuple[OrderTerm, ...]] = {}
    numbers: dict[str, dict[Path, int]] = {"limit": {}, "offset": {}}
    given: list[tuple[str, str]] = []
    for key, value in known:
        last = key.rpartition(".")[2]
        if key in ("select", "columns", "on_conflict") or key in IGNORED:
            continue
        if last in ("and", "or"):
            conditions.append(parse_tree(key, value))
        elif last == "order":
            orders[tree_path(key)[0]] = parse_order(value)
        elif last in ("limit", "offset"):
            numbers[last][tree_path(key)[0]] = number(last, value)
        elif arguments and not has_operator(value):
            given.append((key, value))
        else:
            path, field = tree_path(key)
            conditions.append((path, parse_filter(field, value)))
    select = parse_select(next((value for key, value in known if key == "select"), "*") or "*")
    return Query(
        select,
        tuple(conditions),
        orders,
        numbers["limit"],
        numbers["offset"],
        columns,
        on_conflict,
        tuple(given),
    )


def pairs(query: bytes) -> list[tuple[str, str]]:
    """Keys and values, in their order. One without `=` counts for nothing."""
    parts = [part.partition(b"=") for part in query.split(b"&") if part]
    if len(parts) > MAX_PAIRS:
        raise too_many()
    return [(decoded(key), decoded(value)) for key, equals, value in parts if equals]


def too_many() -> RestError:
    return unparsable("query", "…", 0, f"unexpected parameter expecting at most {MAX_PAIRS}")


def decoded(part: bytes) -> str:
    try:
        text = unquote_to_bytes(part.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise unparsable("query", "…", 0, "unexpected bytes expecting UTF-8") from None
    if "\0" in text:
        raise unparsable("query", "…", text.index("\0"), "unexpected NUL")
    return text


def parse_names(text: str | None, what: str) -> tuple[str, ...] | None:
    if text is None:
        return None
    scanner = Scanner(text, f"{what} parameter")
    names = [spaced_name(scanner)]
    while scanner.took(","):
        names.append(spaced_name(scanner))
    scanner.end()
    return tuple(names)


def spaced_name(scanner: Scanner) -> str:
    scanner.skip_space()
    name = scanner.name()
    scanner.skip_space()
    return name


def tree_path(key: str) -> tuple[Path, Field]:
    """`a.b.column->json`: the embedded tables on the way, and the field."""
    scanner = Scanner(key, "tree path")
    fields = [scanner.field()]
    while not fields[-1].path and scanner.took("."):
        fields.append(scanner.field())
    scanner.end()
    return tuple(field.name for field in fields[:-1]), fields[-1]


def parse_tree(key: str, value: str) -> tuple[Path, Condition]:
    """`not.or=(…)`, `embedded.and=(…)`."""
    path, last = tree_path(key)
    operator: Literal["and", "or"] = "and" if last.name == "and" else "or"
    names = tuple(name for name in path if name != "not")
    return names, parse_logic(operator, value, negated="not" in path)


def number(what: str, value: str) -> int:
    """What is no number counts for nothing, as an offset of 0 and a limit of everything do."""
    sign, digits = value.startswith("-"), value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return 0 if what == "offset" else MAX_ROWS
    if sign and what == "limit" and int(digits[:30]) > 0:
        raise out_of_range("Limit should be greater than or equal to zero.")
    return 0 if sign else min(int(digits[:30]), MAX_ROWS)


def mentioned(conditions: Iterable[tuple[Path, Condition]], path: Path) -> list[Condition]:
    return [condition for at, condition in conditions if at == path]
