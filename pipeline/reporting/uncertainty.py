"""How far a score can be trusted: intervals of a test score, and the optimism of a best validation score."""

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
SEED = 559


def error_interval(errors: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval for an error rate, from ``errors`` wrong among ``n`` rows."""
    interval = stats.binomtest(errors, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def mean_interval(values: np.ndarray) -> tuple[float, float]:
    """A 95 % bootstrap interval (percentiles, seeded) for the mean of ``values`` (rows,)."""
    if len(values) < 2 or np.ptp(values) == 0:
        return float(values.mean()), float(values.mean())
    rng = np.random.default_rng(SEED)
    drawn = stats.bootstrap(
        (values,), np.mean, confidence_level=CONFIDENCE, method="percentile", batch=100, n_resamples=5000, rng=rng
    )
    return float(drawn.confidence_interval.low), float(drawn.confidence_interval.high)


def expected_best(candidates: int, accuracy: float, n: int) -> float:
    """The average of the best of k validation accuracies when all k candidates are equally good.

    E[max] = Σ_{x<n} (1 − F(x)^k) / n, with F the distribution of Binomial(n, accuracy). The candidates' errors are
    taken as independent; they share the rows, so the true average lies between ``accuracy`` and this.
    """
    below = stats.binom.cdf(np.arange(n), n, accuracy)
    return float((1 - below**candidates).sum() / n)
