"""The bytecode as a graph: each edge says what one passage adds to each quantity.

Where the opcode alone does not tell whether D1 counts a read, there are two edges side by side,
so that whatever holds for every flow through the graph holds for the run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from emulator.d1.rows.opcodes import (
    FLAG_CHANGE,
    FLAG_NO_OPERATION,
    JUMPS,
    NESTED_CHANGES,
    ON_CONFLICT_IGNORE,
    SEEKS,
    SORTS,
    STEPS,
)
from emulator.d1.rows.program import NotAnalysable, Op, Program, callees
from emulator.d1.rows.registers import integer_source, openings

START = -1
END = -2
FIRST_OWN = 100


class Quantity(IntEnum):
    """What is known after a run, and at the end what is wanted."""

    STEP = 0
    FULLSCAN = 1
    SORT = 2
    AUTOINDEX = 3
    RUN = 4
    ROWS = 5
    CHANGES = 6
    TOTAL_CHANGES = 7
    COUNTED = 8
    READ = 20
    WRITTEN = 21


Weight = dict[int, int]


def each(*quantities: int) -> Weight:
    """One of each quantity."""
    return dict.fromkeys(quantities, 1)


# SQLITE_STMTSTATUS_*: the counter that P5 of Next, Prev and SorterNext names.
STEP_COUNTERS = {1: Quantity.FULLSCAN, 2: Quantity.SORT, 3: Quantity.AUTOINDEX}


@dataclass(slots=True)
class Edge:
    """A way from one instruction to another; `once` if no run takes it twice."""

    source: int
    target: int
    weight: Weight
    once: bool = False


@dataclass(slots=True)
class Flow:
    """All edges of a statement, and what else its counts depend on."""

    edges: list[Edge] = field(default_factory=list)
    # Parameters that must be whole numbers for the edges to be right, counted from 1.
    integer_parameters: set[int] = field(default_factory=set)
    # Result column that shows the one OP_Count, if it is shown unaltered.
    counted_column: int | None = None
    # A foreign-key action in the middle makes apsw clear the counters of the statement.
    counters_cleared: bool = False
    total_changes_blurred: bool = False
    # Quantities that a run leaves at 0; those it leaves between 0 and, where given, a most;
    # pairs of which it cannot have the second without the first.
    ties: list[int] = field(default_factory=list)
    slacks: dict[int, int | None] = field(default_factory=dict)
    needs: list[tuple[int, int]] = field(default_factory=list)
    _own: int = FIRST_OWN

    def tie(self) -> int:
        self.ties.append(self.own())
        return self.ties[-1]

    def slack(self, most: int | None = None) -> int:
        quantity = self.own()
        self.slacks[quantity] = most
        return quantity

    def own(self) -> int:
        """A new quantity."""
        self._own += 1
        return self._own


class Layout:
    """Lays one program's instructions out in the flow they all share."""

    def __init__(self, flow: Flow, program: Program, number: int, first_node: int) -> None:
        self.flow = flow
        self.program = program
        self.is_main = number == 0
        self.first_node = first_node

    def add(self, op: Op, target: int, weight: Weight, *, once: bool = False) -> None:
        if not 0 <= target < len(self.program.ops):
            raise NotAnalysable(f"{op.name} leaves its program")
        node = self.first_node + op.address
        self.flow.edges.append(Edge(node, self.first_node + target, dict(weight), once))

    def lay(self, op: Op) -> None:
        """All edges that leave one instruction."""
        step = each(Quantity.STEP)
        if op.name in SEEKS:
            self._seek(op)
        elif op.name in {"SeekRowid", "NotExists"}:
            self._rowid_seek(op)
        elif op.name == "SeekScan":
            seek = self.program.ops[op.address + 1]
            for target in {op.address + 1, op.p2, seek.p2}:
                self.add(op, target, step)
        elif op.name in {"Goto", "Init", "InitCoroutine", "Gosub"}:
            run = each(Quantity.RUN) if op.name == "Init" else each()
            self.add(op, op.p2 or op.address + 1, step | run)
        elif op.name == "Jump":
            for target in {op.p1, op.p2, op.p3}:
                self.add(op, target, step)
        elif op.name in {"Return", "Yield", "EndCoroutine"}:
            for target in returns(self.program, op):
                self.add(op, target, step)
        elif op.name in JUMPS:
            self._jump(op)
        else:
            self._straight(op)

    def _seek(self, op: Op) -> None:
        read = each(Quantity.STEP, Quantity.READ)
        opened = openings(self.program, op.p1)
        if opened[True]:
            following = self.program.ops[op.address + 1]
            if following.name not in {"IdxGT", "IdxLT"} or following.p1 != op.p1:
                raise NotAnalysable("an equality seek without its range test")
            # Found: SQLite skips the range test that follows. Not found: it is not counted.
            self.add(op, op.address + 2, read)
            self.add(op, op.p2, each(Quantity.STEP))
        if opened[False] or not opened[True]:
            self.add(op, op.address + 1, read)
            self.add(op, op.p2, read)
        if op.p4 is None and not self._is_integer(op):
            # A rowid compared with what is no number is decided without looking.
            self.add(op, op.p2, each(Quantity.STEP))
            self.add(op, op.address + 1, each(Quantity.STEP))

    def _rowid_seek(self, op: Op) -> None:
        read = each(Quantity.STEP, Quantity.READ)
        self.add(op, op.address + 1, read)
        if op.p2:
            self.add(op, op.p2, read)
            if op.name == "SeekRowid" and not self._is_integer(op):
                self.add(op, op.p2, each(Quantity.STEP))

    def _is_integer(self, op: Op) -> bool:
        source = integer_source(self.program, op)
        if source is not None and source.name == "Variable":
            self.flow.integer_parameters.add(source.p1)
        return source is not None

    def _jump(self, op: Op) -> None:
        fall = each(Quantity.STEP)
        if op.name in SORTS:
            fall[Quantity.SORT] = 1
        if op.name in SORTS or op.name in {"Last", "Rewind", "VNext"}:
            fall[Quantity.READ] = 1
        jump = dict(fall)
        if op.name in STEPS:
            jump[Quantity.READ] = 1
            if op.p5:
                jump[STEP_COUNTERS[op.p5]] = 1
        self.add(op, op.address + 1, fall, once=op.name == "Once" and self.is_main)
        if op.p2:
            self.add(op, op.p2, jump)
        if op.name == "VNext" and any(null.p1 == op.p1 for null in self.program.named("NullRow")):
            self.add(op, op.address + 1, each(Quantity.STEP))

    def _straight(self, op: Op) -> None:
        following = op.address + 1
        if op.name in {"Clear", "Count"} and not (op.name == "Count" and op.p3):
            # As many rows as it takes, in one step: a loop that costs nothing.
            rows = each(Quantity.READ, Quantity.COUNTED)
            if op.name == "Clear":
                rows = each(Quantity.WRITTEN, Quantity.CHANGES, Quantity.TOTAL_CHANGES)
            if op.name == "Count" or op.p3:
                self.add(op, op.address, dict(rows))
        if op.name == "SeekEnd":
            self.add(op, following, each(Quantity.STEP, Quantity.READ))
        if op.name == "VUpdate" and op.p5 == ON_CONFLICT_IGNORE:
            self.add(op, following, each(Quantity.STEP))
        self.add(op, following, each(Quantity.STEP) | self._effects(op))

    def _effects(self, op: Op) -> Weight:
        if op.name == "ResultRow":
            return each(Quantity.ROWS)
        if op.name == "VUpdate":
            return each(Quantity.WRITTEN) | self._change()
        if op.name not in {"Insert", "IdxInsert", "Delete"}:
            return {}
        flags = op.p2 if op.name == "Delete" else op.p5
        if flags & FLAG_NO_OPERATION and op.name != "IdxInsert":
            return {}
        changes = bool(flags & FLAG_CHANGE)
        weight = self._change() if changes else {}
        if (changes or op.name != "Delete") and self.program.is_stored(op.p1):
            weight[Quantity.WRITTEN] = 1
        return weight

    def _change(self) -> Weight:
        main = each(Quantity.CHANGES) if self.is_main else each()
        return main | each(Quantity.TOTAL_CHANGES)


