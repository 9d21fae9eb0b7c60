"""Whose rows a query reads, itself and the queries inside it."""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from emulator.guard.blocks import Block, Way
from emulator.guard.facts import NOTHING, PARAMETER, Facts
from emulator.guard.predicates import COMPARED, Atom, Opaque, subqueries
from emulator.guard.queries import Reading
from emulator.guard.reports import Report
from emulator.guard.shapes import branches, is_recursive, scope_node
from emulator.guard.sources import Cte, Env, Source

Asked = Mapping[int, Facts]


class Judging:
    def __init__(self, reading: Reading, report: Report) -> None:
        self.reading = reading
        self.report = report

    def query(self, query: exp.Expr, env: Env, asked: Asked | None = None) -> None:
        """`asked`: what the query around it asks of its columns."""
        asked = asked or {}
        if isinstance(query, exp.Subquery):
            self.query(query.this, self.reading.named(query, env), asked)
        elif isinstance(query, exp.SetOperation):
            self.operation(query, self.reading.named(query, env), asked)
        elif isinstance(query, exp.Select):
            block = self.reading.block(query, env, asked)
            self.block(block)
            inner = block.inner(None)
            for part in self.others(query):
                self.inside(part, inner)
        elif isinstance(query, exp.Values):
            self.inside(query, env, whole=False)

    def operation(self, query: exp.SetOperation, env: Env, asked: Asked) -> None:
        left, right = (dict({} if query.args.get("limit") else asked) for _ in "ab")
        if isinstance(query, exp.Intersect):
            left = joined(left, self.reading.outputs(query.right, env))
        if isinstance(query, exp.Intersect | exp.Except):
            right = joined(right, self.reading.outputs(query.left, env))
        self.query(query.left, env, left)
        self.query(query.right, env, right)
        self.inside(query.args.get("order"), env)

    def block(self, block: Block, verb: str = "reads", target: Source | None = None) -> None:
        """Its sources, and the queries in its conditions."""
        for source in block.scope.sources:
            self.source(block, source, verb if source is target else "reads")
        places = [None, *(s for s in block.scope.sources if s.id in block.joined.where)]
        done: set[int] = set()
        for place in places:
            ways = block.ways(place)
            seen = {id(atom): atom for way in ways for atom in way.atoms if id(atom) not in done}
            for way in ways:
                for atom in way.atoms:
                    if id(atom) in seen:
                        self.atom(block, way, atom)
            done |= seen.keys()

    def source(self, block: Block, source: Source, verb: str) -> None:
        if source.query is not None:
            ways = block.ways(source)
            asked = {
                index: block.known((source.id, name)) if ways else NOTHING
                for index, name in enumerate(source.columns or ())
            }
            if ways:
                self.derived(source, source.query, asked)
        table = source.table
        if table is None or source.is_free or table.name not in self.report.owners:
            return
        self.report.tables.setdefault(table.name)
        ways = block.ways(source)
        for way in ways:
            _ = way.closure
        bindings = [way.bound.get(source.id) for way in ways]
        if not all(bindings):
            self.report.unbound(source, table, verb)
        elif "literal" in bindings:
            self.report.literal(source, table)

    def derived(self, source: Source, cte: Cte, asked: Asked) -> None:
        if not is_recursive(cte, source.name):
            self.query(cte.query, cte.env, asked)
            return
        first, steps = branches(cte.query, source.name)
        inner = self.reading.named(cte.query, cte.env)
        for query in first:
            self.query(query, inner)
        known = self.reading.recursion(cte, source.name)
        again = self.reading.again(cte, source.name, known)
        for query in steps:
            self.query(query, again)

    def atom(self, block: Block, way: Way, atom: Atom) -> None:
        if isinstance(atom, exp.Expr) and isinstance(atom, COMPARED):
            self.predicates(block, way, atom)
        inner = block.inner(way)
        for query in self.queries(atom):
            asked = self.compared(block, way, atom, query)
            self.query(query, inner, asked)

    def compared(self, block: Block, way: Way, atom: Atom, query: exp.Expr) -> Asked:
        """`user_id IN (SELECT user_id …)`: only rows with the value on the left matter."""
        whole = atom.inner if isinstance(atom, Opaque) else atom
        if not isinstance(whole, exp.In) or whole.args.get("query") is not query:
            return {}
        one = whole.this
        columns = one.expressions if isinstance(one, exp.Tuple) else [one]
        return {index: way.known(column) for index, column in enumerate(columns)}

    def predicates(self, block: Block, way: Way, atom: exp.Expr) -> None:
        sides = [atom.this, atom.args.get("expression")]
        for side, other in (sides, sides[::-1]):
            node = scope_node(block.scope, side) if side is not None else None
            source = block.scope.source(node[0]) if node else None
            table = self.owner_of(source, node[1]) if source and node else None
            if source and table and isinstance(side, exp.Column):
                on_parameter = other is None or PARAMETER in block.value(other, way.inner)[1]
                self.report.predicate(table, source.alias, side, on_parameter)

    def owner_of(self, source: Source, column: str) -> str | None:
        """The table of which the column holds the owner, also where a query lies between."""
        if source.table is not None:
            name, owners = source.table.name, self.report.owners
            return name if name in owners and column in owners[name].columns else None
        if source.query is None or column not in (source.columns or ()):
            return None
        query, env = source.query.query, source.query.env
        while isinstance(query, exp.Subquery | exp.SetOperation):
            env = self.reading.named(query, env)
            query = query.this
        if not isinstance(query, exp.Select):
            return None
        scope = self.reading.block(query, env).scope
        shown = self.reading.columns(query, scope)[(source.columns or ()).index(column)][1]
        node = shown if isinstance(shown, tuple) else scope_node(scope, shown)
        inner = scope.source(node[0]) if node else None
        return self.owner_of(inner, node[1]) if inner and node else None

    def inside(self, part: exp.Expr | None, env: Env, whole: bool = True) -> None:
        """The queries in something that is no condition."""
        found = [part] if part is not None and whole else part.iter_expressions() if part else ()
        for one in found:
            for query in self.queries(one):
                self.query(query, env)

    def queries(self, part: Atom) -> Iterator[exp.Expr]:
        yield from subqueries(part)
        inner = part.inner if isinstance(part, Opaque) else part
        if isinstance(inner, exp.In) and (named := inner.args.get("field")) is not None:
            yield self.reading.query(named)

    def others(self, query: exp.Select) -> Iterator[exp.Expr]:
        yield from query.expressions
        for name in ("group", "having", "order", "limit", "offset", "windows"):
            value = query.args.get(name)
            yield from value if isinstance(value, list) else [value] if value is not None else []


def joined(asked: dict[int, Facts], outputs: tuple[Facts, ...]) -> dict[int, Facts]:
    return {index: asked.get(index, NOTHING) | facts for index, facts in enumerate(outputs)}
