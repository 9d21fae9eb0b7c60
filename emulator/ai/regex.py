"""Regular expressions that cannot hang.

Patterns come from rules and from JSON schemas, so from anyone. Python's `re` backtracks and
holds the interpreter while it does; pydantic's engine is Rust's, whose time is linear in the
text. The price: no look-around and no back-references.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError

MAX_PATTERN_CHARACTERS = 10_000


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text contains the pattern. Raises `ValueError` for one that is not valid."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise ValueError(f"a pattern has at most {MAX_PATTERN_CHARACTERS} characters")
    try:
        adapter = TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except (SchemaError, UnicodeError) as error:
        raise ValueError(f"not a regular expression here: {str(error).strip()}") from None

    def matches(text: str) -> bool:
        try:
            adapter.validate_python(text, strict=True)
        except ValidationError:
            return False
        return True

    return matches
