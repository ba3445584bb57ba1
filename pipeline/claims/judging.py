"""The tests that verdicts rest on, over the seeds of a claim: paired, with few assumptions, the same each time."""

import math
from collections.abc import Sequence

import numpy as np
import scipy  # loads its parts when they are first used

Numbers = Sequence[float] | np.ndarray
DRAWS = 10_000
LEVEL = 0.95


def smaller(ones: Numbers, others: Numbers) -> float:
    """p of Wilcoxon's signed-rank test that ``ones`` are not smaller than ``others``, seed by seed; 1 if all are equal.

    The least that it can be is 2⁻ⁿ of n seeds: 1/32 of five.
    """
    differences = np.subtract(ones, others)
    if not differences.any():
        return 1.0
    return float(scipy.stats.wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue)


def interval(values: Numbers, level: float = LEVEL) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean over the seeds."""
    array = np.asarray(values, float)
    picked = np.random.default_rng(0).integers(len(array), size=(DRAWS, len(array)))
    low, high = np.quantile(array[picked].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def ratio(ones: Numbers, others: Numbers) -> tuple[float, float, float]:
    """Geometric mean of ones/others, seed by seed, and its bootstrap interval."""
    logs = np.log(ones) - np.log(others)
    low, high = interval(logs)
    return math.exp(float(logs.mean())), math.exp(low), math.exp(high)


def more_often(count: int, of: int, share: float) -> float:
    """p of the exact binomial test that what came about ``count`` times has a chance of ``share`` at the most."""
    return float(scipy.stats.binomtest(count, of, share, alternative="greater").pvalue)


def more_than(count: int, other: int, of: int) -> float:
    """p of Fisher's exact test that ``count`` times out of ``of`` are no likelier than ``other`` out of as many."""
    table = [[count, of - count], [other, of - other]]
    return float(scipy.stats.fisher_exact(table, alternative="greater").pvalue)
