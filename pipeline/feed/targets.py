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


def smoothed(d: Array, share: float, choices: int) -> Array:
    """(1 − ε) d + ε/choices: the guard interval of targets that are probabilities (notes §4; Szegedy et al. 2016).

    On 0 and 1 themselves, the asymptotes, they would drive the weights to ±∞.

    Args:
        d: (rows, m_L); choices: how many values an output chooses among: m_L under softmax, 2 for outputs that each
            say yes or no.
    """
    if not share:
        return d
    found: Array = d * d.dtype.type(1 - share) + d.dtype.type(share / choices)
    return found


def decode(outputs: Array) -> Array:
    """The class with the largest output, (rows,)."""
    found: Array = outputs.argmax(axis=-1)
    return found


def marked(flags: Array, values: tuple[float, float], dtype: np.dtype) -> Array:
    """Flags 0 and 1 (rows, labels) as ``values[0]`` and ``values[1]``."""
    found: Array = np.where(flags, *values[::-1]).astype(dtype)
    return found


def decode_flags(outputs: Array, values: tuple[float, float]) -> Array:
    """Flags 0 and 1, (rows, labels): 1 where an output is nearer to ``values[1]``; for probabilities, above 0.5."""
    found: Array = (outputs > (values[0] + values[1]) / 2).astype(np.int64)
    return found


def columns(targets: Array) -> Array:
    """Real targets (rows,) or (rows, targets) as (rows, targets)."""
    return targets.reshape(len(targets), -1)


def fit_scale(targets: Array, importance: Array | None = None) -> Affine:
    """Mean and spread of each real target, so that the network learns it at mean 0 and variance 1.

    Args:
        targets: (rows,) or (rows, targets).
        importance: (rows,) weights of the examples; a weight of 2 is worth the same row twice.
    """
    return standardize(columns(targets), importance=importance)


def fit_range(targets: Array, values: tuple[float, float]) -> Affine:
    """Real targets, (rows,) or (rows, targets), each onto the interval ``values``, for units that can't leave it."""
    low, high = columns(targets).min(axis=0).astype(np.float64), columns(targets).max(axis=0)
    scale, middle = (high - low) / (values[1] - values[0]), (values[0] + values[1]) / 2
    varies = scale > 0
    return Affine(np.where(varies, low - values[0] * scale, low - middle), np.where(varies, scale, 1.0))
