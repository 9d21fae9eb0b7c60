"""Filters: `column=not.eq.value`, and the trees of `and=(…)` and `or=(…)`."""

import re
from typing import Literal

from emulator.standins.supabase.rest.models import Condition, Field, Filter, Logic
from emulator.standins.supabase.rest.scanner import Scanner

MAX_DEPTH = 20
SIMPLE = ("neq", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "isdistinct")
QUANTIFIED = ("eq", "gte", "gt", "lte", "lt", "like", "ilike", "match", "imatch")
SEARCHES = ("fts", "plfts", "phfts", "wfts")
IS = ("null", "not_null", "true", "false", "unknown")
OPERATOR = re.compile(
    rf"(?P<negated>not\.)?(?:(?P<quantified>{'|'.join(QUANTIFIED)})(?:\((?P<quantifier>any|all)\))?"
    rf"|(?P<search>{'|'.join(SEARCHES)})(?:\((?P<language>[^\W]+[\w $]*)\))?"
    rf"|(?P<simple>{'|'.join(SIMPLE)})|(?P<other>in|is))\."
)
EXPECTED = '"not" or operator (eq, gt, ...)'


def parse_filter(field: Field, text: str) -> Filter:
    """Raises what PostgREST says of a text that begins with no operator."""
    scanner = Scanner(text, "filter")
    return condition_on(field, scanner, nested=False)


def has_operator(text: str) -> bool:
    """Of a function's parameter: whether it is a filter of the result rather than an argument."""
    return OPERATOR.match(text) is not None


def condition_on(field: Field, scanner: Scanner, *, nested: bool) -> Filter:
    found = OPERATOR.match(scanner.text, scanner.at)
    if found is None:
        raise scanner.error(EXPECTED)
    scanner.at = found.end()
    negated = found["negated"] is not None
    operator = found["quantified"] or found["search"] or found["simple"] or found["other"]
    modifier = found["quantifier"] or found["language"]
    value: str | tuple[str, ...]
    if operator == "in":
        value = values(scanner)
    elif operator == "is":
        value = is_value(scanner)
    else:
        value = nested_value(scanner) if nested else rest(scanner)
    if not nested:
        scanner.end()
    return Filter(field, operator, value, negated, modifier)


def rest(scanner: Scanner) -> str:
    value = scanner.text[scanner.at :]
    scanner.at = len(scanner.text)
    return value


def is_value(scanner: Scanner) -> str:
    start = scanner.at
    word = scanner.take_while(lambda character: character.isalpha() or character == "_").lower()
    if word not in IS:
        scanner.at = start
        raise scanner.error("isVal: (null, not_null, true, false, unknown)")
    return word


def values(scanner: Scanner) -> tuple[str, ...]:
    """`(1,"a, b",c)`."""
    scanner.skip_space()
    scanner.take("(")
    found = [value(scanner)]
    while scanner.took(","):
        found.append(value(scanner))
    scanner.take(")")
    scanner.skip_space()
    return tuple(found)


def value(scanner: Scanner) -> str:
    """Up to a comma or a parenthesis, unless it is quoted as a whole."""
    if scanner.peek('"'):
        start = scanner.at
        quoted = scanner.quoted()
        if scanner.ended or scanner.peek(",") or scanner.peek(")"):
            return quoted
        scanner.at = start
    return scanner.take_while(lambda character: character not in ",)")


def nested_value(scanner: Scanner) -> str:
    """As `value`; an array of PostgreSQL's, `{a,b}`, keeps its commas."""
    array = re.compile(r"\{[^{}]*\}").match(scanner.text, scanner.at)
    if array is not None:
        scanner.at = array.end()
        return array[0]
    return value(scanner)


def parse_logic(operator: Literal["and", "or"], text: str, *, negated: bool) -> Logic:
    scanner = Scanner(text, "logic tree")
    parts = logic_parts(scanner, 0)
    scanner.end()
    return Logic(operator, parts, negated)


def logic_parts(scanner: Scanner, depth: int) -> tuple[Condition, ...]:
    if depth > MAX_DEPTH:
        raise scanner.error(f"at most {MAX_DEPTH} levels")
    scanner.skip_space()
    scanner.take("(")
    found = [logic_part(scanner, depth)]
    while scanner.took(","):
        found.append(logic_part(scanner, depth))
    scanner.take(")")
    scanner.skip_space()
    return tuple(found)


def logic_part(scanner: Scanner, depth: int) -> Condition:
    scanner.skip_space()
    tree = re.compile(r"(not\.)?(and|or)\s*(?=\()").match(scanner.text, scanner.at)
    if tree is not None:
        scanner.at = tree.end()
        operator: Literal["and", "or"] = "and" if tree[2] == "and" else "or"
        return Logic(operator, logic_parts(scanner, depth + 1), tree[1] is not None)
    field = scanner.field()
    scanner.take(".")
    found = condition_on(field, scanner, nested=True)
    scanner.skip_space()
    return found
