"""Vectorize against a model: whatever is written and asked in whatever order, the same answers.

The model keeps plain dictionaries and compares every vector with numpy. A thousand sequences
in all, in ten parts that run side by side; the number of the one that failed is its index's.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from struct import pack
from typing import Any

import numpy as np
import pytest

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.vectorize.filters import conditions_of
from emulator.vectorize.index import IndexStore
from emulator.vectorize.inputs import batch_from
from emulator.vectorize.models import Kind, Metric, VectorInput
from emulator.vectorize.query import Query
from emulator.vectorize.store import VectorizeStore

PARTS, SEQUENCES = 10, 100
DIMENSIONS = 3
STEPS_OF_A_SEQUENCE = 16

IDS = "abcdefghij"
NAMESPACES = (None, None, "n1", "n2")
# Three are the same to an index, and the order of the last two depends on the encoding.
STRINGS = ("a", "ab", "b", "é" * 32, "é" * 33, "é" * 34, "\uffff", "\U00010000")
NUMBERS = (-2, -1, 0, 1, 2, 0.5)
BOOLEANS = (True, False)
# What a property mostly holds, and is mostly indexed as.
USUAL: dict[str, tuple[Kind, Sequence[Any]]] = {
    "s": (Kind.STRING, STRINGS),
    "n": (Kind.NUMBER, NUMBERS),
    "b": (Kind.BOOLEAN, BOOLEANS),
    "o.p": (Kind.STRING, STRINGS),
}
ANY_VALUE = (None, *STRINGS, *NUMBERS, *BOOLEANS)
STEPS = ("insert", "upsert", "upsert", "delete", "create", "drop", *["query"] * 6)


@dataclass
class Chance:
    """Makes up vectors and filters; the same ones from the same seed."""

    random: Random

    def value(self, path: str) -> Any:
        return self.random.choice(USUAL[path][1] if self.random.random() < 0.8 else ANY_VALUE)

    def point(self) -> tuple[int, ...]:
        # Small whole numbers: float32 and float64 agree on every score but the roots.
        return tuple(self.random.choices(range(-3, 4), k=DIMENSIONS))

    def vectors(self, at_most: int) -> list[VectorInput]:
        count = self.random.randint(0, at_most)
        return [self.vector() for _ in range(count)]

    def vector(self) -> VectorInput:
        metadata: dict[str, Any] = {path: self.value(path) for path in "snb" if self.odds(0.8)}
        if self.odds(0.5):
            metadata["o"] = {"p": self.value("o.p")}
        id, namespace = self.random.choice(IDS), self.random.choice(NAMESPACES)
        return VectorInput(id, self.point(), metadata if self.odds(0.9) else None, namespace)

    def filter(self) -> dict[str, Any] | None:
        count = self.random.choice((0, 1, 1, 1, 2))
        paths = self.random.sample(sorted(USUAL), count)
        return {path: self.condition(path) for path in paths} or None

    def condition(self, path: str) -> Any:
        kind = self.random.choice(("bare", "single", "set", "range", "range"))
        if kind == "bare":
            return self.value(path)
        if kind == "single":
            return {self.random.choice(SINGLE): self.value(path)}
        if kind == "set":
            values = [self.value(path) for _ in range(self.random.randint(0, 3))]
            return {self.random.choice(("$in", "$nin")): values}
        lower, upper = self.random.choice(LOWER), self.random.choice(UPPER)
        return {lower: self.value(path), upper: self.value(path)}

    def odds(self, of: float) -> bool:
        return self.random.random() < of


SINGLE = ("$eq", "$ne", "$lt", "$lte", "$gt", "$gte")
LOWER, UPPER = ("$gt", "$gte"), ("$lt", "$lte")


def held(value: Any, kind: Kind) -> Any:
    """What an index of the kind holds of a value."""
    if isinstance(value, str):
        return value.encode()[:64].decode(errors="ignore").encode() if kind == "string" else None
    if isinstance(value, bool):
        return value if kind == "boolean" else None
    return None if value is None or kind != "number" else float(value)


OPERATORS: dict[str, Callable[[Any, Any, Kind], bool]] = {
    "$eq": lambda have, want, kind: have == held(want, kind) and (have is None) == (want is None),
    "$ne": lambda have, want, kind: not OPERATORS["$eq"](have, want, kind),
    "$in": lambda have, want, kind: any(OPERATORS["$eq"](have, one, kind) for one in want),
    "$nin": lambda have, want, kind: not OPERATORS["$in"](have, want, kind),
    "$lt": lambda have, want, kind: ordered(have, want, kind) and have < held(want, kind),
    "$lte": lambda have, want, kind: ordered(have, want, kind) and have <= held(want, kind),
    "$gt": lambda have, want, kind: ordered(have, want, kind) and have > held(want, kind),
    "$gte": lambda have, want, kind: ordered(have, want, kind) and have >= held(want, kind),
}


def ordered(have: Any, want: Any, kind: Kind) -> bool:
    return have is not None and held(want, kind) is not None


@dataclass
class Model:
    """Every vector with what the metadata indexes saw when it was written."""

    metric: Metric
    vectors: dict[str, tuple[VectorInput, dict[str, Any]]] = field(default_factory=dict)
    indexes: dict[str, Kind] = field(default_factory=dict)

    def put(self, vectors: list[VectorInput], *, keep_first: bool) -> None:
        for one in vectors:
            if not (keep_first and one.id in self.vectors):
                seen = {
                    path: held(at(one.metadata, path), kind) for path, kind in self.indexes.items()
                }
                self.vectors[one.id] = (one, seen)

    def drop(self, path: str) -> None:
        self.indexes.pop(path)
        for _, seen in self.vectors.values():
            seen.pop(path, None)

    def meets(self, seen: dict[str, Any], path: str, wanted: Any) -> bool:
        wanted = wanted if isinstance(wanted, dict) else {"$eq": wanted}
        return path in seen and all(
            OPERATORS[name](seen[path], operand, self.indexes[path])
            for name, operand in wanted.items()
        )

    def scores(
        self, point: Any, namespace: str | None, filter: dict[str, Any] | None
    ) -> dict[str, float]:
        return {
            id: self.score(np.array(one.values, float), np.array(point, float))
            for id, (one, seen) in self.vectors.items()
            if namespace in (None, one.namespace)
            and all(self.meets(seen, path, wanted) for path, wanted in (filter or {}).items())
        }

    def score(self, one: Any, other: Any) -> float:
        """The smaller the better."""
        if self.metric is Metric.EUCLIDEAN:
            return float(np.linalg.norm(one - other))
        if self.metric is Metric.DOT_PRODUCT:
            return float(-(one @ other))
        lengths = np.linalg.norm(one) * np.linalg.norm(other)
        return float(-(one @ other) / lengths) if lengths else 0.0


def at(metadata: Any, path: str) -> Any:
    for key in path.split("."):
        metadata = metadata.get(key) if isinstance(metadata, dict) else None
    return metadata


async def check_query(index: IndexStore, model: Model, chance: Chance) -> None:
    point, namespace, filter = chance.point(), chance.random.choice(NAMESPACES), chance.filter()
    top_k = chance.random.randint(1, len(IDS))
    conditions = () if filter is None else conditions_of(filter)
    vector = pack(f"{DIMENSIONS}f", *point)
    query = Query(vector, top_k=top_k, namespace=namespace, conditions=conditions)
    sign = -1 if model.metric is Metric.COSINE else 1

    answer = {match.id: sign * match.score for match in await index.query(query)}

    expected = model.scores(point, namespace, filter)
    best = sorted(expected.values())[:top_k]
    # Of vectors that are equally near any may be the last.
    assert list(answer.values()) == pytest.approx(best, abs=1e-5), (filter, namespace)
    assert answer == pytest.approx({id: expected[id] for id in answer}, abs=1e-5)


async def run(index: IndexStore, model: Model, chance: Chance, step: str) -> None:
    path = chance.random.choice(sorted(USUAL))
    match step:
        case "query":
            await check_query(index, model, chance)
        case "insert" | "upsert":
            vectors = chance.vectors(6)
            write = index.insert if step == "insert" else index.upsert
            write(batch_from(vectors, DIMENSIONS))
            model.put(vectors, keep_first=step == "insert")
        case "delete":
            ids = chance.random.sample(IDS, 2)
            index.delete(ids)
            model.vectors = {id: one for id, one in model.vectors.items() if id not in ids}
        case "create":
            kind = USUAL[path][0] if chance.odds(0.8) else chance.random.choice(list(Kind))
            index.create_metadata_index(path, kind)
            model.indexes.setdefault(path, kind)
        case "drop" if path in model.indexes and chance.odds(0.5):
            index.delete_metadata_index(path)
            model.drop(path)


def check_contents(index: IndexStore, model: Model) -> None:
    assert index.list_ids(1_000).ids == sorted(model.vectors)
    assert index.info().vectors == len(model.vectors)
    for stored in index.get(sorted(model.vectors)):
        one, _ = model.vectors[stored.item.id]
        assert tuple(stored.values) == one.values
        assert stored.item.namespace == one.namespace


@pytest.fixture
def shared() -> Iterator[VectorizeStore]:
    with tempfile.TemporaryDirectory() as directory:
        store = VectorizeStore(Path(directory), Settings(), ManualClock(), Ids(seed=1))
        yield store
        store.close()


async def run_sequence(index: IndexStore, metric: Metric, chance: Chance) -> None:
    model = Model(metric)
    for step in ("create", "create", "upsert", "upsert"):
        await run(index, model, chance, step)
    for step in chance.random.choices(STEPS, k=STEPS_OF_A_SEQUENCE):
        await run(index, model, chance, step)
    check_contents(index, model)


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_sequence_has_the_models_answers(part: int, shared: VectorizeStore) -> None:
    for number in range(part * SEQUENCES, (part + 1) * SEQUENCES):
        chance = Chance(Random(number))
        metric = chance.random.choice(list(Metric))
        shared.create_index(f"sequence-{number}", DIMENSIONS, metric)
        await run_sequence(shared.index(f"sequence-{number}"), metric, chance)
        shared.delete_index(f"sequence-{number}")
