"""What is known of the values of columns, on one path through a statement's conditions.

Columns that must be equal share what is known of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Node = tuple[int, str]  # a source of rows, a column of it
Fact = tuple[str, str, str]
Facts = frozenset[Fact]

# The value is one that the caller of the statement bound.
PARAMETER: Fact = ("parameter", "", "")
# The value is written in the text.
LITERAL: Fact = ("literal", "", "")
NOTHING: Facts = frozenset()


def key_of(table: str, column: str) -> Fact:
    """The value is that of `column` in a row of `table` whose owner is bound."""
    return ("key", table, column)


def common(several: Iterable[Facts]) -> Facts:
    """What is known on every path."""
    found = list(several)
    return frozenset.intersection(*found) if found else NOTHING


@dataclass
class Closure:
    """Equalities, and what follows of them."""

    _above: dict[Node, Node] = field(default_factory=dict)
    _facts: dict[Node, Facts] = field(default_factory=dict)

    def root(self, node: Node) -> Node:
        while (above := self._above.get(node, node)) != node:
            node = above
        return node

    def equate(self, one: Node, other: Node) -> None:
        first, second = self.root(one), self.root(other)
        if first != second:
            self._above[second] = first
            self._facts[first] = self.of(first) | self._facts.pop(second, NOTHING)

    def add(self, node: Node, facts: Facts) -> bool:
        """Whether that was news."""
        root = self.root(node)
        known = self._facts.get(root, NOTHING)
        self._facts[root] = known | facts
        return not facts <= known

    def of(self, node: Node) -> Facts:
        return self._facts.get(self.root(node), NOTHING)

    def same(self, one: Node, other: Node) -> bool:
        return self.root(one) == self.root(other)

    def every(self, nodes: Iterable[Node]) -> Mapping[Node, Facts]:
        return {node: facts for node in nodes if (facts := self.of(node))}
