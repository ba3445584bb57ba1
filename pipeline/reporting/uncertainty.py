"""How far a score can be trusted: intervals of a test score."""

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
SEED = 559


def effective_rows(weights: np.ndarray) -> float:
    """(Σw)² / Σw², the rows of equal weight that would tell as much (Kish 1965)."""
    return float(np.square(weights.sum()) / np.square(weights).sum())


def error_interval(error: float, rows: float) -> tuple[float, float]:
    """Wilson's 95 % interval for an error rate that was measured on so many rows, or effective rows."""
    z = stats.norm.ppf((1 + CONFIDENCE) / 2)
    middle = error + z**2 / (2 * rows)
    half = z * np.sqrt(error * (1 - error) / rows + (z / (2 * rows)) ** 2)
    low, high = ((middle + side * half) / (1 + z**2 / rows) for side in (-1, 1))
    # Rounding must not leave 0 or 1 where nothing, or all, was wrong.
    return (0.0 if error == 0 else float(low)), (1.0 if error == 1 else float(high))


def mean_interval(values: np.ndarray, weights: np.ndarray | None = None) -> tuple[float, float]:
    """A 95 % bootstrap interval (percentiles, seeded) for the mean of ``values`` (rows,), by weights (rows,) if given.

    Rows are drawn with their weights.
    """
    if len(values) < 2 or np.ptp(values) == 0:
        return float(values.mean()), float(values.mean())
    rng = np.random.default_rng(SEED)
    samples = (values,) if weights is None else (values * weights, weights)
    drawn = stats.bootstrap(
        samples,
        np.mean if weights is None else _ratio,
        paired=weights is not None,
        vectorized=True,
        confidence_level=CONFIDENCE,
        method="percentile",
        batch=100,
        n_resamples=5000,
        rng=rng,
    )
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)


def _ratio(values: np.ndarray, weights: np.ndarray, axis: int = -1) -> np.ndarray:
    found: np.ndarray = values.sum(axis=axis) / weights.sum(axis=axis)
    return found
