"""What else holds for every run: calls return, what is sorted is read, what is read was found.

Written into the flow as quantities that every run leaves at 0 (ties), at 0 or above (slacks), or
that one cannot have without another (needs). Only the statement's own program is looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from emulator.d1.rows.cycles import useful
from emulator.d1.rows.flow import END, Edge, Flow, Quantity
from emulator.d1.rows.opcodes import FINDS, POSITIONS, SEEKS, SORTS, STEPS
from emulator.d1.rows.program import Op, Program
from emulator.d1.rows.registers import is_integer, openings, writes

COUNTS_DOWN = frozenset({"DecrJumpZero", "IfNotZero", "IfPos"})


class Ways:
    """Which instructions can follow which, calls of subroutines being matched with returns."""

    def __init__(self, flow: Flow, program: Program) -> None:
        self.leaving: defaultdict[int, list[Edge]] = defaultdict(list)
        for edge in useful(flow.edges):
            self.leaving[edge.source].append(edge)
        self._ops = program.ops

    def from_(self, starts: Iterable[int], without: Iterable[int] = ()) -> set[int]:
        """All that can be reached, END included, without passing the given instructions."""
        without = set(without)
        # Once a call was entered, its return leads behind that call, which is a way of its own.
        todo = [(start, False) for start in starts if start not in without]
        seen = set(todo)
        while todo:
            for step in self._steps(*todo.pop()):
                if step[0] not in without and step not in seen:
                    seen.add(step)
                    todo.append(step)
        return {node for node, _ in seen}

    def _steps(self, node: int, called: bool) -> Iterator[tuple[int, bool]]:
        name = self._ops[node].name if 0 <= node < len(self._ops) else ""
        if name == "Gosub":
            yield node + 1, called
        for edge in self.leaving[node]:
            if name == "Gosub":
                yield edge.target, True
            elif name != "Return" or not called or edge.target == node + 1:
                yield edge.target, called


def add_facts(flow: Flow, program: Program) -> None:
    """Add what is found about the statement's own program to its flow."""
    drop_never_taken(flow, program)
    drop_other_seeks(flow, program)
    ways = Ways(flow, program)
    for register in sorted({op.p1 for op in program.named("Gosub")}):
        match_returns(flow, program, ways, register)
    for op in program.ops:
        if op.name in {"SorterSort", "Sort", "Rewind"}:
            match_reads(flow, program, ways, op)
        elif op.name == "Once":
            fall = [edge for edge in ways.leaving[op.address] if edge.once]
            need(flow, fall, [edge for edge in ways.leaving[op.address] if not edge.once])
        elif op.name in {"IfPos", "IfNotZero"}:
            count_down(flow, program, ways, op)
        elif op.name in {"NotNull", "IsNull"}:
            match_null(flow, program, ways, op)
    for cursor in sorted({op.p1 for op in program.ops if op.name in STEPS | {"VNext"}}):
        found, moved = [], []
        for op in program.ops:
            if op.p1 == cursor and op.name in POSITIONS | FINDS:
                nothing = op.p2 if op.name in FINDS else None
                found += [edge for edge in ways.leaving[op.address] if edge.target != nothing]
            elif op.p1 == cursor and op.name in STEPS | {"VNext"}:
                moved += [edge for edge in ways.leaving[op.address] if edge.target == op.p2]
        need(flow, found, moved)


def drop_never_taken(flow: Flow, program: Program) -> None:
    """Drop the jumps of tests that cannot turn out so."""
    ways = Ways(flow, program)
    alive = ways.from_([0])
    for op in program.ops:
        if op.name == "IfPos":
            # A flag that nothing raises, an OFFSET of 0.
            writers = [w for w in program.ops if w.address in alive and writes(w, op.p1)]
            never = bool(writers) and all(w.name == "Integer" and w.p1 <= 0 for w in writers)
        else:
            never = op.name == "Le" and is_new_maximum(program, ways, op)
        if never and op.p2 != op.address + 1:
            flow.edges = [
                edge for edge in flow.edges if edge.source != op.address or edge.target != op.p2
            ]


def is_new_maximum(program: Program, ways: Ways, op: Op) -> bool:
    """Whether AUTOINCREMENT compares its old maximum with a rowid it has made since.

    `NewRowid → new` is above `maximum`, `MemMax maximum new` keeps it, and `Le old maximum` is to
    find out whether the maximum has changed since it was copied.
    """
    old, maximum = op.p1, op.p3
    kept = [most for most in program.named("MemMax") if most.p1 == maximum]
    if len(kept) != 1 or op.address in ways.from_([0], without=[kept[0].address]):
        return False
    copies = [w for w in program.ops if writes(w, old)]
    made = [w for w in program.ops if writes(w, kept[0].p2)]
    later = ways.from_([kept[0].address + 1])
    changed = [w for w in program.ops if w.address in later and writes(w, maximum)]
    return (
        all(w.name == "Null" or (w.name == "Copy" and w.p1 == maximum) for w in copies)
        and all(w.name == "NewRowid" and w.p3 == maximum for w in made)
        and all(w in made or w in kept for w in changed)
        and not any(w.address in later for w in copies)
    )


def drop_other_seeks(flow: Flow, program: Program) -> None:
    """Where a cursor is opened in both ways, keep for each seek those of the way it has then."""
    ways = Ways(flow, program)
    for op in program.ops:
        opened = openings(program, op.p1)
        if op.name not in SEEKS or not (opened[True] and opened[False]):
            continue
        every = opened[True] + opened[False]
        kinds = {
            kind
            for kind, addresses in opened.items()
            for address in addresses
            if op.address
            in ways.from_([address + 1], without=[other for other in every if other != address])
        }
        if len(kinds) == 1:
            equal = kinds.pop()
            flow.edges = [
                edge
                for edge in flow.edges
                if edge.source != op.address or is_equal_seek(op, edge) == equal
            ]


