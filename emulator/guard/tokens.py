"""SQLite's tokens, with where each is in the text: enough to part statements and find comments.

A text of any kind has tokens; what SQLite would refuse is a token of the kind `other`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<space>[ \t\n\f\r]+)
    |(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<blob>[xX]'[^']*')
    |(?P<string>'(?:[^']|'')*(?:'|\Z))
    |(?P<name>"(?:[^"]|"")*(?:"|\Z)|`(?:[^`]|``)*(?:`|\Z)|\[[^\]]*(?:\]|\Z))
    |(?P<parameter>\?[0-9]*|[:@$][A-Za-z0-9_$\u0080-\U0010ffff]+)
    |(?P<number>[0-9](?:[0-9a-zA-Z_.]|(?<=[eE])[+-])*)
    |(?P<word>[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_$\u0080-\U0010ffff]*)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
TRIGGER = re.compile(r"(explain (query plan )?)?create (temp |temporary )?trigger\b")
TRIGGER_HEAD = re.compile(
    r"\b(insert|delete|update)(?: of (?P<columns>.*?))? on \S+(?: for each row)?"
    r"(?: when (?P<when>.*))?$",
    re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """What names and keywords are compared by."""
        if self.kind != "name":
            return self.text.lower()
        quote = self.text[-1:] if self.text[0] != "[" else ""
        return self.text[1:-1].replace(quote * 2, quote).lower()


def tokens_of(text: str) -> list[Token]:
    found = TOKEN.finditer(text)
    return [Token(str(match.lastgroup), match[0], match.start()) for match in found]


def code_of(text: str) -> list[Token]:
    """The tokens without space and comments."""
    return [token for token in tokens_of(text) if token.kind not in ("space", "comment")]


def statements_in(code: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """A trigger's body is inside its statement: that one ends at `; END;`."""
    start = 0
    for index, token in enumerate(code):
        if token.text != ";" or is_inside_trigger(code[start:index]):
            continue
        if index > start:
            yield tuple(code[start:index])
        start = index + 1
    if start < len(code):
        yield tuple(code[start:])


def is_inside_trigger(code: Sequence[Token]) -> bool:
    if not TRIGGER.match(" ".join(token.word for token in code[:6])):
        return False
    return [token.word for token in code[-2:]] != [";", "end"]


def trigger_parts(sql: str) -> tuple[str, tuple[str, ...], frozenset[str] | None, str] | None:
    """A trigger's event, the statements of its body, the columns of UPDATE OF, its WHEN."""
    code = code_of(sql)
    begin = next((i for i, token in enumerate(code) if token.text.lower() == "begin"), None)
    if begin is None:
        return None
    words = " ".join(token.word if token.kind != "string" else token.text for token in code[:begin])
    head = TRIGGER_HEAD.search(words)
    if head is None:
        return None
    columns = head["columns"]
    named = frozenset(columns.replace(",", " ").split()) if columns else None
    body = statements_in([t for t in code[begin + 1 :] if t is not code[-1]])
    texts = tuple(sql[part[0].start : part[-1].end] for part in body)
    return head[1].upper(), texts, named, head["when"] or ""


def virtual_parts(sql: str) -> tuple[str, dict[str, str]]:
    """The module of a virtual table and its options: `content`, `content_rowid`, …"""
    code = code_of(sql)
    words = [token.word for token in code]
    if words[:2] != ["create", "virtual"] or "using" not in words:
        return "", {}
    rest = code[words.index("using") + 1 :]
    options = {
        name.word: value.text.strip("'\"`[]").lower()
        for name, equals, value in zip(rest, rest[1:], rest[2:], strict=False)
        if equals.text == "="
    }
    arguments = [token.text.strip("'\"`[]").lower() for token in rest if token.text not in "(),"]
    if rest and rest[0].word == "fts5vocab" and len(arguments) > 1:
        options["content"] = arguments[1]
    return rest[0].word if rest else "", options
