"""Whose rows INSERT makes, and whose it changes or deletes where one is there already."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from emulator.guard.blocks import Block, is_owner
from emulator.guard.facts import LITERAL, NOTHING, Facts, key_of
from emulator.guard.joins import Joined
from emulator.guard.judging import Judging
from emulator.guard.schema import Table
from emulator.guard.sources import Env, Scope, Source

# The source that `excluded` is. No place in a tree has this number.
EXCLUDED = -9


class Inserting:
    def __init__(self, judging: Judging, tree: exp.Insert, env: Env) -> None:
        self.judging, self.report, self.reading = judging, judging.report, judging.reading
        self.tree, self.env = tree, env
        whole = tree.this
        place = whole.this if isinstance(whole, exp.Schema) else whole
        self.target = self.reading.source(place, self.reading.nowhere)
        self.table = self.target.table
        self.columns = self._columns(whole)

    def _columns(self, whole: exp.Expr) -> tuple[str, ...]:
        table = self.table
        if table is None:
            return ()
        if not isinstance(whole, exp.Schema):
            return tuple(table.column(name) or name for name in table.columns)
        names = [one.name.lower() for one in whole.expressions]
        return tuple(table.column(name) or name for name in names)

    def values(self) -> dict[str, Facts]:
        """What is known of the columns that are given; NULL is as good as not given."""
        query = self.tree.expression
        if query is None:
            return {}
        found = self.reading.outputs(query, self.env)
        given = dict(zip(self.columns, found, strict=False))
        for name in self.nulls():
            given.pop(name, None)
        return given

    def nulls(self) -> Iterator[str]:
        query = self.tree.expression
        for row in query.expressions if isinstance(query, exp.Values) else ():
            values = row.expressions if isinstance(row, exp.Tuple) else [row]
            for name, value in zip(self.columns, values, strict=False):
                if isinstance(value, exp.Null):
                    yield name

    def stored(self) -> dict[str, Facts]:
        """What is known of a new row: as if it were the caller's, for that is said elsewhere."""
        table, given = self.table, self.values()
        if table is None:
            return {}
        names = {*(table.column(name) or name for name in table.columns), "rowid"}
        if table.name not in self.report.owners:
            return {name: given.get(name, NOTHING) for name in names}
        return {name: given.get(name, NOTHING) | {key_of(table.name, name)} for name in names}

    def judge(self, replaces: bool) -> None:
        if self.tree.expression is not None:
            self.judging.query(self.tree.expression, self.env)
        table = self.table
        # A column with the table's own name is a command to an index: 'rebuild', 'delete'.
        if table is not None and table.name in self.report.owners and not self.is_command(table):
            self.report.tables.setdefault(table.name)
            given = self.values()
            self.owner(table, given)
            if replaces:
                self.replaced(table, given)
        if conflict := self.tree.args.get("conflict"):
            self.upsert(conflict)
        self.judging.inside(self.tree.args.get("returning"), self.env)

    def is_command(self, table: Table) -> bool:
        return bool(table.module) and table.name in self.columns

    def owner(self, table: Table, given: Mapping[str, Facts]) -> None:
        its = self.report.owners[table.name]
        if its.columns:
            known = [given[name] for name in its.columns if name in given]
            if not any(is_owner(facts, self.report.owners) for facts in known):
                self.no_owner(table, its.columns[0], known)
            return
        for parent in its.parents:
            if key_of(parent.table, parent.key) in given.get(parent.column, NOTHING):
                return
        if its.parents:
            to = its.parents[0]
            message = f"Nothing here shows that {to.column} names a row of the caller's."
            fix = f"INSERT … SELECT {to.key} FROM {to.table}, bound to its owner."
            self.report.find("unproven-parent", table.name, message, fix, note=True)

    def no_owner(self, table: Table, column: str, known: list[Facts]) -> None:
        fix = f"Give {column} the caller's id as a parameter."
        if any(LITERAL in facts for facts in known):
            message = f"The owner of {table.name} is written in the text."
            self.report.find("literal-owner", table.name, message, fix)
            return
        said = f"{column} is not the caller's id" if known else f"{column} is not given"
        message = f"A row of {table.name} gets no owner: {said}."
        self.report.find("insert-without-owner", table.name, message, fix)

    def upsert(self, conflict: exp.Expr) -> None:
        table = self.table
        action = conflict.args.get("action")
        if table is None or action is None or action.name.upper() != "DO UPDATE":
            return
        where = conflict.args.get("where")
        named = tuple(
            self.key_column(table, one) for one in conflict.args.get("conflict_keys") or ()
        )
        keys = [named] if named else [k for k in table.keys if set(k) <= set(self.columns)]
        for key in keys or [()]:
            block = self.met(key, where.this if where else None)
            if table.name in self.report.owners and not self.is_bound(block):
                name, on = table.name, ", ".join(key)
                message = f"ON CONFLICT ({on}) may change another owner's row of {name}."
                fix = self.report.advice(table.name) + " Or let the unique key hold the owner."
                self.report.find("upsert", table.name, message, fix, self.target.alias)
            inner = block.inner(None)
            for part in (*conflict.expressions, where):
                self.judging.inside(part, inner)

    def key_column(self, table: Table, one: exp.Expr) -> str:
        name = (one.this if isinstance(one, exp.Ordered) else one).name.lower()
        return table.column(name) or name

    def replaced(self, table: Table, given: Mapping[str, Facts]) -> None:
        for key in table.keys:
            if set(key) <= given.keys() and not self.is_bound(self.met(key, None)):
                message = f"REPLACE deletes another owner's row of {table.name} with the same "
                fix = "Use ON CONFLICT … DO UPDATE … WHERE with the owner's column."
                self.report.find("replace", table.name, message + ", ".join(key) + ".", fix)

    def met(self, key: tuple[str, ...], where: exp.Expr | None) -> Block:
        """The row that is there already: its key is that of the new one, `excluded`."""
        new = Source(EXCLUDED, "excluded", self.table, is_free=True)
        facts = {(EXCLUDED, name): known for name, known in self.values().items()}
        outer = Scope([new], self.env.scope)
        joined = Joined(Scope([self.target], outer))
        for name in key:
            pair = (exp.column(name, table=one) for one in (self.target.alias, "excluded"))
            joined.always.append(exp.EQ(this=next(pair), expression=next(pair)))
        if where is not None:
            joined.always.append(where)
        around = replace(self.env, scope=outer, facts={**self.env.facts, **facts})
        return Block(joined, around, self.report.owners, self.reading)

    def is_bound(self, block: Block) -> bool:
        ways = block.ways()
        for way in ways:
            _ = way.closure
        return all(self.target.id in way.bound for way in ways)
