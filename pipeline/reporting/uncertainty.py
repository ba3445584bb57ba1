"""The optimism of a best validation score."""

import numpy as np
from scipy import stats


def expected_best(candidates: int, accuracy: float, n: int) -> float:
    """The average of the best of k validation accuracies when all k candidates are equally good.

    E[max] = Σ_{x<n} (1 − F(x)^k) / n, with F the distribution of Binomial(n, accuracy). The candidates' errors are
    taken as independent; they share the rows, so the true average lies between ``accuracy`` and this.
    """
    below = stats.binom.cdf(np.arange(n), n, accuracy)
    return float((1 - below**candidates).sum() / n)
