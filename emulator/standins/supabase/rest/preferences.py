"""The header `Prefer`. https://docs.postgrest.org/en/stable/references/api/preferences.html"""

from collections.abc import Iterable
from dataclasses import dataclass

from emulator.standins.supabase.rest.errors import bad_preferences

KNOWN = {
    "resolution": ("merge-duplicates", "ignore-duplicates"),
    "return": ("representation", "headers-only", "minimal"),
    "count": ("exact", "planned", "estimated"),
    "tx": ("commit", "rollback"),
    "missing": ("default", "null"),
    "handling": ("strict", "lenient"),
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a client prefers; None where it does not say."""

    resolution: str | None = None
    representation: str | None = None
    count: str | None = None
    transaction: str | None = None
    missing: str | None = None
    handling: str | None = None
    timezone: str | None = None
    max_affected: int | None = None

    @property
    def limits_affected(self) -> int | None:
        """The number of rows that may be changed, where the client insists."""
        return self.max_affected if self.handling == "strict" else None

    def applied(self, *kinds: str) -> str:
        """The value of `Preference-Applied`, of the kinds that an operation knows."""
        values = {
            "resolution": self.resolution,
            "missing": self.missing,
            "return": self.representation,
            "count": self.count,
            "tx": self.transaction,
            "handling": self.handling,
            "timezone": self.timezone,
            "max-affected": self.limits_affected,
        }
        always = ("count", "tx", "handling", "timezone")
        return ", ".join(
            f"{kind}={value}"
            for kind, value in values.items()
            if value is not None and (kind in kinds or kind in always)
        )


def parse_preferences(headers: Iterable[str]) -> Preferences:
    """Raises what PostgREST says of unknown ones where the client says `handling=strict`."""
    stated = [one.strip() for header in headers for one in header.split(",") if one.strip()]
    found: dict[str, str] = {}
    unknown = []
    for one in stated:
        name, _, value = one.partition("=")
        free = name in ("timezone", "max-affected")
        if free or value in KNOWN.get(name, ()):
            found.setdefault(name, value)
        else:
            unknown.append(one)
    if unknown and found.get("handling") == "strict":
        raise bad_preferences(unknown)
    affected = found.get("max-affected", "")
    return Preferences(
        found.get("resolution"),
        found.get("return"),
        found.get("count"),
        found.get("tx"),
        found.get("missing"),
        found.get("handling"),
        found.get("timezone"),
        int(affected[:18]) if affected.isascii() and affected.isdigit() else None,
    )
