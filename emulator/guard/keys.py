"""Keys of user data: does a key have the user in it, and is it the user who asks?

`users/{user}/*` says where the user is; `*` is anything, and what `{user}` stands for has
neither `/` nor `:` in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

USER = "{user}"
PLACE = "(?P<user>[^/:]+)"


@dataclass(frozen=True, slots=True)
class KeyPattern:
    text: str
    whole: re.Pattern[str]
    # What a prefix has to begin with that lists one user's keys alone.
    begin: re.Pattern[str]

    @classmethod
    def of(cls, text: str) -> "KeyPattern":
        """Raises ValueError for a pattern that does not say where the user is."""
        if text.count(USER) != 1:
            raise ValueError(f"{text!r} needs {USER} once: where the user is in a key.")
        before, _, after = text.partition(USER)
        fixed = after.partition("*")[0]
        head = expression(before) + PLACE
        return cls(
            text,
            re.compile(head + expression(after), re.DOTALL),
            re.compile(head + re.escape(fixed[:1] or "")),
        )


def expression(text: str) -> str:
    return ".*".join(re.escape(part) for part in text.split("*"))


def user_in(patterns: Sequence[KeyPattern], key: str) -> str | None:
    """Whose key it is; None where no pattern says."""
    for pattern in patterns:
        if (match := pattern.whole.fullmatch(key)) is not None:
            return match["user"]
    return None


def user_listed(patterns: Sequence[KeyPattern], prefix: str) -> str | None:
    """Whose keys a prefix lists; None where it may be those of several."""
    for pattern in patterns:
        if (match := pattern.begin.match(prefix)) is not None:
            return match["user"]
    return None
