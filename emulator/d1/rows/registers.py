"""What the instructions before a seek say about the value it looks for."""

from emulator.d1.rows.opcodes import (
    FLAG_SEEK_EQUAL,
    INTEGERS,
    JUMPS,
    READS_P2,
    READS_P3,
    SPECIAL,
    WRITES_P1,
)
from emulator.d1.rows.program import Op, Program


def integer_source(program: Program, seek: Op) -> Op | None:
    """The instruction that puts a whole number, or a parameter, into the seek's register."""
    register = seek.p3
    before = program.ops[seek.address - 1]
    writers = [op for op in program.ops if writes(op, register)]
    # Temporary registers are used again; what was written last is in them.
    if before in writers and not is_target(program, seek.address):
        writers = [before]
    if len(writers) == 1 and (writers[0].name == "Variable" or is_integer(program, writers[0])):
        return writers[0]
    return None


def is_integer(program: Program, op: Op) -> bool:
    """Whether the instruction leaves a whole number; an outer join's missing row has no rowid."""
    return op.name in INTEGERS and not (
        op.name in {"Rowid", "IdxRowid"}
        and any(op.p1 == null.p1 for null in program.named("NullRow"))
    )


def writes(op: Op, register: int) -> bool:
    """Whether the instruction may write the register; true where in doubt."""
    if op.name in {"Null", "BeginSubrtn"}:
        return op.p2 <= register <= max(op.p2, op.p3)
    if op.name in {"Copy", "Move", "Affinity"}:
        first = op.p1 if op.name == "Affinity" else op.p2
        length = op.p2 if op.name == "Affinity" else op.p3 + (op.name == "Copy")
        return first <= register < first + length or (op.name == "Move" and op.p1 == register)
    if op.name in WRITES_P1 and op.p1 == register:
        return True
    if op.p2 == register and op.name not in JUMPS | SPECIAL | READS_P2:
        return True
    return op.p3 == register and op.name not in SPECIAL | READS_P3


def is_target(program: Program, address: int) -> bool:
    """Whether anything may jump there; true where in doubt."""
    return any(address in (op.p1, op.p2, op.p3) for op in program.ops if op.name in JUMPS | SPECIAL)


def openings(program: Program, cursor: int) -> dict[bool, list[int]]:
    """Where a cursor is opened for equality seeks alone, and where for others."""
    kinds: dict[bool, list[int]] = {True: [], False: []}
    for op in program.ops:
        if op.p1 == cursor and op.name in {"OpenRead", "OpenWrite", "ReopenIdx"}:
            kinds[bool(op.p5 & FLAG_SEEK_EQUAL)].append(op.address)
    return kinds
