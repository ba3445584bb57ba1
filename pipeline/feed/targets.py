"""Desired outputs d for the network, and back (notes §4, target values)."""

import numpy as np

from pipeline.feed.preprocessing import Affine, standardize

Array = np.ndarray


def guarded(low: float, high: float, guard: float) -> tuple[float, float]:
    """Target values a guard interval inside the asymptotes ``low`` and ``high`` of the output units (notes §4).

    On the asymptotes themselves they would drive the weights to ±∞.

    Raises:
        ValueError: the interval is negative, or leaves nothing between the two values.
    """
    if not 0 <= guard < (high - low) / 2:
        raise ValueError(f"a guard of {guard} must be at least 0 and less than {(high - low) / 2:g}, half the range")
    return low + guard, high - guard


def one_hot(labels: Array, classes: int, values: tuple[float, float], dtype: np.dtype) -> Array:
    """Class indices (rows,) as (rows, classes): ``values[1]`` at the class, ``values[0]`` elsewhere."""
    d = np.full((len(labels), classes), values[0], dtype)
    d[np.arange(len(labels)), labels] = values[1]
    return d


def decode(outputs: Array) -> Array:
    """The class with the largest output, (rows,)."""
    found: Array = outputs.argmax(axis=-1)
    return found


def fit_scale(targets: Array, importance: Array | None = None) -> Affine:
    """Mean and spread of real targets (rows,), so that the network learns them at mean 0 and variance 1.

    Args:
        importance: (rows,) weights of the examples; a weight of 2 is worth the same row twice.
    """
    if importance is None or targets.min() == targets.max():
        return standardize(targets[:, None])
    mean = np.average(targets, weights=importance)
    spread = np.sqrt(np.average(np.square(targets - mean), weights=importance))
    return Affine(np.array([mean]), np.array([spread]))


def fit_range(targets: Array, values: tuple[float, float]) -> Affine:
    """Real targets (rows,) onto the interval ``values``, for output units that can't leave theirs."""
    low, high = float(targets.min()), float(targets.max())
    scale = (high - low) / (values[1] - values[0])
    if not scale > 0:
        middle = (values[0] + values[1]) / 2
        return Affine(np.array([low - middle]), np.ones(1))
    return Affine(np.array([low - values[0] * scale]), np.array([scale]))
