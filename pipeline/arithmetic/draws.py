"""Normally distributed draws: quantiles of uniform ones, which are whole numbers from the generator, divided by 2⁵³.

NumPy's own, by rejection, take their tails from the C library's log1p and exp.
"""

import numpy as np

from pipeline.arithmetic.elementwise import quantile

Array = np.ndarray
HALF_STEP = 2.0**-54  # the middle of the interval that a draw stands for: never 0, never 1


def standard_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draws of mean 0 and variance 1 of that shape, float64; one uniform draw each."""
    u = rng.random(shape)
    return quantile(np.where(u < 0.5, u + HALF_STEP, u))
