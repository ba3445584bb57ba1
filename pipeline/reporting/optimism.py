"""By how much the best of several validation scores flatters, estimated from the candidates' own errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
REPEATS, AT_ONCE = 2000, 100
SEED = 559
NEIGHBORS = 2  # epochs on each side


@dataclass(frozen=True)
class Optimism:
    """of_choice: by how much the chosen score is expected to be too good; correlation: mean one of the errors of two
    candidates over the rows; kept: share of the scores' spread that their noise does not explain.
    """

    of_choice: float
    correlation: float
    kept: float
    candidates: int
    rows: int


def optimism(errors: Array) -> Optimism | None:
    """The optimism of the least of k mean errors, by ``errors`` (k, rows); None if k < 2 or all err alike.

    A parametric bootstrap: rows are drawn with replacement, for all candidates the same ones, which keeps the
    correlation of their errors. What a draw adds to each mean is its noise, ε. The true means are taken for the
    measured ones, moved together until their variance is the measured one less that of the noise: measured means differ
    by chance too, and a bootstrap that took them for true would find too little. In each draw the least of μ + ε is
    chosen; the optimism is the mean of −ε of the chosen one (see docs/selection.md for how near it comes).
    """
    count, rows = errors.shape
    means = errors.mean(axis=1)
    if count < 2 or rows < 2 or not errors.std(axis=1).any() or (errors == errors[0]).all():
        return None
    noise = _noise(errors, means)
    seen, by_chance = means.var(ddof=1), noise.var(axis=1, ddof=1).mean()
    kept = float(np.sqrt(max(0.0, seen - by_chance) / seen)) if seen > 0 else 0.0
    true = means.mean() + kept * (means - means.mean())
    chosen = (true + noise).argmin(axis=1)
    gained = -noise[np.arange(len(noise)), chosen].mean()
    return Optimism(float(max(0.0, gained)), mean_correlation(errors), kept, count, rows)


def _noise(errors: Array, means: Array) -> Array:
    """ε (repeats, k): means over rows that are drawn with replacement, less those over all."""
    rng, (count, rows) = np.random.default_rng(SEED), errors.shape
    noise = np.empty((REPEATS, count))
    for start in range(0, REPEATS, AT_ONCE):
        drawn = rng.integers(rows, size=(AT_ONCE, rows)) + rows * np.arange(AT_ONCE)[:, None]
        times = np.bincount(drawn.ravel(), minlength=AT_ONCE * rows).reshape(AT_ONCE, rows)
        noise[start : start + AT_ONCE] = times @ errors.T / rows - means
    return noise


def mean_correlation(errors: Array) -> float:
    """The mean correlation over the rows of two different candidates' errors; those that never vary are left out."""
    centered = errors - errors.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.square(centered).sum(axis=1))
    units = centered[lengths > 0] / lengths[lengths > 0, None]
    count = len(units)
    return float((np.square(units.sum(axis=0)).sum() - count) / (count * (count - 1))) if count > 1 else 1.0


def of_best_epoch(curves: Sequence[Sequence[float]]) -> float | None:
    """By how much the score of a trial's best epoch lies below those of the epochs beside it, as a mean over trials.

    What a curve does at one epoch and not at its neighbors will not be seen again on other rows, as far as it is due
    to these; a network that was really better for one epoch counts too, so this is an upper bound. Trials whose best
    epoch has not ``NEIGHBORS`` epochs on each side say nothing; None if all are such.
    """
    gaps = [gap for gap in map(_gap, curves) if gap is not None]
    return float(np.mean(gaps)) if gaps else None


def _gap(curve: Sequence[float]) -> float | None:
    best = int(np.argmin(curve)) if len(curve) else 0
    beside = [*curve[max(0, best - NEIGHBORS) : best], *curve[best + 1 : best + 1 + NEIGHBORS]]
    return float(np.mean(beside) - curve[best]) if len(beside) == 2 * NEIGHBORS else None
