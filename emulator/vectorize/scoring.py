"""Scores as Vectorize gives them, and rows as they lie in memory to be compared.

FAISS works in float32 and sums in an order that depends on how many queries run together.
What it finds is therefore scored here once more, in float64, row by row: a vector has the
same score alone and in company, and equal vectors have equal scores.
"""

from typing import TYPE_CHECKING

import numpy as np

from emulator.vectorize.models import Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emulator.vectorize.models import Matrix, Slots, Vector

    Scores = NDArray[np.float64]

LARGEST, SMALLEST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)
# FAISS's own error, as a share of the largest value its sum may have. A thousand products
# of float32 summed eight at a time are good to a tenth of this.
ERROR = 4e-6
# Outside of these FAISS's float32 may overflow, or lose what it compares.
SAFE = (1e-30, 1e37)
# Squares of float32 within these bounds can be summed as float32.
PLAIN_SQUARES = (1e-20, 1e20)


def prepared(values: "Matrix", metric: Metric) -> "Matrix":
    """A copy of the rows that can be compared; of unit length for cosine, zeros stay zeros."""
    if metric is not Metric.COSINE:
        return np.array(values, np.float32)
    squares = np.einsum("ij,ij->i", values, values)
    if len(squares) and PLAIN_SQUARES[0] < squares.min() and squares.max() < PLAIN_SQUARES[1]:
        unit: Matrix = values * (1 / np.sqrt(squares))[:, None]
        return unit
    wide = values.astype(np.float64)
    norms = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    norms[norms == 0] = 1
    unit = (wide / norms[:, None]).astype(np.float32)
    return unit


def longest(rows: "Matrix", metric: Metric) -> float:
    """The largest length of a prepared row, or a little more."""
    if metric is Metric.COSINE or len(rows) == 0:
        return 1.0
    with np.errstate(over="ignore"):
        squares = float(np.einsum("ij,ij->i", rows, rows).max())
    if PLAIN_SQUARES[0] < squares < PLAIN_SQUARES[1]:
        return float(squares**0.5)
    wide = rows.astype(np.float64)
    return float(np.einsum("ij,ij->i", wide, wide).max() ** 0.5)


def scores(query: "Vector", rows: "Matrix", metric: Metric) -> "Scores":
    """The score of each prepared row, as exact as float64 makes it."""
    wide, against = rows.astype(np.float64), query.astype(np.float64)
    if metric is Metric.EUCLIDEAN:
        wide -= against
        distances: Scores = np.sqrt(np.einsum("ij,ij->i", wide, wide))
        return distances
    products: Scores = (wide * against).sum(axis=1)
    if metric is Metric.DOT_PRODUCT:
        return -products
    squares = np.einsum("ij,ij->i", wide, wide) * np.dot(against, against)
    # A vector of zeros points nowhere: it is as like to others as a right angle. [guess]
    squares[squares == 0] = 1
    cosines: Scores = np.clip(products / np.sqrt(squares), -1, 1)
    return cosines


def rounded(exact: "Scores") -> "Scores":
    """What Vectorize answers: float32, and always finite."""
    # No answer says -0.0.
    return narrowed(np.clip(exact, -LARGEST, LARGEST)) + 0.0


def best(slots: "Slots", exact: "Scores", limit: int, metric: Metric) -> "NDArray[np.int64]":
    """Places of the best, in order; scores that are the same float32 by slot."""
    size = np.abs(exact)
    # Beyond float32's range they are answered as equal, and still ordered.
    order = np.where((size >= SMALLEST) & (size <= LARGEST), narrowed(exact), exact)
    # Cosine alone is better the larger it is.
    return np.lexsort((slots, -order if metric is Metric.COSINE else order))[:limit]


def narrowed(exact: "Scores") -> "Scores":
    with np.errstate(over="ignore"):
        return exact.astype(np.float32).astype(np.float64)


def scale(query: "Vector", longest_row: float, metric: Metric) -> float:
    """The largest value that FAISS may come to when it compares the query."""
    length = float(np.linalg.norm(query.astype(np.float64)))
    if metric is Metric.EUCLIDEAN:
        return (length + longest_row) ** 2
    return length * longest_row


def comparable(score: float, metric: Metric) -> float:
    """A score on FAISS's scale, turned so that less is better."""
    if metric is Metric.EUCLIDEAN:
        return score * score
    return -score if metric is Metric.COSINE else score


def is_safe(scale: float) -> bool:
    """Whether FAISS's float32 can be trusted with values of this size at all."""
    return SAFE[0] < scale < SAFE[1]
