"""`[guard]` of twin.toml: what only the project knows of its user data.

[guard]
mode = "observe"                             # off, observe, warn or enforce
owners = { notes = "user_id" }               # and grants, shared, allow: whose rows are whose
kv = { CACHE = "analysis:{user}:*" }         # keys of user data, by the binding's name or an id
r2 = { FILES = ["users/{user}/*", "exports/{user}/*"] }
public = ["FILES"]                           # what others may read there, though not write
vectorize = { VECTORS = ["userId"] }         # whose metadata says whose a vector is; [] = nobody's
doors = ["binding"]                          # whom to look at: Workers alone, not the API
user_claim = "sub"                           # where a bearer token says who calls
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.guard.keys import KeyPattern

DOORS = ("api", "binding")
Patterns = Mapping[str, tuple[KeyPattern, ...]]


@dataclass(frozen=True)
class Declared:
    """`rows` is the part about D1, which `Owners` and `allowed` read."""

    rows: Mapping[str, Any] = field(default_factory=dict)
    kv: Patterns = field(default_factory=dict)
    r2: Patterns = field(default_factory=dict)
    public: frozenset[str] = frozenset()
    vectorize: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doors: frozenset[str] = frozenset(DOORS)
    user_claim: str = "sub"

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Declared":
        """Raises ValueError, with a sentence, for what it cannot read."""
        doors = frozenset(table.get("doors") or DOORS)
        if unknown := doors - frozenset(DOORS):
            raise ValueError(f"[guard] doors: {min(unknown)!r} is neither 'api' nor 'binding'.")
        return cls(
            table,
            patterns_of(table.get("kv", {}), "kv"),
            patterns_of(table.get("r2", {}), "r2"),
            frozenset(table.get("public", ())),
            {name: tuple(keys) for name, keys in table.get("vectorize", {}).items()},
            doors,
            str(table.get("user_claim", "sub")),
        )

    def patterns(self, product: str, name: str, resource: str) -> Sequence[KeyPattern]:
        """Of a namespace or bucket, by what Workers call it or by its id; none: not declared."""
        declared = self.kv if product == "kv" else self.r2
        return declared.get(name) or declared.get(resource) or ()

    def is_public(self, name: str, resource: str) -> bool:
        return name in self.public or resource in self.public


def patterns_of(given: Mapping[str, str | list[str]], key: str) -> Patterns:
    try:
        return {
            name: tuple(
                KeyPattern.of(text) for text in ([texts] if isinstance(texts, str) else texts)
            )
            for name, texts in given.items()
        }
    except ValueError as error:
        raise ValueError(f"[guard] {key}: {error}") from None
