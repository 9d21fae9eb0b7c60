"""What can be said of a query by its shape."""

from collections.abc import Iterator

from sqlglot import exp

from emulator.guard.facts import Facts, Node, common
from emulator.guard.sources import Cte, Scope


def both(query: exp.Expr, left: Facts, right: Facts) -> Facts:
    if isinstance(query, exp.Intersect):
        return left | right
    return left if isinstance(query, exp.Except) else left & right


def meet(rows: list[tuple[Facts, ...]]) -> tuple[Facts, ...]:
    return tuple(common(column) for column in zip(*rows, strict=False))


def refers(query: exp.Expr, name: str) -> bool:
    return any(
        table.name.lower() == name and not table.args.get("db")
        for table in query.find_all(exp.Table)
    )


def is_recursive(cte: Cte, name: str) -> bool:
    if not name or name in cte.env.ctes or not isinstance(cte.query, exp.SetOperation):
        return False
    return refers(cte.query, name)


def branches(query: exp.Expr, name: str) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """The queries of a UNION: those for the first rows, those that go on from them."""
    found: list[exp.Expr] = []
    while isinstance(query, exp.SetOperation):
        found.append(query.right)
        query = query.left
    found.append(query)
    return [q for q in found if not refers(q, name)], [q for q in found if refers(q, name)]


def is_aggregate(query: exp.Select) -> bool:
    if query.args.get("group"):
        return True
    return any(
        not isinstance(call.parent, exp.Window | exp.Filter)
        for one in query.expressions
        for call in one.find_all(exp.AggFunc)
    )


def frames(window: exp.Window, scope: Scope) -> set[Node]:
    parts = window.args.get("partition_by") or ()
    return {node for part in parts if (node := scope_node(scope, part))}


def scope_node(scope: Scope, value: exp.Expr) -> Node | None:
    found = scope.node(value) if isinstance(value, exp.Column) else None
    return found if isinstance(found, tuple) else None


def scopes(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.outer


def nodes_of(scope: Scope) -> Iterator[Node]:
    for source in scope.sources:
        for name in (*source.names(), "rowid"):
            if node := source.node(name):
                yield node
