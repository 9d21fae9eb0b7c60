"""What scripts may bind to: whether an account has the resource that a binding names."""

from collections.abc import Callable, Mapping

from emulator.core.errors import CloudflareError
from emulator.r2.models import DEFAULT_JURISDICTION
from emulator.twin import Account

Find = Callable[[str, str | None], object]


class AccountResources:
    """The stores of one account, as Workers ask them."""

    def __init__(self, account: Account) -> None:
        self._finders: Mapping[str, Find] = {
            "d1": lambda name, _: account.d1.get_database(name),
            "kv_namespace": lambda name, _: account.kv.get_namespace(name),
            "r2_bucket": lambda name, jurisdiction: account.r2.get_bucket(
                name, jurisdiction or DEFAULT_JURISDICTION
            ),
            "vectorize": lambda name, _: account.vectorize.get_index(name),
        }

    def has(self, kind: str, resource: str, jurisdiction: str | None) -> bool:
        try:
            self._finders[kind](resource, jurisdiction)
        except CloudflareError:
            return False
        return True
