"""A distribution of durations: one number, or lognormal by its median and 95th percentile."""

from math import exp, log
from random import Random
from statistics import NormalDist

# Standard deviations between the median and the 95th percentile.
TO_P95 = NormalDist().inv_cdf(0.95)


class Spread:
    """Milliseconds. `draw` is lognormal where there is a `p95` above the median."""

    __slots__ = ("_mu", "_sigma", "p50", "p95")

    def __init__(self, p50: float, p95: float | None = None) -> None:
        self.p50 = p50
        self.p95 = p50 if p95 is None else p95
        self._mu = log(p50) if p50 > 0 else 0.0
        self._sigma = (log(self.p95) - self._mu) / TO_P95 if p50 > 0 else 0.0

    def draw(self, random: Random) -> float:
        """One duration. Nothing is taken from `random` where there is nothing to draw."""
        if not self._sigma:
            return self.p50
        return exp(random.gauss(self._mu, self._sigma))
