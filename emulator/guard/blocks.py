"""One query's sources and conditions: what is known of each column on each path."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal, Protocol

from sqlglot import exp

from emulator.guard.facts import (
    LITERAL,
    NOTHING,
    PARAMETER,
    Closure,
    Facts,
    Node,
    common,
    key_of,
)
from emulator.guard.joins import Joined
from emulator.guard.owners import Owners
from emulator.guard.predicates import MOST_PATHS, Atom, Atoms, Given, Opaque, paths, plain
from emulator.guard.schema import ROWID
from emulator.guard.sources import Env, Scope, Source

Known = Mapping[Node, Facts]
Inner = Callable[[], Env]
Binding = Literal["owner", "literal"]
PLACEHOLDERS = (exp.Placeholder, exp.Parameter)


class Queries(Protocol):
    """What a block asks of the queries inside it."""

    def outputs(self, query: exp.Expr, env: Env) -> tuple[Facts, ...]: ...

    def query(self, place: exp.Expr) -> exp.Expr:
        """The query that stands after IN."""
        ...

    def outward(self, query: exp.Expr, env: Env) -> Known:
        """What must hold of columns around the query for it to have a row."""
        ...


class Block:
    def __init__(self, joined: Joined, env: Env, owners: Owners, queries: Queries) -> None:
        self.joined = joined
        self.scope: Scope = joined.scope
        self.env = env
        self.owners = owners
        self.queries = queries
        self._ways: dict[int, list[Way]] = {}

    def ways(self, source: Source | None = None) -> list["Way"]:
        """Each path on which `source` has a row in the result; None: on which there is one."""
        place = source.id if source and source.id in self.joined.where else 0
        if place not in self._ways:
            self._ways[place] = [Way(self, atoms) for atoms in all_of(self.joined.of(source))]
        return self._ways[place]

    def known(self, node: Node) -> Facts:
        """What is known of a column on every path."""
        source = self.scope.source(node[0])
        if source is None:
            return self.env.known(node) | common(way.closure.of(node) for way in self.ways())
        return common(way.closure.of(node) for way in self.ways(source))

    def facts(self, expression: exp.Expr) -> Facts:
        node, facts = self.value(expression, lambda: self.inner(None))
        return self.known(node) if node else facts

    def inner(self, way: "Way | None") -> Env:
        """What a query inside finds: on one path, or wherever it stands."""
        if way is not None:
            return self.env.inside(self.scope, way.closure.every(self.nodes()))
        known = {node: facts for node in self.nodes() if (facts := self.known(node))}
        return self.env.inside(self.scope, known)

    def nodes(self) -> Iterator[Node]:
        for source in self.scope.sources:
            for name in (*source.names(), ROWID):
                if node := source.node(name):
                    yield node

    def value(self, expression: exp.Expr, env: Inner) -> tuple[Node | None, Facts]:
        """The column that an expression is, or what is known of its value."""
        expression = plain(expression)
        if isinstance(expression, exp.Column):
            return self.column(expression, env)
        if isinstance(expression, exp.Null):
            return None, NOTHING
        if isinstance(expression, exp.Query):
            outputs = self.queries.outputs(expression, env())
            return None, outputs[0] if outputs else NOTHING
        if expression.find(exp.Column, exp.Query, exp.Star):
            return None, NOTHING
        bound = expression.find(*PLACEHOLDERS) is not None
        return None, frozenset([PARAMETER if bound else LITERAL])

    def column(self, column: exp.Column, env: Inner) -> tuple[Node | None, Facts]:
        found = self.scope.node(column)
        if isinstance(found, exp.Expr):
            is_itself = found is column or plain(found) is column
            return (None, NOTHING) if is_itself else self.value(found, env)
        if found is None and column.this.args.get("quoted") and not column.table:
            # SQLite takes "text" for a string where no column has the name.
            return None, frozenset([LITERAL])
        return found, NOTHING


class Way:
    """One path: conditions that hold together, and what follows of them."""

    def __init__(self, block: Block, atoms: Atoms) -> None:
        self.block = block
        self.atoms = atoms
        self.bound: dict[int, Binding] = {}

    @cached_property
    def closure(self) -> Closure:
        closure = Closure()
        for source in self.block.scope.sources:
            for node, facts in source.known().items():
                closure.add(node, facts)
        for node, facts in self.block.env.facts.items():
            closure.add(node, facts)
        self.__dict__["closure"] = closure
        more = True
        while more:
            more = self.conclude(closure)
        return closure

    def conclude(self, closure: Closure) -> bool:
        news = False
        for atom in self.atoms:
            news |= self.take(closure, atom)
        for source in self.block.scope.sources:
            if source.id not in self.bound and (binding := self.binding(closure, source)):
                self.bound[source.id] = binding
                self.rows_of_the_owner(closure, source)
                news = True
        return news

    def take(self, closure: Closure, atom: Atom) -> bool:
        if isinstance(atom, Given):
            return closure.add(atom.node, atom.facts)
        if isinstance(atom, Opaque):
            return False
        if isinstance(atom, exp.Exists):
            outward = self.block.queries.outward(atom.this, self.inner())
            return any([closure.add(node, facts) for node, facts in outward.items()])
        if isinstance(atom, exp.EQ | exp.NullSafeEQ):
            return self.equal(closure, atom.this, atom.expression)
        if isinstance(atom, exp.In):
            return self.one_of(closure, atom)
        return False

    def equal(self, closure: Closure, left: exp.Expr, right: exp.Expr) -> bool:
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            pairs = zip(left.expressions, right.expressions, strict=False)
            return any([self.equal(closure, one, other) for one, other in pairs])
        (node, facts), (other, others) = self.value(left), self.value(right)
        if node and other:
            news = not closure.same(node, other)
            closure.equate(node, other)
            return news
        if node:
            return closure.add(node, others)
        return closure.add(other, facts) if other else False

    def one_of(self, closure: Closure, atom: exp.In) -> bool:
        """IN a list or a query: what is known of each of its values."""
        one = atom.this
        columns = one.expressions if isinstance(one, exp.Tuple) else [one]
        news = False
        for column, facts in zip(columns, self.values_of(atom, len(columns)), strict=False):
            node, _ = self.value(column)
            if node:
                news |= closure.add(node, facts)
        return news

    def values_of(self, atom: exp.In, width: int) -> tuple[Facts, ...]:
        query = atom.args.get("query") or atom.args.get("field")
        if query is not None:
            return self.block.queries.outputs(self.block.queries.query(query), self.inner())
        listed = atom.expressions
        if len(listed) == 1 and isinstance(listed[0], exp.Query | exp.Values):
            return self.block.queries.outputs(listed[0], self.inner())
        if width != 1:
            return ()
        return (common(self.known(value) for value in listed),)

    def inner(self) -> Env:
        return self.block.inner(self)

    def value(self, expression: exp.Expr) -> tuple[Node | None, Facts]:
        return self.block.value(expression, self.inner)

    def known(self, expression: exp.Expr) -> Facts:
        node, facts = self.value(expression)
        return self.closure.of(node) if node else facts

    def binding(self, closure: Closure, source: Source) -> Binding | None:
        """How the source's rows are known to be one owner's; None: they are not."""
        table = source.table
        if table is None or table.name not in self.block.owners:
            return None
        its = self.block.owners[table.name]
        named = [closure.of((source.id, name)) for name in its.columns]
        if any(is_owner(facts, self.block.owners) for facts in named):
            return "owner"
        known = [(parent.column, key_of(parent.table, parent.key)) for parent in its.parents]
        known += [(key[0], key_of(table.name, key[0])) for key in table.keys if len(key) == 1]
        known.append((ROWID, key_of(table.name, ROWID)))
        if any(fact in closure.of((source.id, name)) for name, fact in known):
            return "owner"
        return "literal" if any(LITERAL in facts for facts in named) else None

    def rows_of_the_owner(self, closure: Closure, source: Source) -> None:
        table = source.table
        if table is None:
            return
        for name in {*(table.column(column) or column for column in table.columns), ROWID}:
            closure.add((source.id, name), frozenset([key_of(table.name, name)]))
        for grant in self.block.owners[table.name].grants:
            fact = frozenset([key_of(grant.table, grant.key)])
            closure.add((source.id, grant.column), fact)


def is_owner(facts: Facts, owners: Owners) -> bool:
    """A parameter, or the owner of a row that has no other way to be the caller's."""
    return PARAMETER in facts or any(
        kind == "key"
        and table in owners
        and column in owners[table].columns
        and not owners[table].parents
        for kind, table, column in facts
    )


def all_of(conditions: Iterable[Atom]) -> list[Atoms]:
    """The paths on which all conditions hold."""
    found: list[Atoms] = [()]
    for condition in conditions:
        several = paths(condition)
        if len(found) * len(several) <= MOST_PATHS:
            found = [one + other for one in found for other in several]
        elif isinstance(condition, exp.Expr):
            found = [(*one, Opaque(condition)) for one in found]
    return found
