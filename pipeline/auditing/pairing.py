"""Two models on the same rows: is the one better than the other by more than chance?"""

from typing import NamedTuple

import numpy as np

Array = np.ndarray
RESAMPLES = 2_000
SEED = 559
LEVEL = 0.05


class Paired(NamedTuple):
    """difference: mean loss of the one less that of the other; below 0 the one is better.

    p: McNemar's exact test (1947) for errors of rows that are taken one by one; None where the interval decides.
    interval: of the difference, 95 %, by a bootstrap of rows, or of groups where rows belong together; None if p does.
    """

    difference: float
    p: float | None = None
    interval: tuple[float, float] | None = None

    @property
    def sure(self) -> bool:
        """Whether chance alone seldom makes such a difference."""
        if self.p is not None:
            return self.p < LEVEL
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def paired(
    one: Array, other: Array, counted: bool, groups: Array | None = None, weights: Array | None = None
) -> Paired:
    """Losses of two models per row, (rows,); ``counted``: they are errors, 0 or 1."""
    mean = float(np.average(one - other, weights=weights))
    if counted and groups is None and weights is None:
        return Paired(mean, p=mcnemar(one, other))
    return Paired(mean, interval=resampled(one - other, groups, weights))


def mcnemar(one: Array, other: Array) -> float:
    """Of the rows that only one of the two got wrong, half would be either's by chance: a two-sided binomial test."""
    from scipy import stats

    only_one, only_other = int((one > other).sum()), int((other > one).sum())
    if not only_one + only_other:
        return 1.0
    return float(stats.binomtest(only_one, only_one + only_other).pvalue)


def resampled(differences: Array, groups: Array | None = None, weights: Array | None = None) -> tuple[float, float]:
    """Percentiles 2.5 and 97.5 of the mean over rows, or groups, drawn with replacement."""
    weights = np.ones(len(differences)) if weights is None else weights
    unit = np.arange(len(differences)) if groups is None else np.unique(groups, return_inverse=True)[1]
    sums, sizes = (np.bincount(unit, values) for values in (differences * weights, weights))
    rng, found = np.random.default_rng(SEED), np.empty(RESAMPLES)
    for number in range(RESAMPLES):
        drawn = np.bincount(rng.integers(0, len(sums), len(sums)), minlength=len(sums))
        found[number] = (drawn @ sums) / max(float(drawn @ sizes), 1e-300)
    low, high = np.percentile(found, (2.5, 97.5))
    return float(low), float(high)
