"""Credentials and what they reach."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType

ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class AccountRecord:
    id: str
    name: str


@lru_cache(maxsize=1_024)
def secret_of(value: str) -> str:
    return sha256(value.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Credential:
    """A token or a global key. `grants` maps account ids to scopes such as `kv:write`."""

    id: str
    value: str
    grants: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    email: str | None = None

    @property
    def s3_secret(self) -> str:
        """The secret access key that goes with the id: the SHA-256 of the token's value."""
        return secret_of(self.value)

    def scopes(self, account_id: str) -> frozenset[str] | None:
        """What it may do in the account; None where it may not even know of it."""
        return self.grants.get(account_id)
