"""Conditions as the ways in which they can hold, and what SQL says by several names."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from emulator.guard.facts import Facts, Node

# More ways than this and a condition says nothing: its columns are not bound.
MOST_PATHS = 64

COMPARED = (exp.EQ, exp.NullSafeEQ, exp.In)
# What is true of no row where the column is NULL.
STRICT = (
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Like,
    exp.Glob,
    exp.In,
    exp.Between,
)
# What leaves a value what it is, or nearly.
SAME_VALUE = (exp.Paren, exp.Cast, exp.Collate, exp.Lower, exp.Upper, exp.Trim)


@dataclass(frozen=True)
class Opaque:
    """A condition that says nothing of its columns; only the queries in it matter."""

    inner: exp.Expr


@dataclass(frozen=True)
class Given:
    """What the query around this one asks of a column."""

    node: Node
    facts: Facts


Atom = exp.Expr | Opaque | Given
Atoms = tuple[Atom, ...]


def paths(condition: Atom) -> list[Atoms]:
    """Each way in which the condition holds; none where it never does."""
    if not isinstance(condition, exp.Expr):
        return [(condition,)]
    found = ways(condition, True)
    return [path for path in found if not any(is_never(atom) for atom in path)]


def ways(condition: exp.Expr, wanted: bool) -> list[Atoms]:
    if isinstance(condition, exp.Paren):
        return ways(condition.this, wanted)
    if isinstance(condition, exp.Not):
        return ways(condition.this, not wanted)
    if isinstance(condition, exp.And if wanted else exp.Or):
        return product(ways(condition.left, wanted), ways(condition.right, wanted), condition)
    if isinstance(condition, exp.Or if wanted else exp.And):
        both = ways(condition.left, wanted) + ways(condition.right, wanted)
        return both if len(both) <= MOST_PATHS else [(condition,)]
    if wanted:
        return [(condition,)]
    return [(negated(condition),)]


def product(left: list[Atoms], right: list[Atoms], whole: exp.Expr) -> list[Atoms]:
    if len(left) * len(right) <= MOST_PATHS:
        return [one + other for one in left for other in right]
    # One side alone is still true of every row.
    return left if len(left) <= len(right) else right


def negated(atom: exp.Expr) -> Atom:
    if isinstance(atom, exp.NEQ):
        return moved(exp.EQ, atom)
    if isinstance(atom, exp.NullSafeNEQ):
        return moved(exp.NullSafeEQ, atom)
    if isinstance(atom, exp.Boolean):
        return exp.Boolean(this=not atom.this)
    if isinstance(atom, exp.Literal):
        return exp.Boolean(this=not is_true(atom))
    return Opaque(atom)


def moved(kind: type[exp.Binary], atom: exp.Expr) -> exp.Expr:
    """The same operands under another operator, without taking them from where they are."""
    made = kind()
    made.args = {"this": atom.args["this"], "expression": atom.args["expression"]}
    return made


def conjuncts(condition: Atom) -> Iterator[Atom]:
    if isinstance(condition, exp.Paren):
        yield from conjuncts(condition.this)
    elif isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    else:
        yield condition


def is_never(atom: Atom) -> bool:
    """`0`, `FALSE`, `NULL`, `1 = 0`."""
    if not isinstance(atom, exp.Expr):
        return False
    if isinstance(atom, exp.EQ | exp.NullSafeEQ):
        left, right = plain(atom.this), plain(atom.expression)
        both = isinstance(left, exp.Literal) and isinstance(right, exp.Literal)
        return both and (left.this, left.is_string) != (right.this, right.is_string)
    atom = plain(atom)
    if isinstance(atom, exp.Null):
        return True
    if isinstance(atom, exp.Boolean):
        return not atom.this
    return isinstance(atom, exp.Literal) and not is_true(atom)


def is_true(literal: exp.Literal) -> bool:
    try:
        return float(literal.this) != 0
    except ValueError:
        return False


def plain(expression: exp.Expr) -> exp.Expr:
    """Without what leaves a value what it is: brackets, casts, collations, case."""
    while isinstance(expression, SAME_VALUE):
        expression = expression.this
    return expression


def subqueries(expression: Atom) -> Iterator[exp.Expr]:
    """The outermost queries inside it."""
    if isinstance(expression, Given):
        return
    if isinstance(expression, Opaque):
        expression = expression.inner
    if isinstance(expression, exp.Query):
        yield expression
        return
    for part in expression.iter_expressions():
        yield from subqueries(part)
