"""The JSON that a prompt asks for without a schema: an example or skeleton in its text.

Prompts show what they want as almost-JSON: `{"score": <1-10>, "reasons": ["..."], // why`.
It is read tolerantly into plain values, where what is no JSON value is a `Hint`.
"""

import re
from dataclasses import dataclass

from emulator.ai.models import Json

# What tells an example of the answer from data that is only there to be read.
ASKING = re.compile(
    r"(?i)format|schema|structure|shape|return|respond|answer|output|reply|produce|provide"
    r"|following|exactly|example"
)
LOOK_BACK_CHARACTERS = 200
MAX_CANDIDATES = 50
MAX_DEPTH = 40
MAX_SKELETON_CHARACTERS = 50_000
FIELDS = re.compile(
    r"(?i:keys?|fields?|propert(?:y|ies))\b[^:\n{}\[\]]{0,40}?:?\s*(?<!\w)"
    r"(`?\"?[A-Za-z_]\w{0,63}\"?`?(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)`?\"?[A-Za-z_]\w{0,63}\"?`?){1,50})"
)


@dataclass(frozen=True, slots=True)
class Hint:
    """Words where a value should be: `number`, `<1-10>`, `"a" | "b"`."""

    text: str


class NotASkeleton(Exception):
    """The text at this place is nothing like JSON."""


def skeleton_in(prompt: str) -> dict[str, Json] | None:
    """The object the prompt shows or names the fields of; None if it does neither."""
    first: dict[str, Json] | None = None
    starts = (found.start() for found in re.finditer(r"\{", prompt))
    end = 0
    for _, start in zip(range(MAX_CANDIDATES), starts, strict=False):
        if start < end:
            continue
        reader = Reader(prompt[start : start + MAX_SKELETON_CHARACTERS])
        try:
            value = reader.object(0)
        except NotASkeleton:
            continue
        end = start + reader.place
        if not value:
            continue
        if ASKING.search(prompt[max(0, start - LOOK_BACK_CHARACTERS) : start]):
            return value
        first = first or value
    return first or named_fields(prompt)


def named_fields(prompt: str) -> dict[str, Json] | None:
    """`with the keys a, b and c` as an object of texts."""
    found = FIELDS.search(prompt[: MAX_SKELETON_CHARACTERS // 2])
    if found is None:
        return None
    names = re.findall(r"[A-Za-z_]\w*", found[1])
    return {name: Hint("string") for name in names if name != "and"}


class Reader:
    """Reads one almost-JSON value from the start of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.place = 0

    def object(self, depth: int) -> dict[str, Json]:
        """Raises `NotASkeleton`, as everything here does."""
        self._take("{")
        made: dict[str, Json] = {}
        while not self._ends("}"):
            if self._skip_dots():
                continue
            key = self._key()
            made[key] = self._value(depth + 1) if self._comes(":") else Hint("string")
        return made

    def _array(self, depth: int) -> list[Json]:
        self._take("[")
        made: list[Json] = []
        while not self._ends("]"):
            if not self._skip_dots():
                made.append(self._value(depth + 1))
        return made

    def _value(self, depth: int) -> Json:
        if depth > MAX_DEPTH:
            raise NotASkeleton
        self._space()
        start = self._peek()
        if start == "{":
            value: Json = self.object(depth)
        elif start == "[":
            value = self._array(depth)
        elif start in "\"'":
            value = self._string()
        else:
            return self._loose()
        return self._alternatives(value)

    def _alternatives(self, value: Json) -> Json:
        """`"a" | "b"` is a hint; anything else behind a value, such as `[]`, is passed over."""
        rest = re.compile(r"[ \t]*(\|[^,\n}\]]*|\[\]|\([^)\n]*\))?").match(self._text, self.place)
        if rest is None or rest[1] is None:
            return value
        self.place = rest.end()
        if rest[1] == "[]":
            return [value]
        if isinstance(value, str) and rest[1].startswith("|"):
            return Hint(f'"{value}" {rest[1]}')
        return value

    def _loose(self) -> Json:
        """A number, a word of JSON, or words up to the next comma, bracket or line."""
        found = re.compile(r"[^,\n}\[\]]*(?:\[\])?").match(self._text, self.place)
        words = found[0] if found else ""
        self.place += len(words)
        words = words.split("//")[0].strip()
        if not words:
            raise NotASkeleton
        if words.endswith("[]"):
            return [Hint(words[:-2])]
        return {"true": True, "false": False, "null": None}.get(words, number_or_hint(words))

    def _key(self) -> str:
        if self._peek() in "\"'":
            return self._string()
        found = re.compile(r"[A-Za-z_$][\w$-]{0,99}\??").match(self._text, self.place)
        if found is None:
            raise NotASkeleton
        self.place = found.end()
        return found[0].rstrip("?")

    def _string(self) -> str:
        quote = self._peek()
        found = re.compile(rf"{quote}((?:[^{quote}\\\n]|\\.)*){quote}").match(
            self._text, self.place
        )
        if found is None:
            raise NotASkeleton
        self.place = found.end()
        return re.sub(r"\\(.)", r"\1", found[1])

    def _comes(self, mark: str) -> bool:
        self._space()
        if self._peek() != mark:
            return False
        self.place += 1
        return True

    def _take(self, mark: str) -> None:
        if not self._comes(mark):
            raise NotASkeleton

    def _ends(self, mark: str) -> bool:
        """Past commas and comments: whether the object or array is at its end."""
        while self._comes(","):
            pass
        if not self._peek():
            raise NotASkeleton
        return self._comes(mark)

    def _skip_dots(self) -> bool:
        """`...`, for more of the same."""
        found = re.compile(r"\.{2,}|…").match(self._text, self.place)
        self.place = found.end() if found else self.place
        return found is not None

    def _peek(self) -> str:
        return self._text[self.place : self.place + 1]

    def _space(self) -> None:
        found = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL).match(self._text, self.place)
        self.place = found.end() if found else self.place


def number_or_hint(words: str) -> Json:
    try:
        return int(words) if re.fullmatch(r"-?\d{1,15}", words) else float(words)
    except ValueError:
        return Hint(words)
