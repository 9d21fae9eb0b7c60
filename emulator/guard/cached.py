"""For whom an AI Gateway's cached answers were made, as far as requests say who asks."""

from collections import OrderedDict
from collections.abc import Mapping

from emulator.guard.vectors import is_owner_key

MAX_KEPT = 10_000
# What metadata calls a user, beside the names of owner columns.
USERS = frozenset(("user", "sub", "tenant", "customer"))


class Answers:
    """Who made the answer at a cache's key; those not used longest are forgotten."""

    def __init__(self) -> None:
        self._makers: OrderedDict[bytes, str | None] = OrderedDict()

    def keep(self, key: bytes, maker: str | None) -> None:
        self._makers[key] = maker
        self._makers.move_to_end(key)
        if len(self._makers) > MAX_KEPT:
            self._makers.popitem(last=False)

    def maker(self, key: bytes) -> str | None:
        return self._makers.get(key)


def identity(metadata: Mapping[str, object] | None, user: str | None) -> str | None:
    """Who asks: what `cf-aig-metadata` calls the user, else whose request it is made in."""
    for name, value in (metadata or {}).items():
        if value is not None and (name.lower() in USERS or is_owner_key(name)):
            return str(value)
    return user
