"""Questions answered together: by filter, through the partition where it serves, else exactly."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from emulator.vectorize.exact import SPARE, Field, ranked
from emulator.vectorize.models import Metric
from emulator.vectorize.partition import Partition
from emulator.vectorize.row_memory import Memory
from emulator.vectorize.scoring import is_safe, prepared, scale
from emulator.vectorize.tuning import Tuning

if TYPE_CHECKING:
    from emulator.vectorize.exact import Hits
    from emulator.vectorize.models import Matrix, Slots, Vector

# The partition proposes so many times what is wanted, and at least so many.
OVERSAMPLE, LEAST_PROPOSED = 4, 64


class Question(NamedTuple):
    """The nearest `limit` to `query`, of the slots allowed; None allows all."""

    query: "Vector"
    limit: int
    allowed: "Slots | None"
    exact: bool


class Group(NamedTuple):
    """Questions with one filter."""

    queries: "Matrix"
    limits: Sequence[int]
    allowed: "Slots | None"


def answer_all(
    memory: Memory,
    partition: Partition | None,
    metric: Metric,
    tuning: Tuning,
    questions: Sequence[Question],
) -> "list[Hits]":
    """The answers, in the order of the questions."""
    answers: list[Hits] = [[] for _ in questions]
    for numbers in grouped(questions):
        members = [questions[number] for number in numbers]
        queries = prepared(np.stack([member.query for member in members]), metric)
        group = Group(queries, [member.limit for member in members], members[0].allowed)
        if (
            partition is None
            or members[0].exact
            or not serves(partition, memory, group, metric, tuning)
        ):
            found = Field(memory, metric, group.allowed).search(queries, group.limits)
        else:
            found = propose(partition, memory, group, metric)
        for number, hits in zip(numbers, found, strict=True):
            answers[number] = hits
    return answers


def grouped(questions: Sequence[Question]) -> Iterable[list[int]]:
    """The numbers of the questions that have one filter and are to be exact or not."""
    groups: dict[tuple[bytes | None, bool], list[int]] = {}
    for number, question in enumerate(questions):
        allowed = None if question.allowed is None else question.allowed.tobytes()
        groups.setdefault((allowed, question.exact), []).append(number)
    return groups.values()


def serves(
    partition: Partition, memory: Memory, group: Group, metric: Metric, tuning: Tuning
) -> bool:
    """Whether it finds enough: not of few rows, nor of values that float32 cannot tell apart."""
    rows = memory.living() if group.allowed is None else len(group.allowed)
    if rows < partition.count * tuning.partition_least_share:
        return False
    longest = memory.longest()
    return all(is_safe(scale(query, longest, metric)) for query in group.queries)


def propose(partition: Partition, memory: Memory, group: Group, metric: Metric) -> "list[Hits]":
    """The best of what the partition proposes and of all rows behind it."""
    most = max(group.limits)
    proposed = partition.nearest(
        group.queries, max(OVERSAMPLE * most, LEAST_PROPOSED), group.allowed
    )
    tail = memory.slots_behind(partition.end)
    if group.allowed is not None and len(tail):
        tail = tail[np.isin(tail, group.allowed)]
    if len(tail):
        _, behind = Field(memory, metric, tail).nearest(group.queries, most + SPARE)
        proposed = np.concatenate([proposed, behind], axis=1)
    return [
        decide(memory, group, number, proposed[number], metric)
        for number in range(len(group.limits))
    ]


def decide(memory: Memory, group: Group, number: int, proposed: "Slots", metric: Metric) -> "Hits":
    query, limit = group.queries[number], group.limits[number]
    slots, rows = memory.rows_of(np.unique(proposed[proposed >= 0]))
    hits = ranked(query, slots, rows, limit, metric)
    if len(hits) < limit:
        hits = Field(memory, metric, group.allowed).search(query[None], [limit])[0]
    return hits