def is_equal_seek(op: Op, edge: Edge) -> bool:
    return (edge.target == op.address + 2) == (Quantity.READ in edge.weight)


def match_null(flow: Flow, program: Program, ways: Ways, op: Op) -> None:
    """A register that holds null or a whole number is null until the number is put there."""
    writers = [writer for writer in program.ops if writes(writer, op.p1)]
    if not all(writer.name == "Null" or is_integer(program, writer) for writer in writers):
        return
    writers = [writer for writer in writers if op.address in ways.from_([writer.address + 1])]
    numbers = [writer for writer in writers if writer.name != "Null"]
    nulls = [writer for writer in writers if writer.name == "Null"]
    if not numbers:
        return
    put = [edge for number in numbers for edge in ways.leaving[number.address]]
    jump = [edge for edge in ways.leaving[op.address] if edge.target == op.p2]
    fall = [edge for edge in ways.leaving[op.address] if edge.target != op.p2]
    if op.name == "IsNull":
        jump, fall = fall, jump
    need(flow, put, jump)
    after = ways.from_({number.address + 1 for number in numbers})
    again = {number.address for number in numbers} | {null.address for null in nulls}
    tested = ways.from_([op.address + 1, op.p2])
    if not after & again and len(numbers) == 1 and not tested & {op.address, *again}:
        # Put there once, before the one test there is: it is not null then.
        quantity = flow.slack()
        flow.edges[0].weight[quantity] = 1
        for edge in put + fall:
            edge.weight[quantity] = -1


def count_down(flow: Flow, program: Program, ways: Ways, op: Op) -> None:
    """IfPos and IfNotZero jump as often as the number says that was put into their register."""
    writers = [writer for writer in program.ops if writes(writer, op.p1)]
    users = [user for user in program.ops if user.name in COUNTS_DOWN and user.p1 == op.p1]
    if len(writers) != 1 or writers[0].name != "Integer" or writers[0].p1 <= 0 or users != [op]:
        return
    if op.name == "IfPos" and op.p3 != 1:
        return
    quantity = flow.slack()
    for edge in ways.leaving[writers[0].address]:
        edge.weight[quantity] = writers[0].p1
    for edge in ways.leaving[op.address]:
        if edge.target == op.p2:
            edge.weight[quantity] = -1


def need(flow: Flow, first: list[Edge], then: list[Edge]) -> None:
    """None of the latter edges is taken unless one of the former is."""
    pair = flow.own(), flow.own()
    for quantity, edges in zip(pair, (first, then), strict=True):
        for edge in edges:
            edge.weight[quantity] = 1
    flow.needs.append(pair)


def match_returns(flow: Flow, program: Program, ways: Ways, register: int) -> None:
    """Each call of a subroutine is returned from, unless the run may go on without."""
    calls = [op for op in program.named("Gosub") if op.p1 == register]
    called = [call.address for call in calls]
    ends = [op.address for op in program.named("Return") if op.p1 == register]
    afters = {call.address + 1 for call in calls}
    # BeginSubrtn forgets the last call: what follows is run in passing.
    resets = called + [op.address for op in program.named("BeginSubrtn") if op.p2 == register]
    if {end + 1 for end in ends} & afters or ways.from_({0, *afters}, resets) & set(ends):
        return
    reached = ways.from_({call.p2 for call in calls}, without=ends)
    closed = END not in reached and not reached & set(called)
    for call in calls:
        quantity = flow.tie() if closed else flow.slack()
        for edge in ways.leaving[call.address]:
            edge.weight[quantity] = 1
        for end in ends:
            for edge in ways.leaving[end]:
                if edge.target == call.address + 1:
                    edge.weight[quantity] = -1


def match_reads(flow: Flow, program: Program, ways: Ways, sort: Op) -> None:
    """What was put into a transient table is read from it: no more of it, and often all."""
    cursor = sort.p1
    steps = [op for op in program.ops if op.name in STEPS and op.p1 == cursor]
    users = [op for op in program.ops if op.p1 == cursor]
    sorts = [op for op in users if op.name in SEEKS | SORTS | {"Rewind"}]
    if sorts != [sort] or len(steps) != 1 or steps[0].name == "Prev":
        return
    if cursor in program.stored or any(
        op.name == "ResetSorter" or (op.name == "OpenDup" and cursor in (op.p1, op.p2))
        for op in program.ops
        if cursor in (op.p1, op.p2)
    ):
        return
    writers = [op for op in users if op.name in {"SorterInsert", "IdxInsert", "Insert"}]
    removers = [op for op in users if op.name == "Delete"]
    after = ways.from_({edge.target for edge in ways.leaving[sort.address]})
    if not writers or after & {sort.address, *(op.address for op in [*writers, *removers])}:
        return
    # Only rows with a key of their own are all still there.
    unique = all(op.name == "SorterInsert" for op in writers) or any(
        op.name in {"Sequence", "NewRowid"} for op in users
    )
    complete = (
        unique
        and END not in ways.from_({op.address for op in writers}, without=[sort.address])
        and END not in ways.from_([sort.address + 1], without=[steps[0].address])
    )
    quantity = flow.tie() if complete else flow.slack()
    for op, sign in [*((op, 1) for op in writers), *((op, -1) for op in removers)]:
        for edge in ways.leaving[op.address]:
            edge.weight[quantity] = sign
    for op, target in ((sort, sort.address + 1), (steps[0], steps[0].p2)):
        for edge in ways.leaving[op.address]:
            if edge.target == target and Quantity.READ in edge.weight:
                edge.weight[quantity] = -1
