"""Reads a text from left to right: names, quoted values, JSON paths."""

from collections.abc import Callable

from emulator.standins.supabase.rest.errors import RestError, unparsable
from emulator.standins.supabase.rest.models import Field, Step

NAME = "field name (* or [a..z0..9_$])"
KEY = "any non reserved character different from: .,>()"
SPACE = " \t"
# What a key without quotes cannot have.
RESERVED = "(-:.,>)"


class Scanner:
    """A text and where in it we are. `what` is what the text is, for the error."""

    def __init__(self, text: str, what: str) -> None:
        self.text = text
        self.at = 0
        self._what = what

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def took(self, text: str) -> bool:
        """Whether that comes next; then it is behind us."""
        if self.peek(text):
            self.at += len(text)
            return True
        return False

    def take(self, text: str) -> None:
        if not self.took(text):
            raise self.error(f'"{text}"')

    def take_while(self, wanted: Callable[[str], bool]) -> str:
        start = self.at
        while not self.ended and wanted(self.text[self.at]):
            self.at += 1
        return self.text[start : self.at]

    def skip_space(self) -> None:
        self.take_while(lambda character: character in SPACE)

    def end(self) -> None:
        if not self.ended:
            raise self.error("end of input")

    def error(self, expected: str) -> RestError:
        found = f'"{self.text[self.at]}"' if not self.ended else "end of input"
        details = f"unexpected {found} expecting {expected}"
        return unparsable(self._what, self.text, self.at, details)

    def name(self) -> str:
        """A column's or table's: quoted, or letters, digits, `_`, `$`, inner blanks and dashes."""
        if self.peek('"'):
            return self.quoted()
        return self._parts(is_identifier, NAME)

    def identifier(self) -> str:
        """Of a type or a language."""
        found = self.take_while(is_identifier).strip()
        if not found:
            raise self.error("letter or digit")
        return found

    def quoted(self) -> str:
        """`"…"`; a backslash makes any character an ordinary one."""
        self.take('"')
        value = []
        while not self.took('"'):
            if self.took("\\") and self.ended:
                raise self.error("any character")
            if self.ended:
                raise self.error('"\\""')
            value.append(self.text[self.at])
            self.at += 1
        return "".join(value)

    def field(self) -> Field:
        self.skip_space()
        name = self.name()
        path = []
        while self.peek("->"):
            self.at += 2
            as_text = self.took(">")
            path.append(Step(self._key(), as_text))
        self.skip_space()
        return Field(name, tuple(path))

    def _key(self) -> str | int:
        start = self.at
        sign = "-" if self.took("-") else ""
        digits = self.take_while(lambda character: character in "0123456789")
        if digits and (self.ended or any(map(self.peek, ("->", "::", ".", ",", ")")))):
            if len(digits) > 9:
                raise self.error("an index of an array")
            return int(sign + digits)
        self.at = start
        if self.peek('"'):
            return self.quoted()
        return self._parts(lambda character: character not in RESERVED, KEY)

    def _parts(self, wanted: Callable[[str], bool], expected: str) -> str:
        """Parts with dashes between them; a dash before `>` is an arrow's."""
        parts = []
        while True:
            part = self.take_while(wanted).strip()
            if not part:
                raise self.error(expected)
            parts.append(part)
            if not self.peek("-") or self.peek("->"):
                return "-".join(parts)
            self.at += 1


def is_identifier(character: str) -> bool:
    return character.isalpha() or character.isdigit() or character in "_ $"
