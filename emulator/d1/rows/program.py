"""A statement's bytecode: the program it compiles to and the programs of its triggers."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import apsw

from emulator.d1.rows.opcodes import KNOWN, OPENS_STORED, OPENS_TRANSIENT

# A hand-written statement has under 300 instructions; one with more is not worth its analysis.
MAX_OPS = 600


class NotAnalysable(Exception):
    """The bytecode cannot be followed; the text says why."""


class Op(NamedTuple):
    """One instruction; `address` counts from 0 in each program."""

    address: int
    name: str
    p1: int
    p2: int
    p3: int
    p4: str | None
    p5: int


class Program:
    """One straight list of instructions and what its cursors are."""

    def __init__(self, ops: Sequence[Op]) -> None:
        self.ops = ops
        self.stored = {op.p1 for op in ops if op.name in OPENS_STORED}
        self.transient = {op.p1 for op in ops if op.name in OPENS_TRANSIENT}
        # A coroutine's register → the first and last instruction of its body.
        starts = {(op.p1, op.p3) for op in ops if op.name == "InitCoroutine"}
        ends = {op.p1: op.address for op in ops if op.name == "EndCoroutine"}
        self.coroutines = {
            register: (start, ends[register]) for register, start in starts if register in ends
        }
        if len(self.coroutines) != len(starts):
            raise NotAnalysable("coroutines that share a register or have no end")

    def is_stored(self, cursor: int) -> bool:
        """Whether it writes to the database; raises NotAnalysable if it could be either."""
        if (cursor in self.stored) == (cursor in self.transient):
            raise NotAnalysable(f"cursor {cursor} is of no single kind")
        return cursor in self.stored

    def in_coroutine(self, register: int, address: int) -> bool:
        start, end = self.coroutines[register]
        return start <= address <= end

    def named(self, name: str) -> Iterator[Op]:
        return (op for op in self.ops if op.name == name)


class Listing(NamedTuple):
    """What EXPLAIN says of a statement."""

    ops: tuple[Op, ...]
    # Whether SQLite compiles it anew for the values bound, as for LIMIT ? and LIKE ?.
    follows_values: bool


def explain(connection: apsw.Connection, sql: str, parameters: Sequence[Any]) -> Listing:
    """The statement's bytecode, compiled under the connection's authorizer but not run."""
    events: list[dict[str, Any]] = []
    ops: list[Op] = []
    connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, events.append, id=events)
    try:
        # Uncached, so that a compilation for the values just bound is the only second one.
        rows = connection.execute(f"EXPLAIN {sql}", parameters, can_cache=False)
        for address, name, p1, p2, p3, p4, p5, _ in rows:
            if len(ops) == MAX_OPS:
                raise NotAnalysable(f"more than {MAX_OPS} instructions")
            if name not in KNOWN:
                raise NotAnalysable(f"opcode {name}")
            ops.append(Op(address, name, p1, p2, p3, p4, p5))
    except apsw.SQLError as error:
        raise NotAnalysable(str(error)) from error
    finally:
        connection.trace_v2(0, None, id=events)
    compiled_anew = any(event["stmt_status"]["SQLITE_STMTSTATUS_REPREPARE"] for event in events)
    return Listing(tuple(ops), compiled_anew)


def programs(ops: Sequence[Op]) -> list[Program]:
    """The statement's own program, then those of its triggers in the order of first call."""
    starts = [number for number, op in enumerate(ops) if op.address == 0]
    ends = [*starts[1:], len(ops)] if ops else []
    return [Program(ops[start:end]) for start, end in zip(starts, ends, strict=True)]


def callees(programs: Sequence[Program]) -> dict[tuple[int, int], int]:
    """Which program each call runs: (program, address) → program.

    The listing names each program once, in the order of the calls, but not at the calls: with
    several calls and several programs, but not as many, the calls cannot be told apart.
    """
    calls = [
        (number, op.address)
        for number, program in enumerate(programs)
        for op in program.named("Program")
    ]
    if len(programs) == 2:
        return dict.fromkeys(calls, 1)
    if len(calls) != len(programs) - 1:
        raise NotAnalysable("calls of triggers that cannot be told apart")
    return {call: number for number, call in enumerate(calls, 1)}
