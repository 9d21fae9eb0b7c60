"""Differences of many cases that are one: of the same field of the same route, in the same way."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from e2e.contract import ROUTES
from e2e.parity.comparing import KINDS, Difference
from e2e.parity.masks import Json, type_of
from e2e.parity.record import compact

Values = tuple[str, str]
KNOWN = {route: at for at, route in enumerate(ROUTES)}


@dataclass(frozen=True, slots=True)
class Group:
    """`field` has no numbers: `$.jobs[].title`."""

    route: str
    field: str
    kind: str
    differences: Sequence[Difference]

    @property
    def cases(self) -> Sequence[str]:
        return sorted({one.case for one in self.differences})

    @property
    def texts(self) -> tuple[str, str]:
        """The values as they are shown; nothing for what is not there."""
        return (
            "" if self.kind == "extra" else joined(one.recorded for one in self.differences),
            "" if self.kind == "missing" else joined(one.other for one in self.differences),
        )


def joined(values: Iterable[Json]) -> str:
    return " or ".join(dict.fromkeys(compact(value) for value in values))


def grouped(differences: Sequence[Difference]) -> list[Group]:
    """By route as the contract lists them, then by kind and field."""
    same: dict[tuple[str, str, str, Values], list[Difference]] = defaultdict(list)
    for one in differences:
        field = re.sub(r"\[\d+\]", "[]", one.field)
        same[one.route, field, one.kind, values(one)].append(one)
    groups = [Group(*key[:3], found) for key, found in same.items()]
    return sorted(groups, key=order)


def values(difference: Difference) -> Values:
    """What of the values makes it another difference."""
    pair = difference.recorded, difference.other
    if difference.kind == "value":
        return compact(pair[0]), compact(pair[1])
    if difference.kind == "type":
        return type_of(pair[0]), type_of(pair[1])
    return "", ""


def order(group: Group) -> tuple[int, str, int, str, tuple[str, str]]:
    return *order_of_route(group.route), KINDS.index(group.kind), group.field, group.texts


def order_of_route(route: str) -> tuple[int, str]:
    """As the contract lists them; what it does not know comes last."""
    return KNOWN.get(route, len(KNOWN)), route
