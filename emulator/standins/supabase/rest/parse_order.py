"""`order=`: fields, those of an embedded row too, their direction and where the nulls go."""

from emulator.standins.supabase.rest.models import OrderTerm
from emulator.standins.supabase.rest.scanner import Scanner

DIRECTIONS = {"asc": False, "desc": True}
NULLS = {"nullsfirst": True, "nullslast": False}


def parse_order(text: str) -> tuple[OrderTerm, ...]:
    scanner = Scanner(text, "order")
    terms = [term(scanner)]
    while scanner.took(","):
        terms.append(term(scanner))
    scanner.end()
    return tuple(terms)


def term(scanner: Scanner) -> OrderTerm:
    field, relation = scanner.field(), None
    if not field.path and scanner.took("("):
        relation, field = field.name, scanner.field()
        scanner.take(")")
    descending, nulls_first = False, None
    words = [word(scanner)] if scanner.took(".") else []
    if words and words[0] in DIRECTIONS and scanner.took("."):
        words.append(word(scanner))
    for one in words:
        descending = DIRECTIONS.get(one, descending)
        nulls_first = NULLS.get(one, nulls_first)
    if len(words) == 2 and words[1] in DIRECTIONS:
        raise scanner.error('"nullsfirst" or "nullslast"')
    scanner.skip_space()
    if not scanner.ended and not scanner.peek(","):
        raise scanner.error('delimiter (.), "," or end of input')
    return OrderTerm(field, relation, descending, nulls_first)


def word(scanner: Scanner) -> str:
    start = scanner.at
    found = scanner.take_while(str.isalpha)
    if found not in DIRECTIONS and found not in NULLS:
        scanner.at = start
        raise scanner.error('"asc", "desc", "nullsfirst" or "nullslast"')
    return found
