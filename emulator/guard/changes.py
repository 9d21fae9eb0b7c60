"""Whose rows UPDATE, DELETE and INSERT change, and what their triggers do then."""

from collections.abc import Mapping

from sqlglot import exp

from emulator.guard.blocks import Block
from emulator.guard.facts import Facts, key_of
from emulator.guard.inserts import Inserting
from emulator.guard.joins import Joined
from emulator.guard.judging import Judging
from emulator.guard.parsing import Parsed
from emulator.guard.predicates import plain
from emulator.guard.queries import Reading
from emulator.guard.reports import Report
from emulator.guard.schema import ROWID, Table
from emulator.guard.sources import Env, Scope, Source

MOST_TRIGGERS = 4

Row = Mapping[str, Facts]


class Changes:
    def __init__(self, reading: Reading, report: Report) -> None:
        self.reading = reading
        self.report = report
        self.judging = Judging(reading, report)

    def statement(self, parsed: Parsed, env: Env, depth: int = 0) -> None:
        tree = parsed.tree
        inner = self.reading.named(tree, env)
        if isinstance(tree, exp.Update):
            self.update(tree, inner, parsed.replaces, depth)
        elif isinstance(tree, exp.Delete):
            self.delete(tree, inner, depth)
        elif isinstance(tree, exp.Insert):
            inserting = Inserting(self.judging, tree, inner)
            inserting.judge(parsed.replaces)
            self.fire(inserting.table, "INSERT", {"new": inserting.stored()}, depth)
        else:
            self.judging.query(tree, env)

    def update(self, tree: exp.Update, env: Env, replaces: bool, depth: int) -> None:
        block, target = self.target(tree, env)
        self.judging.block(block, "changes", target)
        self.parts(tree, block, ("expressions", "returning", "order", "limit"))
        table = target.table
        if table is None:
            return
        values = assigned(tree)
        if table.name in self.report.owners:
            self.owner_stays(block, target, table, values)
            if replaces:
                self.replaced(table, values)
        old = row_of(block, target)
        new = {**old, **{name: block.facts(value) for name, value in values.items()}}
        self.fire(table, "UPDATE", {"old": old, "new": new}, depth, frozenset(values))

    def delete(self, tree: exp.Delete, env: Env, depth: int) -> None:
        block, target = self.target(tree, env)
        self.judging.block(block, "changes", target)
        self.parts(tree, block, ("returning", "order", "limit"))
        self.fire(target.table, "DELETE", {"old": row_of(block, target)}, depth)

    def target(self, tree: exp.Expr, env: Env) -> tuple[Block, Source]:
        scope = Scope(outer=env.scope)
        joined = Joined(scope)

        def read(item: exp.Expr) -> Source:
            return self.reading.source(item, env)

        # The name of what is changed is a table's, never that of a WITH.
        target = self.reading.source(tree.this, self.reading.nowhere)
        scope.sources.append(target)
        start = tree.args.get("from_") or tree.args.get("from")
        if start is not None:
            joined.start(start.this, read)
        if where := tree.args.get("where"):
            joined.always.append(where.this)
        return Block(joined, env, self.report.owners, self.reading), target

    def parts(self, tree: exp.Expr, block: Block, names: tuple[str, ...]) -> None:
        inner = block.inner(None)
        for name in names:
            value = tree.args.get(name)
            for part in value if isinstance(value, list) else [value]:
                self.judging.inside(part, inner)

    def owner_stays(
        self, block: Block, target: Source, table: Table, values: Mapping[str, exp.Expr]
    ) -> None:
        its = self.report.owners[table.name]
        for name in its.columns:
            if name in values and not self.is_same(block, target, name, values[name]):
                message = f"{name} of {table.name} is set: the row goes to another owner."
                fix = f"Leave {name} as it is."
                self.report.find("owner-changed", table.name, message, fix, target.alias)
        for parent in its.parents:
            value = values.get(parent.column)
            if value is None or its.columns or not block.ways():
                continue
            if key_of(parent.table, parent.key) not in block.facts(value):
                self.unproven(table.name, parent.column, parent.table)

    def unproven(self, table: str, column: str, parent: str) -> None:
        message = f"Nothing here shows that {column} of {table} names a row of the caller's."
        fix = f"Take {column} from {parent}, bound to its owner, in the same statement."
        self.report.find("unproven-parent", table, message, fix, note=True)

    def is_same(self, block: Block, target: Source, name: str, value: exp.Expr) -> bool:
        value = plain(value)
        if isinstance(value, exp.Column):
            node = block.scope.node(value)
            own = (target.id, name)
            return isinstance(node, tuple) and all(
                way.closure.same(node, own) for way in block.ways(target)
            )
        named = value.args.get("this") if isinstance(value, exp.Placeholder) else None
        return named is not None and any(
            isinstance(atom, exp.EQ)
            and {plain(atom.this).name.lower(), plain(atom.expression).name.lower()}
            == {named.lower(), name}
            for way in block.ways(target)
            for atom in way.atoms
        )

    def replaced(self, table: Table, values: Mapping[str, exp.Expr]) -> None:
        its = self.report.owners[table.name]
        own = {*its.columns, *(parent.column for parent in its.parents)}
        for key in table.keys:
            if values.keys() & set(key) and not own & set(key):
                message = f"OR REPLACE deletes rows of {table.name} with the same {', '.join(key)}."
                fix = "Let the unique key begin with the owner, or use ON CONFLICT with a WHERE."
                self.report.find("replace", table.name, message, fix)

    def fire(
        self,
        table: Table | None,
        event: str,
        rows: Mapping[str, Row],
        depth: int,
        columns: frozenset[str] | None = None,
    ) -> None:
        """The bodies of the triggers, where `new` and `old` are the rows of the statement."""
        if table is None or depth >= MOST_TRIGGERS:
            return
        for trigger in self.reading.schema.triggers:
            if (trigger.table, trigger.event) != (table.name, event):
                continue
            if columns is not None and trigger.columns and not columns & trigger.columns:
                continue
            env = around(table, rows, self.reading.nowhere)
            with self.report.inside(trigger.name):
                for text in trigger.statements:
                    self.statement(self.reading.parsed(text), env, depth + 1)


def assigned(tree: exp.Expr) -> dict[str, exp.Expr]:
    """SET's columns and values; of `(a, b) = (SELECT …)` the query stands for each."""
    found: dict[str, exp.Expr] = {}
    for one in tree.expressions:
        left, right = one.this, one.expression
        if isinstance(left, exp.Tuple):
            values = right.expressions if isinstance(right, exp.Tuple) else []
            for index, name in enumerate(left.expressions):
                found[name.name.lower()] = values[index] if index < len(values) else exp.Null()
        else:
            found[left.name.lower()] = right
    return found


def row_of(block: Block, target: Source) -> dict[str, Facts]:
    """What is known of a changed row. Of an unbound one that is said already, once."""
    table = target.table
    if table is None:
        return {}
    known = {name: block.known((target.id, name)) for name in columns_of(table)}
    if table.name not in block.owners:
        return known
    return {name: facts | {key_of(table.name, name)} for name, facts in known.items()}


def columns_of(table: Table) -> set[str]:
    return {*(table.column(name) or name for name in table.columns), ROWID}


def around(table: Table, rows: Mapping[str, Row], env: Env) -> Env:
    sources = [Source(-1 - n, alias, table, is_free=True) for n, alias in enumerate(rows)]
    facts = {
        (source.id, name): known
        for source, row in zip(sources, rows.values(), strict=True)
        for name, known in row.items()
    }
    return Env(env.ctes, Scope(sources, env.scope), facts)