def returns(program: Program, op: Op) -> Iterator[int]:
    """Where Return, Yield and EndCoroutine may go on."""
    if op.name == "Return":
        yield from (call.address + 1 for call in program.named("Gosub") if call.p1 == op.p1)
        # The loop of an OR keeps its way out in the register as a plain number.
        yield from (set_.p1 + 1 for set_ in program.named("Integer") if set_.p2 == op.p1)
        if op.p3:
            yield op.address + 1
        return
    if op.p1 not in program.coroutines:
        raise NotAnalysable(f"{op.name} outside a coroutine")
    inside = program.in_coroutine(op.p1, op.address)
    if op.name == "Yield" and not inside:
        yield program.coroutines[op.p1][0]
    for other in program.named("Yield"):
        if other.p1 == op.p1 and program.in_coroutine(op.p1, other.address) != inside:
            yield other.p2 if op.name == "EndCoroutine" else other.address + 1


def lay_out(programs: Sequence[Program]) -> Flow:
    """The flow of a statement from START to END."""
    if not programs or programs[0].ops[0].p3:
        # With P3, Init says where a damaged record leads, from anywhere.
        raise NotAnalysable("no program, or one that looks for damage")
    flow = Flow()
    calls = callees(programs)
    firsts = [sum(len(program.ops) for program in programs[:n]) for n in range(len(programs))]
    total = sum(len(program.ops) for program in programs)
    flow.edges.append(Edge(START, 0, {}))
    for number, program in enumerate(programs):
        layout = Layout(flow, program, number, firsts[number])
        for op in program.ops:
            if op.name == "Halt":
                lay_halt(layout, op, total + 2 * number)
            elif op.name == "Program":
                callee = calls[number, op.address]
                lay_call(layout, op, firsts[callee], total + 2 * callee)
            else:
                layout.lay(op)
    for program in programs[1:]:
        flow.counters_cleared |= not program.ops[0].p4
    flow.total_changes_blurred = any(
        op.name in NESTED_CHANGES for program in programs for op in program.ops
    )
    flow.counted_column = counted_column(programs[0])
    return flow


