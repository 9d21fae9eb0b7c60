"""Keys of KV and R2 that hold user data, as `[guard]` declares them."""

from emulator.core.asking import Asked
from emulator.guard.declared import Declared
from emulator.guard.keys import user_in, user_listed
from emulator.guard.noticing import Notice, Noticing

WITHOUT_USER = "tenancy/key-without-user"
OF_ANOTHER = "tenancy/key-of-another-user"
LISTED = "tenancy/list-without-user"


class WatchedKeys:
    """Namespaces and buckets that are not declared are not looked at."""

    def __init__(self, declared: Declared, noticing: Noticing) -> None:
        self._declared = declared
        self._noticing = noticing

    def key(self, asked: Asked, product: str, resource: str, key: str, *, writes: bool) -> None:
        patterns = self._declared.patterns(product, asked.name, resource)
        if not patterns or asked.door not in self._declared.doors:
            return
        name = asked.name or resource
        user = user_in(patterns, key)
        if user is None:
            wanted = " or ".join(pattern.text for pattern in patterns)
            self._noticing.notice(
                asked,
                Notice(product, resource, name, key, WITHOUT_USER),
                WITHOUT_USER,
                f"The key {key} of {name} does not say whose it is.",
                f"Keys of user data are declared as {wanted}.",
            )
        elif writes or not self._declared.is_public(asked.name, resource):
            self._compare(asked, product, resource, key, user)

    def prefix(self, asked: Asked, product: str, resource: str, prefix: str) -> None:
        patterns = self._declared.patterns(product, asked.name, resource)
        if not patterns or asked.door not in self._declared.doors:
            return
        user = user_listed(patterns, prefix)
        if user is not None:
            self._compare(asked, product, resource, prefix, user)
            return
        name = asked.name or resource
        self._noticing.notice(
            asked,
            Notice(product, resource, name, prefix, LISTED),
            LISTED,
            f"Keys of {name} are listed by the prefix {prefix!r}, which is not one user's.",
            "Let the prefix go as far as the user's id and what follows it.",
        )

    def _compare(self, asked: Asked, product: str, resource: str, key: str, user: str) -> None:
        """Whether the user in the key is who calls, where that is known."""
        caller = self._noticing.requests.cause_of(asked).user
        if caller is None or caller == user:
            return
        name = asked.name or resource
        self._noticing.notice(
            asked,
            Notice(product, resource, name, key, OF_ANOTHER),
            OF_ANOTHER,
            f"The key {key} of {name} is {user}'s, and {caller} asks.",
            "Make the key of the caller's id, or compare the two before the store is asked.",
        )
