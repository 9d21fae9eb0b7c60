"""Queries and the queries inside them: what is known of their results, whose rows they read."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from emulator.guard.blocks import Block, Known
from emulator.guard.facts import PARAMETER, Facts, Node, common
from emulator.guard.joins import Joined
from emulator.guard.owners import Owners
from emulator.guard.parsing import NotUnderstood, Parsed, parse
from emulator.guard.predicates import Atom, Given, conjuncts
from emulator.guard.schema import Schema
from emulator.guard.shapes import (
    both,
    branches,
    frames,
    is_aggregate,
    is_recursive,
    meet,
    nodes_of,
    scope_node,
    scopes,
)
from emulator.guard.sources import Assumed, Cte, Env, Scope, Source

Column = tuple[str, Node | exp.Expr]
# Table-valued functions, and what their columns are.
FUNCTIONS = {
    name: ("key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root")
    for name in ("json_each", "json_tree")
}
MOST_VIEWS = 8


class Reading:
    """Reads queries under one schema. Keeps what it found, by query and surroundings."""

    def __init__(self, schema: Schema, owners: Owners) -> None:
        self.schema = schema
        self.owners = owners
        # Where no name but a table's means anything.
        self.nowhere = Env()
        self._views: dict[str, Parsed] = {}
        self._bodies: dict[str, Parsed] = {}
        self._places: dict[int, exp.Expr] = {}
        self._outputs: dict[object, tuple[Facts, ...]] = {}
        self._ctes: dict[tuple[int, int], tuple[Env, Env]] = {}

    def query(self, place: exp.Expr) -> exp.Expr:
        """What stands after IN: a query, or a table's name, which is one of all its rows."""
        if not isinstance(place, exp.Column | exp.Table):
            return place
        if id(place) not in self._places:
            self._places[id(place)] = exp.select("*").from_(exp.Table(this=place.this.copy()))
        return self._places[id(place)]

    def outputs(self, query: exp.Expr, env: Env) -> tuple[Facts, ...]:
        """What is known of each column of every row."""
        key = (id(query), id(env.ctes), frozenset(env.facts.items()))
        if key not in self._outputs:
            self._outputs[key] = self._read(query, env)
        return self._outputs[key]

    def _read(self, query: exp.Expr, env: Env) -> tuple[Facts, ...]:
        if isinstance(query, exp.Subquery):
            return self.outputs(query.this, self.named(query, env))
        if isinstance(query, exp.Values):
            rows = [self._row(row, env) for row in query.expressions]
            return tuple(common(column) for column in zip(*rows, strict=False))
        if isinstance(query, exp.SetOperation):
            inner = self.named(query, env)
            left, right = self.outputs(query.left, inner), self.outputs(query.right, inner)
            return tuple(both(query, *pair) for pair in zip(left, right, strict=False))
        if not isinstance(query, exp.Select):
            return ()
        block = self.block(query, env)
        return tuple(
            block.known(value) if isinstance(value, tuple) else block.facts(value)
            for _, value in self.columns(query, block.scope)
        )

    def _row(self, row: exp.Expr, env: Env) -> list[Facts]:
        block = Block(Joined(Scope(outer=env.scope)), env, self.owners, self)
        values = row.expressions if isinstance(row, exp.Tuple) else [row]
        return [block.facts(value) for value in values]

    def outward(self, query: exp.Expr, env: Env) -> Known:
        while isinstance(query, exp.Subquery):
            env, query = self.named(query, env), query.this
        if not isinstance(query, exp.Select) or is_aggregate(query):
            return {}
        block = self.block(query, env)
        outer = [node for scope in scopes(env.scope) for node in nodes_of(scope)]
        return {
            node: facts
            for node in outer
            if (facts := common(way.closure.of(node) for way in block.ways()))
        }

    def block(self, query: exp.Select, env: Env, given: Mapping[int, Facts] | None = None) -> Block:
        """`given`: what the query around it asks of its columns."""
        env = self.named(query, env)
        scope = Scope(outer=env.scope)
        joined = Joined(scope)
        start = query.args.get("from_") or query.args.get("from")
        if start is not None:
            joined.start(start.this, lambda item: self.source(item, env))
        for join in query.args.get("joins") or ():
            joined.join(join, list(scope.sources), lambda item: self.source(item, env))
        scope.results = {
            one.alias.lower(): one.this for one in query.expressions if isinstance(one, exp.Alias)
        }
        if where := query.args.get("where"):
            joined.always.append(where.this)
        joined.always.extend(self.of_groups(query, scope))
        joined.always.extend(self.asked(query, scope, given or {}))
        return Block(joined, env, self.owners, self)

    def of_groups(self, query: exp.Select, scope: Scope) -> Iterator[Atom]:
        """The conditions of HAVING that hold of each row: those of what is grouped by."""
        having = query.args.get("having")
        groups = self.groups(query, scope)
        for part in conjuncts(having.this) if having and groups else ():
            names = [scope.node(one) for one in part.find_all(exp.Column)]  # type: ignore[union-attr]
            if names and all(name in groups for name in names):
                yield part

    def groups(self, query: exp.Select, scope: Scope) -> set[Node]:
        group = query.args.get("group")
        found: set[Node] = set()
        for one in group.expressions if group else ():
            if isinstance(one, exp.Literal) and str(one.this).isdigit():
                listed = query.expressions[int(one.this) - 1 : int(one.this)]
                one = listed[0].unalias() if listed else one
            node = scope.node(one) if isinstance(one, exp.Column) else None
            if isinstance(node, exp.Column):
                node = scope.node(node)
            if isinstance(node, tuple):
                found.add(node)
        return found

    def asked(self, query: exp.Select, scope: Scope, given: Mapping[int, Facts]) -> Iterator[Given]:
        """What is asked of a result's column is asked of the rows it is made of, but for rows
        that others decide on: by a limit, an aggregate or a window.
        """
        if not any(given.values()) or query.args.get("limit"):
            return
        columns = self.columns(query, scope)
        groups = self.groups(query, scope)
        windows = [frames(window, scope) for window in query.find_all(exp.Window)]
        for index, (_, value) in enumerate(columns):
            node = value if isinstance(value, tuple) else scope_node(scope, value)
            if node is None or not given.get(index):
                continue
            if (is_aggregate(query) and node not in groups) or any(node not in w for w in windows):
                continue
            yield Given(node, given[index])

    def columns(self, query: exp.Select, scope: Scope) -> list[Column]:
        found: list[Column] = []
        for one in query.expressions:
            if not one.is_star:
                found.append((one.alias_or_name.lower(), one.unalias()))
                continue
            qualifier = one.table.lower() if isinstance(one, exp.Column) else ""
            for source in scope.sources:
                if qualifier in ("", source.alias):
                    found += [(n, node) for n in source.names() if (node := source.node(n))]
        return found

    def names(self, query: exp.Expr, env: Env) -> tuple[str, ...]:
        """What a query's columns are called."""
        if isinstance(query, exp.Subquery):
            return self.names(query.this, self.named(query, env))
        if isinstance(query, exp.SetOperation):
            return self.names(query.left, self.named(query, env))
        if isinstance(query, exp.Values):
            first = query.expressions[0]
            width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
            return tuple(f"column{number + 1}" for number in range(width))
        if not isinstance(query, exp.Select):
            return ()
        return tuple(name for name, _ in self.columns(query, self.block(query, env).scope))

    def named(self, query: exp.Expr, env: Env) -> Env:
        """With the names that its WITH gives."""
        clause = query.args.get("with_") or query.args.get("with")
        if clause is None:
            return env
        # One for each query and surroundings: what was found is kept by it.
        key = (id(query), id(env.ctes))
        if key not in self._ctes:
            self._ctes[key] = (Env({**env.ctes, **self._named(clause, env)}), env)
        return replace(env, ctes=self._ctes[key][0].ctes)

    def _named(self, clause: exp.Expr, env: Env) -> Mapping[str, Cte]:
        """Each knows all the others, those that come later, too, but not itself."""
        meanings: dict[str, dict[str, Cte | Assumed]] = {}
        names: dict[str, Cte] = {}
        for cte in clause.expressions:
            name = cte.alias.lower()
            columns = cte.args["alias"].args.get("columns") or ()
            inner = meanings[name] = {n: c for n, c in env.ctes.items() if n != name}
            named = tuple(column.name.lower() for column in columns)
            names[name] = Cte(cte.this, named, Env(inner, env.scope, env.facts))
        for name, inner in meanings.items():
            inner.update({other: cte for other, cte in names.items() if other != name})
        return names

    def source(self, item: exp.Expr, env: Env) -> Source:
        alias = item.alias_or_name.lower()
        if isinstance(item, exp.Subquery | exp.Values):
            return self.derived(item, alias, Cte(item, (), replace(env, scope=None)))
        name = item.name.lower()
        if isinstance(item.this, exp.Func):
            return self.function(item, alias, env)
        cte = env.ctes.get(name) if not item.args.get("db") else None
        if isinstance(cte, Assumed):
            return Source(id(item), alias, None, None, cte.columns, cte.facts, True)
        if cte is not None:
            return self.derived(item, alias, cte)
        if name in self.schema.views:
            return self.derived(item, alias, Cte(self.view(name), (), self.nowhere))
        return Source(id(item), alias, self.schema.table(name))

    def parsed(self, text: str) -> Parsed:
        """A statement of a trigger's body."""
        if text not in self._bodies:
            self._bodies[text] = parse(text)
        return self._bodies[text]

    def view(self, name: str) -> exp.Expr:
        if name not in self._views:
            if len(self._views) > MOST_VIEWS:
                raise NotUnderstood
            self._views[name] = parse(self.schema.views[name])
        made = self._views[name].tree
        return made.expression if isinstance(made, exp.Create) else made

    def derived(self, item: exp.Expr, alias: str, cte: Cte) -> Source:
        alias_given = item.args.get("alias")
        given = alias_given.args.get("columns") if alias_given is not None else None
        columns = tuple(one.name.lower() for one in given or ()) or cte.columns
        columns = columns or self.names(cte.query, cte.env)
        name = item.name.lower() if isinstance(item, exp.Table) else ""
        if is_recursive(cte, name):
            facts = self.recursion(cte, name)
        else:
            facts = self.outputs(cte.query, cte.env)
        named = replace(cte, columns=columns)
        return Source(id(item), alias, None, named, columns, facts, name=name)

    def recursion(self, cte: Cte, name: str) -> tuple[Facts, ...]:
        """What is known of the first rows, as far as each step keeps it."""
        first, steps = branches(cte.query, name)
        facts = meet([self.outputs(query, self.named(cte.query, cte.env)) for query in first])
        while True:
            env = self.again(cte, name, facts)
            kept = meet([facts, *(self.outputs(query, env) for query in steps)])
            if kept == facts:
                return facts
            facts = kept

    def again(self, cte: Cte, name: str, facts: tuple[Facts, ...]) -> Env:
        """Inside a step, where its own name means the rows found so far."""
        first, _ = branches(cte.query, name)
        inner = self.named(cte.query, cte.env)
        columns = cte.columns or self.names(first[0], inner)
        key = (id(cte.query), hash(facts))
        if key not in self._ctes:
            made = Env({**inner.ctes, name: Assumed(columns, facts)})
            self._ctes[key] = (made, inner)
        return replace(inner, ctes=self._ctes[key][0].ctes)

    def function(self, item: exp.Expr, alias: str, env: Env) -> Source:
        """`json_each(?)` gives what the caller bound; `notes_fts('word')` is the table."""
        call = item.this
        name = call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower()
        if table := self.schema.table(name):
            return Source(id(item), alias or name, table)
        columns = FUNCTIONS.get(name)
        scope = Scope(outer=env.scope)
        block = Block(Joined(scope), env, self.owners, self)
        facts = common(block.facts(value) for value in call.expressions[:1])
        given = facts & {PARAMETER}
        return Source(id(item), alias or name, None, None, columns, (given,) * len(columns or ()))
