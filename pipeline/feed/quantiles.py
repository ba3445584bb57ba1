"""Quantiles of weighted values, and how often a row counts."""

import numpy as np

from pipeline.arithmetic.interpolation import interpolated

Array = np.ndarray


def copies(importance: Array | None, rows: int) -> Array:
    """(rows,) how often each row counts: once where it weighs the least, twice where twice as much, never at 0."""
    if importance is None or not (importance > 0).any():
        return np.ones(rows)
    weights = importance.astype(np.float64)
    found: Array = weights / weights[weights > 0].min()
    return found


def quantiles(values: Array, shares: Array, counts: Array) -> Array:
    """The quantiles of the values (n,) at ``shares`` (q,) from 0 to 1, interpolated linearly, gaps left out.

    Args:
        counts: (n,) how often each value counts, 0 or at least 1; with whole numbers the result is that of so many
            copies of each value.

    Returns:
        (q,) quantiles; zeros where there is no value at all.
    """
    known = ~np.isnan(values) & (counts > 0)
    values, counts = values[known], counts[known]
    if not len(values):
        return np.zeros(len(shares))
    if counts.min() < counts.max():
        order = np.argsort(values, kind="stable")
        values, counts = values[order], counts[order]
    else:
        values = np.sort(values)
    # The copies of a value lie at the places first, first + 1, …, last.
    last = np.cumsum(counts) - 1
    places = np.stack([last - counts + 1, last], axis=1).ravel()
    wanted = shares * last[-1]
    whole = np.rint(wanted)
    # A place that is whole but for rounding is that of a value, to the bit: equal values have equal quantiles.
    wanted = np.where(np.abs(wanted - whole) < 1e-9 * (1 + whole), whole, wanted)
    return interpolated(wanted, places, np.repeat(values, 2))
