"""FROM and its joins: the sources, and for which of them each condition holds.

A condition of a LEFT JOIN says nothing of the rows on its left, unless one further on wants the
right side to be there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from emulator.guard.predicates import STRICT, Atom, Given, conjuncts
from emulator.guard.sources import Scope, Source

Reader = Callable[[exp.Expr], Source]


@dataclass
class Joined:
    scope: Scope
    # What holds of every row of the result.
    always: list[Atom] = field(default_factory=list)
    # By source: what holds besides where it has a row.
    where: dict[int, list[Atom]] = field(default_factory=dict)

    def start(self, item: exp.Expr, read: Reader) -> list[Source]:
        """Adds a table, a query or a bracket of joins: its sources."""
        inner = item.this if isinstance(item, exp.Subquery) else item
        if isinstance(item, exp.Subquery) and isinstance(inner, exp.Table):
            sources = self.start(inner, read)
        else:
            sources = [read(item)]
            self.scope.sources.extend(sources)
        for join in item.args.get("joins") or ():
            sources = sources + self.join(join, sources, read)
        return sources

    def join(self, join: exp.Join, left: list[Source], read: Reader) -> list[Source]:
        right = self.start(join.this, read)
        conditions = list(self.conditions(join, left, right))
        side = (join.side or "").upper()
        if side == "LEFT":
            self.hold(right, conditions)
        elif side in ("RIGHT", "FULL"):
            self.hold(left, self.always)
            self.always = []
            self.hold(left, conditions if side == "RIGHT" else [])
        else:
            self.always.extend(conditions)
        return right

    def hold(self, sources: Iterable[Source], conditions: Iterable[Atom]) -> None:
        held = list(conditions)
        for source in sources:
            self.where.setdefault(source.id, []).extend(held)

    def conditions(
        self, join: exp.Join, left: list[Source], right: list[Source]
    ) -> Iterable[exp.Expr]:
        if on := join.args.get("on"):
            yield on
        names = [name.name for name in join.args.get("using") or ()]
        if (join.method or "").upper() == "NATURAL":
            known = {name for source in left for name in source.names()}
            names = [name for source in right for name in source.names() if name in known]
        for name in names:
            one = next((source for source in left if source.node(name)), None)
            if one is not None:
                yield exp.EQ(this=column(one, name), expression=column(right[0], name))

    def of(self, source: Source | None) -> list[Atom]:
        """What holds wherever `source` has a row; None: of every row."""
        held = list(self.always)
        if source is not None:
            held += self.where.get(source.id, [])
        there = {source.id} if source else set()
        more = True
        while more:
            more = False
            for other in self.scope.sources:
                if other.id in there or other.id not in self.where:
                    continue
                if any(self.wants(condition, other) for condition in held):
                    held += self.where[other.id]
                    there.add(other.id)
                    more = True
        return held

    def wants(self, condition: Atom, source: Source) -> bool:
        """Whether the condition is false where `source` has no row."""
        if isinstance(condition, Given):
            return condition.node[0] == source.id
        if isinstance(condition, exp.Paren):
            return self.wants(condition.this, source)
        if isinstance(condition, exp.Or):
            return self.wants(condition.left, source) and self.wants(condition.right, source)
        if isinstance(condition, exp.And):
            return any(self.wants(part, source) for part in conjuncts(condition))
        if not isinstance(condition, STRICT):
            return False
        sides = (condition.this, condition.args.get("expression"))
        return any(self.is_of(side, source) for side in sides)

    def is_of(self, side: exp.Expr | None, source: Source) -> bool:
        node = self.scope.node(side) if isinstance(side, exp.Column) else None
        return isinstance(node, tuple) and node[0] == source.id


def column(source: Source, name: str) -> exp.Column:
    return exp.column(name, table=source.alias)
