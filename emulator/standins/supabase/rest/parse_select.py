"""`select=`: columns, renames, casts, JSON paths, embedded tables."""

from emulator.standins.supabase.rest.errors import no_aggregates
from emulator.standins.supabase.rest.models import Column, Embed, Field, Select
from emulator.standins.supabase.rest.scanner import Scanner

MAX_DEPTH = 20
# PostgreSQL has room for 1,664.
MAX_ITEMS = 1_000
AGGREGATES = ("sum", "avg", "count", "max", "min")


def parse_select(text: str) -> Select:
    scanner = Scanner(text, "select parameter")
    select = items(scanner, 0)
    scanner.end()
    return select


def items(scanner: Scanner, depth: int) -> Select:
    """Up to the end, or to the parenthesis that closes them. There may be none."""
    if depth > MAX_DEPTH:
        raise scanner.error(f"at most {MAX_DEPTH} levels")
    scanner.skip_space()
    if scanner.ended or scanner.peek(")"):
        return ()
    found = [item(scanner, depth)]
    while scanner.took(","):
        if len(found) == MAX_ITEMS:
            raise scanner.error(f"at most {MAX_ITEMS} columns")
        found.append(item(scanner, depth))
    return tuple(found)


def item(scanner: Scanner, depth: int) -> Column | Embed:
    scanner.skip_space()
    if scanner.took("..."):
        return embed(scanner, scanner.name(), None, depth, spread=True)
    if scanner.took("*"):
        scanner.skip_space()
        return Column(Field("*"))
    start, alias = scanner.at, None
    name = scanner.name()
    if scanner.peek(":") and not scanner.peek("::"):
        scanner.at += 1
        alias, start = name, scanner.at
        name = scanner.name()
    if name == "count" and scanner.peek("()"):
        raise no_aggregates()
    if scanner.peek("(") or scanner.peek("!"):
        return embed(scanner, name, alias, depth)
    scanner.at = start
    return column(scanner, alias)


def column(scanner: Scanner, alias: str | None) -> Column:
    field = scanner.field()
    cast = scanner.identifier() if scanner.took("::") else None
    if scanner.took("."):
        for aggregate in AGGREGATES:
            if scanner.took(f"{aggregate}()"):
                raise no_aggregates()
        raise scanner.error(" or ".join(f'"{aggregate}()"' for aggregate in AGGREGATES))
    scanner.skip_space()
    if not (scanner.ended or scanner.peek(",") or scanner.peek(")")):
        raise scanner.error('"->>", "->", "::", ".", ")", "," or end of input')
    return Column(field, alias, cast)


def embed(
    scanner: Scanner, name: str, alias: str | None, depth: int, *, spread: bool = False
) -> Embed:
    hint, inner = None, False
    for _ in range(2):
        if scanner.took("!"):
            word = scanner.name()
            inner = inner or word == "inner"
            hint = hint if word in ("inner", "left") else hint or word
    scanner.take("(")
    select = items(scanner, depth + 1)
    scanner.take(")")
    scanner.skip_space()
    return Embed(name, select, alias, hint, inner, spread)
