"""Where in the text the condition around a column is."""

from collections.abc import Sequence

from emulator.guard.tokens import Token

# What a condition ends at, on its own level of brackets.
ENDS = frozenset(
    "and or not where on having when then else end select from join inner left right full cross"
    " natural outer group order limit offset window union intersect except returning set using"
    " values case as".split()
)


def span_of(code: Sequence[Token], start: int) -> tuple[int, int] | None:
    """From and to where; None if the column is not there."""
    at = next((index for index, token in enumerate(code) if token.start == start), None)
    if at is None:
        return None
    first = at - reach(list(reversed(code[:at])), opening=")", closing="(")
    last = at + reach(code[at + 1 :], opening="(", closing=")")
    return code[first].start, code[last].end


def reach(code: Sequence[Token], opening: str, closing: str) -> int:
    """How many tokens in that direction belong to the condition."""
    depth = 0
    for count, token in enumerate(code):
        around = {near.word for near in code[max(count - 1, 0) : count + 2]}
        # IS NOT DISTINCT FROM is one word.
        if depth == 0 and is_end(token, closing) and not around & {"is", "distinct"}:
            return count
        depth += (token.text == opening) - (token.text == closing)
    return len(code)


def is_end(token: Token, closing: str) -> bool:
    if token.kind == "word":
        return token.word in ENDS
    return token.text in (closing, ",", ";")
