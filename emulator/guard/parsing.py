"""SQLite's text into a tree that sqlglot reads, every character where it was.

What sqlglot's SQLite lacks is written in its words of the same length: `?1`, `@name` and `$name`
as `:name`, REPLACE as INSERT, OR REPLACE after UPDATE as blanks. A second ON CONFLICT is a
statement of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from emulator.guard.tokens import Token, code_of

LETTERS = str.maketrans("0123456789", "abcdefghij")


class NotUnderstood(Exception):
    """The parser does not know what the text says."""


# A parser that is told any text at all stumbles in many ways.
STUMBLES = (
    *(NotUnderstood, sqlglot.errors.SqlglotError, RecursionError, ArithmeticError),
    *(AttributeError, LookupError, TypeError, ValueError),
)


@dataclass(frozen=True)
class Parsed:
    tree: exp.Expr
    # REPLACE, or OR REPLACE.
    replaces: bool = False


def parsed(text: str, code: Sequence[Token]) -> Iterator[Parsed]:
    """The statement; several times where it has several ON CONFLICT. Raises one of STUMBLES."""
    whole = Parsing(text, code)
    for written in whole.variants():
        yield Parsed(tree_of(written), whole.replaces)


def parse(text: str) -> Parsed:
    """A statement of the schema: a view's query, or one of a trigger's body."""
    found = next(iter(parsed(text, code_of(text))))
    for name in found.tree.find_all(exp.Identifier):
        # Its places are not those of the statement that is audited.
        name.meta.clear()
    return found


def tree_of(text: str) -> exp.Expr:
    found = sqlglot.parse(text, dialect="sqlite")
    trees = [tree for tree in found if tree is not None]
    if len(trees) != 1 or isinstance(trees[0], exp.Command):
        raise NotUnderstood
    return trees[0]


class Parsing:
    def __init__(self, text: str, code: Sequence[Token]) -> None:
        self.replaces = False
        self._characters = [" " if character in "\n\r\t\f" else character for character in text]
        self._code = list(code)
        self.blank(0, code[0].start)
        self.blank(code[-1].end, len(text))
        self.parameters()
        self.alternatives()

    def blank(self, start: int, end: int) -> None:
        self._characters[start:end] = " " * (end - start)

    def write(self, token: Token, text: str) -> None:
        self._characters[token.start : token.end] = text.ljust(len(token.text))

    def parameters(self) -> None:
        for token in self._code:
            if token.kind == "parameter" and len(token.text) > 1:
                name = token.text[1:].replace("$", "_")
                first = name[0].translate(LETTERS) if name[0].isdigit() else name[0]
                self.write(token, f":{first}{name[1:]}")

    def alternatives(self) -> None:
        """REPLACE is INSERT, and what UPDATE does on a conflict is not in the tree."""
        verb = verb_at(self._code)
        words = [token.word for token in self._code[verb : verb + 3]]
        if words[:1] == ["replace"]:
            self.write(self._code[verb], "INSERT")
            self.replaces = True
        if words[:2] in (["update", "or"], ["insert", "or"]):
            self.blank(self._code[verb + 1].start, self._code[verb + 2].end)
            self.replaces = words[2:] == ["replace"]

    def variants(self) -> Iterator[str]:
        starts = [
            one.start
            for one, other in zip(self._code, self._code[1:], strict=False)
            if (one.text.lower(), other.text.lower()) == ("on", "conflict")
        ]
        if len(starts) < 2:
            yield "".join(self._characters)
            return
        ends = [*starts[1:], self.returning(starts[-1])]
        for kept in range(len(starts)):
            copy = self._characters.copy()
            for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
                if index != kept:
                    copy[start:end] = " " * (end - start)
            yield "".join(copy)

    def returning(self, after: int) -> int:
        found = (t for t in self._code if t.start > after and t.text.lower() == "returning")
        return next((token.start for token in found), len(self._characters))


def verb_at(code: Sequence[Token]) -> int:
    """Where the statement's verb is: after its WITH."""
    depth = 0
    for index, token in enumerate(code):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.kind == "word" and token.word in VERBS:
            return index
    return 0


VERBS = {"select", "values", "insert", "replace", "update", "delete"}
