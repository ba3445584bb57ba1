"""Sums whose order is written down here: NumPy's own follow how an array lies in memory, and may change with it.

Every addition is one of whole arrays, number by number, so that nothing but IEEE 754 decides the bits.
"""

import numpy as np

Array = np.ndarray
TOGETHER = 4096  # numbers that are added at a time: few calls for short rows, and sums that stay in the cache


def total(values: Array) -> Array:
    """The sum over the first axis of values (n, …), float64: into lanes, one after the other, then halves onto halves.

    Its error grows with n divided by the lanes, and with their logarithm.
    """
    values = np.asarray(values)
    width = max(1, values[:1].size)
    lanes = 1 << max(0, (TOGETHER // width).bit_length() - 1)
    sums = np.zeros((lanes, *values.shape[1:]))
    for start in range(0, len(values), lanes):
        part = values[start : start + lanes]
        sums[: len(part)] += part
    while lanes > 1:
        lanes //= 2
        sums = sums[:lanes] + sums[lanes:]
    found: Array = sums[0]
    return found


def mean(values: Array, weights: Array | None = None) -> Array:
    """The mean over the first axis of values (n, …), float64, by weights (n,) if there are any."""
    if weights is None:
        return np.asarray(total(values) / len(values))
    weights = np.asarray(weights, np.float64)
    return np.asarray(total((np.asarray(values).T * weights).T) / total(weights))


def deviation(values: Array) -> Array:
    """The standard deviation over the first axis of values (n, …), by n − 1."""
    found: Array = np.sqrt(total(np.square(values - mean(values))) / (len(values) - 1))
    return found


def row_sums(values: Array) -> Array:
    """The sums over the last axis of values (…, n), float64."""
    return total(np.moveaxis(values, -1, 0))
