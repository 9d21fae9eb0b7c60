"""What stands in FROM, and which column of it a name means."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from emulator.guard.facts import NOTHING, Facts, Node
from emulator.guard.schema import ROWID, ROWIDS, Table


@dataclass(frozen=True)
class Cte:
    """A named query, and what its names mean where it stands."""

    query: exp.Expr
    columns: tuple[str, ...]
    env: "Env"


@dataclass(frozen=True)
class Assumed:
    """Rows of which the columns and what is known of them are given: a recursion's own."""

    columns: tuple[str, ...]
    facts: tuple[Facts, ...]


@dataclass(frozen=True)
class Source:
    id: int
    alias: str
    table: Table | None = None
    query: Cte | None = None
    # None: any name may be a column of it.
    columns: tuple[str, ...] | None = None
    facts: tuple[Facts, ...] = ()
    # Of an unknown table, or of rows known to be the caller's: nothing is asked.
    is_free: bool = False
    # What the query is called where it was named.
    name: str = ""

    def node(self, name: str) -> Node | None:
        name = name.lower()
        if self.table is not None:
            column = self.table.column(name)
            return (self.id, column) if column else None
        if self.columns is None or name in self.columns:
            return (self.id, name)
        return None

    def names(self) -> tuple[str, ...]:
        """The columns of `*`."""
        return self.table.columns if self.table else self.columns or ()

    def known(self) -> dict[Node, Facts]:
        pairs = zip(self.columns or (), self.facts, strict=False)
        return {(self.id, name): facts for name, facts in pairs if facts}


@dataclass
class Scope:
    """The sources of one query, inside the scope of the query around it."""

    sources: list[Source] = field(default_factory=list)
    outer: "Scope | None" = None
    # What the columns of the result are called: SQLite takes these names in WHERE, too.
    results: dict[str, exp.Expr] = field(default_factory=dict)

    def node(self, column: exp.Column) -> Node | exp.Expr | None:
        """The column that is meant, or the expression of the result that has its name."""
        name, qualifier = column.name.lower(), column.table.lower()
        for source in self.sources:
            if qualifier and source.alias != qualifier:
                continue
            if not qualifier and source.columns is None and source.table is None:
                continue
            if (node := source.node(name)) and (qualifier or not is_number(source, name)):
                return node
        if not qualifier and (number := self._numbered(name)):
            return number
        if not qualifier and name in self.results:
            return self.results[name]
        return self.outer.node(column) if self.outer is not None else None

    def _numbered(self, name: str) -> Node | None:
        """`rowid` alone is that of the one table there is."""
        tables = [source for source in self.sources if source.table]
        return (tables[0].id, ROWID) if name in ROWIDS and tables else None

    def source(self, id: int) -> Source | None:
        return next((source for source in self.sources if source.id == id), None)


def is_number(source: Source, name: str) -> bool:
    return source.table is not None and name in ROWIDS and name not in source.table.columns


@dataclass(frozen=True)
class Env:
    """What the names of tables mean, and what is known of the columns around a query."""

    ctes: Mapping[str, Cte | Assumed] = field(default_factory=dict)
    scope: Scope | None = None
    facts: Mapping[Node, Facts] = field(default_factory=dict)

    def inside(self, scope: Scope, facts: Mapping[Node, Facts]) -> "Env":
        return Env(self.ctes, scope, {**self.facts, **facts})

    def known(self, node: Node) -> Facts:
        return self.facts.get(node, NOTHING)
