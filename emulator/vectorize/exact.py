"""Exact search: FAISS over every row that is allowed, scored again and proven complete."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from emulator.vectorize.models import Metric
from emulator.vectorize.row_memory import Memory, Segment
from emulator.vectorize.scoring import ERROR, best, comparable, is_safe, rounded, scale, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emulator.vectorize.models import Matrix, Slots, Vector
    from emulator.vectorize.row_memory import Flags, Places

    Hits = list[tuple[int, float]]

# Candidates of a query beyond its limit, so that a tie at the end is seen.
SPARE = 16
# From here on a heap of candidates costs more than a score of everything.
MOST_CANDIDATES = 4_096
WIDEN = 16
ROWS_A_TIME = 4_096
# So many queries and more are compared as a product of matrices, fewer one by one. FAISS's
# own rule for that differs from version to version, and has it wrong by a factor of forty.
PRODUCT_FROM = 3
ALWAYS, NEVER = 1, 2**31 - 1
# Where fewer than one row in so many is allowed, the rows are copied together first.
SPARSE = 16


class Allowed:
    """The places of a segment that may be found; None is all of them."""

    def __init__(self, segment: Segment, places: "Places | None") -> None:
        self.count = segment.count
        self._slots = segment.slots[: self.count]
        self._rows = segment.rows[: self.count]
        self._selector: Any = None
        if places is None:
            return
        if len(places) * SPARSE < self.count:
            self._slots, self._rows = self._slots[places], self._rows[places]
            self.count = len(places)
        else:
            self._wanted = np.zeros(self.count, np.bool_)
            self._wanted[places] = True
            self._selector = selector_of(self._wanted)

    def nearest(
        self, queries: "Matrix", count: int, metric: Metric
    ) -> "tuple[NDArray[np.float32], Slots]":
        """For each query the keys (less is better) and slots of the nearest; -1 where none."""
        count = min(count, self.count)
        keys = np.empty((len(queries), count), np.float32)
        places = np.empty((len(queries), count), np.int64)
        compare(queries, self._rows, keys, places, self._selector, metric)
        found = places >= 0
        slots = np.where(found, self._slots[places], -1)
        if metric is not Metric.EUCLIDEAN:
            keys = -keys
        return np.where(found, keys, np.float32(np.inf)), slots

    def parts(self) -> "list[tuple[Slots, Matrix]]":
        """All rows that may be found, a few at a time."""
        parts = []
        for start in range(0, self.count, ROWS_A_TIME):
            stop = min(start + ROWS_A_TIME, self.count)
            rows = self._rows[start:stop]
            wanted = ~np.isnan(rows[:, 0])
            if self._selector is not None:
                wanted &= self._wanted[start:stop]
            parts.append((self._slots[start:stop][wanted], rows[wanted]))
        return parts


def compare(
    queries: "Matrix",
    rows: "Matrix",
    keys: "NDArray[np.float32]",
    places: "Places",
    selector: Any,
    metric: Metric,
) -> None:
    """FAISS's own brute force over rows that stay where they are."""
    shape = queries.shape[1], len(queries), len(rows), keys.shape[1]
    given = faiss.swig_ptr(queries), faiss.swig_ptr(rows)
    taken = faiss.swig_ptr(keys), faiss.swig_ptr(places)
    prefer_products(len(queries))
    if metric is Metric.EUCLIDEAN:
        faiss.knn_L2sqr(*given, *shape, *taken, None, selector)
    else:
        faiss.knn_inner_product(*given, *shape, *taken, selector)


def selector_of(wanted: "Flags") -> Any:
    """FAISS's selector of the places that are True."""
    bits = np.packbits(wanted, bitorder="little")
    # The selector keeps hold of the bits; its type stub knows only what it is in C++.
    return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]


def prefer_products(queries: int) -> None:
    """Tell FAISS how the next so many queries are to be compared.

    The setting is the process's: who changes it in between costs others time, nothing else.
    """
    many = queries >= PRODUCT_FROM
    faiss.cvar.distance_compute_blas_threshold = ALWAYS if many else NEVER


class Field:
    """What a search of certain slots reads: every segment, cut down to what is allowed."""

    def __init__(self, memory: Memory, metric: Metric, allowed: "Slots | None") -> None:
        self._memory = memory
        self._metric = metric
        self._longest = memory.longest()
        if allowed is None:
            self._allowed = [Allowed(segment, None) for segment in memory.segments]
        else:
            located = memory.located(allowed)
            self._allowed = [Allowed(segment, places) for segment, places in located]
        self._allowed = [part for part in self._allowed if part.count]
        self._count = sum(part.count for part in self._allowed)

    def search(self, queries: "Matrix", limits: Sequence[int]) -> "list[Hits]":
        """The best of each query, in order."""
        keys, slots = self.nearest(queries, max(limits, default=0) + SPARE)
        return [
            self._settle(queries[at], limit, keys[at], slots[at]) for at, limit in enumerate(limits)
        ]

    def nearest(self, queries: "Matrix", count: int) -> "tuple[NDArray[np.float32], Slots]":
        """Keys and slots of the nearest by FAISS, of each query in the order of the keys."""
        empty = np.empty((len(queries), 0))
        found = [(empty.astype(np.float32), empty.astype(np.int64))]
        found += [allowed.nearest(queries, count, self._metric) for allowed in self._allowed]
        keys, slots = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
        order = np.argsort(keys, axis=1, kind="stable")[:, :count]
        return np.take_along_axis(keys, order, axis=1), np.take_along_axis(slots, order, axis=1)

    def _settle(
        self, query: "Vector", limit: int, keys: "NDArray[np.float32]", slots: "Slots"
    ) -> "Hits":
        """The best of a query's candidates, once it is sure that no other row belongs there."""
        size = scale(query, self._longest, self._metric)
        if not is_safe(size):
            return self._score_all(query, limit)
        while True:
            own, rows = self._memory.rows_of(slots[slots >= 0])
            hits = ranked(query, own, rows, limit, self._metric)
            if len(slots) >= self._count or slots[-1] < 0:
                return hits
            kth = comparable(hits[-1][1], self._metric)
            if float(keys[-1]) - ERROR * size > kth:
                return hits
            if (wider := len(slots) * WIDEN) > MOST_CANDIDATES:
                return self._score_all(query, limit)
            (keys,), (slots,) = self.nearest(query[None], wider)

    def _score_all(self, query: "Vector", limit: int) -> "Hits":
        """Without FAISS: slow, and right whatever the values are."""
        hits: list[tuple[Slots, NDArray[np.float64]]] = []
        for allowed in self._allowed:
            for slots, rows in allowed.parts():
                exact = scores(query, rows, self._metric)
                chosen = best(slots, exact, limit, self._metric)
                hits.append((slots[chosen], exact[chosen]))
        if not hits:
            return []
        slots, exact = (np.concatenate(parts) for parts in zip(*hits, strict=True))
        return in_order(slots, exact, limit, self._metric)


def ranked(query: "Vector", slots: "Slots", rows: "Matrix", limit: int, metric: Metric) -> "Hits":
    """The best of some rows, in order."""
    return in_order(slots, scores(query, rows, metric), limit, metric)


def in_order(slots: "Slots", exact: "NDArray[np.float64]", limit: int, metric: Metric) -> "Hits":
    chosen = best(slots, exact, limit, metric)
    return list(zip(slots[chosen].tolist(), rounded(exact[chosen]).tolist(), strict=True))
