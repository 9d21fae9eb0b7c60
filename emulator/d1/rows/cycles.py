"""A flow as cycles: every run is a sum of them, so their numbers are all there is to find.

Called with a flow whose edges it may merge. Knows graphs; nothing of SQLite.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emulator.d1.rows.flow import END, START, Edge
from emulator.d1.rows.program import NotAnalysable

Coefficients = dict[int, int]


@dataclass(frozen=True, slots=True)
class Cycles:
    """Edges, each as a sum of cycles: {cycle: ±1}. Cycle 0 is the run itself, taken once."""

    edges: list[Edge]
    sums: list[Coefficients]
    # The edge that is in this cycle alone.
    chords: list[int]
    component: dict[int, int]


def cycles(edges: list[Edge]) -> Cycles:
    """The cycles of the flow from START to END; END leads back to START."""
    edges = merged(useful(edges))
    component = components(edges)
    for edge in edges:
        # Who leaves a strongly connected component never comes back to it.
        edge.once |= component[edge.source] != component[edge.target]
    opening = next((edge for edge in edges if edge.source == START), None)
    if opening is None:
        raise NotAnalysable("no way through the program")
    edges = [opening, Edge(END, START, {}), *(edge for edge in edges if edge is not opening)]
    tree = spanning_tree(edges)
    chords = [number for number in range(len(edges)) if number not in tree]
    path = rooted(edges, tree)
    sums: list[Coefficients] = [{} for _ in edges]
    for cycle, chord in enumerate(chords):
        sums[chord][cycle] = 1
        for number, sign in closing(path, edges[chord]):
            sums[number][cycle] = sums[number].get(cycle, 0) + sign
    return Cycles(edges, [nonzero(sum_) for sum_ in sums], chords, component)


def nonzero(sum_: Mapping[int, int]) -> Coefficients:
    return {cycle: sign for cycle, sign in sum_.items() if sign}


def useful(edges: list[Edge]) -> list[Edge]:
    """The edges on some way from START to END; without END, no run ends well."""
    forward = reached(START, ((edge.source, edge.target) for edge in edges))
    backward = reached(END, ((edge.target, edge.source) for edge in edges))
    return [edge for edge in edges if edge.source in forward and edge.target in backward]


def reached(start: int, ways: Iterable[tuple[int, int]]) -> set[int]:
    following = defaultdict(list)
    for source, target in ways:
        following[source].append(target)
    seen = {start}
    todo = [start]
    while todo:
        for target in following[todo.pop()]:
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def merged(edges: list[Edge]) -> list[Edge]:
    """The same flow without the nodes that one edge enters and one leaves."""
    entering: defaultdict[int, list[Edge]] = defaultdict(list)
    leaving: defaultdict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        leaving[edge.source].append(edge)
        entering[edge.target].append(edge)
    gone: set[int] = set()
    for node in list(leaving):
        if len(entering[node]) != 1 or len(leaving[node]) != 1:
            continue
        first, second = entering[node][0], leaving[node][0]
        if first is second:
            continue
        for quantity, amount in second.weight.items():
            first.weight[quantity] = first.weight.get(quantity, 0) + amount
        first.target = second.target
        first.once |= second.once
        gone.add(id(second))
        after = entering[second.target]
        after[next(n for n, edge in enumerate(after) if edge is second)] = first
    return [edge for edge in edges if id(edge) not in gone]


def components(edges: list[Edge]) -> dict[int, int]:
    """The strongly connected component of each node (Tarjan's way, without recursion)."""
    following: defaultdict[int, list[int]] = defaultdict(list)
    for edge in edges:
        following[edge.source].append(edge.target)
        following[edge.target]
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    component: dict[int, int] = {}
    path: list[int] = []
    for root in list(following):
        work = [(root, iter(following[root]))] if root not in order else []
        if work:
            order[root] = low[root] = len(order)
            path.append(root)
        while work:
            node, targets = work[-1]
            target = next(targets, None)
            if target is None:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    while node not in component:
                        component[path.pop()] = order[node]
            elif target not in order:
                order[target] = low[target] = len(order)
                path.append(target)
                work.append((target, iter(following[target])))
            elif target not in component:
                low[node] = min(low[node], order[target])
    return component


def spanning_tree(edges: list[Edge]) -> set[int]:
    """Numbers of edges that connect all nodes; those a run may repeat are taken first.

    So that what remains for the cycles is, as far as can be, taken at most once.
    """
    leader: dict[int, int] = {}

    def find(node: int) -> int:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    tree = set()
    for number in sorted(range(1, len(edges)), key=lambda number: edges[number].once):
        source, target = find(edges[number].source), find(edges[number].target)
        if source != target:
            leader[source] = target
            tree.add(number)
    return tree


@dataclass(frozen=True, slots=True)
class Step:
    """The way from a node to its parent in the tree: the edge, +1 if it points that way."""

    parent: int
    edge: int
    sign: int
    depth: int


def rooted(edges: list[Edge], tree: set[int]) -> dict[int, Step]:
    beside: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for number in tree:
        edge = edges[number]
        beside[edge.source].append((edge.target, number, -1))
        beside[edge.target].append((edge.source, number, 1))
    steps = {START: Step(START, 0, 0, 0)}
    todo = [START]
    while todo:
        node = todo.pop()
        for other, number, sign in beside[node]:
            if other not in steps:
                steps[other] = Step(node, number, sign, steps[node].depth + 1)
                todo.append(other)
    return steps


def closing(path: Mapping[int, Step], chord: Edge) -> Iterable[tuple[int, int]]:
    """The tree edges that lead from the chord's target back to its source."""
    up, down = chord.target, chord.source
    while up != down:
        if path[up].depth >= path[down].depth:
            step = path[up]
            yield step.edge, step.sign
            up = step.parent
        else:
            step = path[down]
            yield step.edge, -step.sign
            down = step.parent