def lay_halt(layout: Layout, op: Op, way_out: int) -> None:
    """The end of a run, or of a trigger; an error's Halt has no way on, for no run ends there."""
    if op.p1 == 0:
        node = layout.first_node + op.address
        ignored = op.p2 == ON_CONFLICT_IGNORE
        target = END if layout.is_main else way_out + ignored
        layout.flow.edges.append(Edge(node, target, each(Quantity.STEP)))


def lay_call(layout: Layout, op: Op, callee: int, way_out: int) -> None:
    """A call: in as often as out, on after it or, after RAISE(IGNORE), at its P2."""
    node = layout.first_node + op.address
    tie = layout.flow.tie()
    edges = layout.flow.edges
    edges.append(Edge(node, callee, {Quantity.STEP: 1, tie: 1}))
    edges.append(Edge(way_out, node + 1, {tie: -1}))
    edges.append(Edge(way_out + 1, layout.first_node + op.p2, {tie: -1}))
    if op.p5 and not layout.is_main:
        # A trigger that is running already is passed over.
        edges.append(Edge(node, node + 1, each(Quantity.STEP)))


def counted_column(main: Program) -> int | None:
    """The result column that shows an OP_Count, where nothing but copies lies between."""
    counts = [op for op in main.named("Count") if not op.p3]
    if len(counts) != 1:
        return None
    register = counts[0].p2
    for op in main.ops[counts[0].address + 1 :]:
        if op.name in {"Copy", "SCopy"} and op.p1 == register and not (op.p3 and op.name == "Copy"):
            register = op.p2
        elif op.name == "ResultRow" and op.p1 <= register < op.p1 + op.p2:
            return register - op.p1
        elif op.name != "Close":
            break
    return None
