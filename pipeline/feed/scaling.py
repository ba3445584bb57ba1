"""Numbers as inputs: gaps filled with the median, then scaled, by robust squashing or to normal scores."""

from typing import NamedTuple

import numpy as np

from pipeline.arithmetic.interpolation import interpolated
from pipeline.arithmetic.totals import total
from pipeline.feed.quantiles import quantiles
from pipeline.feed.schema import Schema
from pipeline.feed.survey import FARTHEST, Survey, bounded

Array = np.ndarray
LIMIT = 3.0  # what squashed numbers stay below
LARGEST = float(np.finfo(np.float64).max)
KNOTS = 1000  # quantiles that a distribution is remembered by
FINEST = 1e-7  # the share of rows beyond the ends: normal scores stay within ±5.2


class Numbers(NamedTuple):
    """x ↦ z / √(1 + (bend z)²) with z = (x − center) · rate; a gap counts as ``fill``. All (n,), one per input.

    columns: numbers of the raw columns. A bend of 0 leaves z as it is, one of 1/3 squashes it into (−3, 3).
    """

    columns: Array
    fill: Array
    center: Array
    rate: Array
    bend: Array

    @property
    def width(self) -> int:
        """Number of inputs."""
        return len(self.columns)

    def apply(self, X: Array, out: Array) -> None:
        """Write the inputs of raw rows X (rows, features) into ``out`` (rows, width)."""
        z = X[:, self.columns]
        np.copyto(z, self.fill, where=np.isnan(z))
        np.clip(z, -FARTHEST, FARTHEST, out=z)
        z -= self.center
        z *= self.rate
        np.clip(z, -FARTHEST, FARTHEST, out=z)
        root = z * self.bend
        root *= root
        root += 1
        np.divide(z, np.sqrt(root, out=root), out=out)

    def names(self, schema: Schema) -> list[str]:
        """A name for each input: that of its column."""
        return [schema.features[column] for column in self.columns]

    def faults(self, schema: Schema) -> dict[str, bool]:
        """By field, whether its values can't be."""
        return {"rate": bool((self.rate < 0).any()), "bend": bool((self.bend < 0).any())}


def fit_squashed(found: Survey, columns: list[int]) -> Numbers:
    """Robust squashing: median 0, the middle half of the rows 1 wide, soft limits at ±3.

    Where the middle half is all one value, all rows are 2 wide; a constant is 0 (Holzmüller et al. 2024).
    """
    shares = np.array([0, 0.25, 0.5, 0.75, 1])
    low, first, median, third, high = _by_column(found, columns, shares)
    middle, whole = third - first, high - low
    with np.errstate(divide="ignore", over="ignore"):
        rate = np.where(middle > 0, 1 / middle, 2 / whole)
    rate = np.where(whole > 0, np.minimum(rate, LARGEST), 0.0)
    return Numbers(np.array(columns, np.int64), median, median, rate, np.full(len(columns), 1 / LIMIT))


def fit_plain(found: Survey, columns: list[int]) -> Numbers:
    """Numbers as they are, gaps filled with the median."""
    (median,) = _by_column(found, columns, np.array([0.5]))
    zeros, ones = np.zeros(len(columns)), np.ones(len(columns))
    return Numbers(np.array(columns, np.int64), median, zeros, ones, zeros)


class Scores(NamedTuple):
    """x ↦ Φ⁻¹(F(x)), normally distributed; F rises linearly between the quantiles; a gap counts as ``fill``.

    columns, fill: (n,); knots: (n, q) quantiles of each column, rising; shares: (q,) of the rows at or below them.
    """

    columns: Array
    fill: Array
    knots: Array
    shares: Array

    @property
    def width(self) -> int:
        """Number of inputs."""
        return len(self.columns)

    def apply(self, X: Array, out: Array) -> None:
        """Write the inputs of raw rows X (rows, features) into ``out`` (rows, width)."""
        from pipeline.arithmetic.elementwise import quantile  # Numba: see training.make_engine

        for i, column in enumerate(self.columns):
            x = bounded(np.where(np.isnan(X[:, column]), self.fill[i], X[:, column]))
            # From both sides: where F jumps at a value that many rows have, the middle of the jump.
            share = interpolated(x, self.knots[i], self.shares)
            if (self.knots[i, 1:] == self.knots[i, :-1]).any():
                share = (share - interpolated(-x, -self.knots[i, ::-1], -self.shares[::-1])) / 2
            out[:, i] = quantile(np.clip(share, FINEST, 1 - FINEST))

    def names(self, schema: Schema) -> list[str]:
        """A name for each input: that of its column."""
        return [schema.features[column] for column in self.columns]

    def faults(self, schema: Schema) -> dict[str, bool]:
        """By field, whether its values can't be."""
        rising, inside = bool((np.diff(self.shares) > 0).all()), bool(((self.shares >= 0) & (self.shares <= 1)).all())
        return {
            "knots": bool((np.diff(self.knots, axis=1) < 0).any()),
            "shares": not (len(self.shares) > 1 and rising and inside),
        }


def fit_scores(found: Survey, columns: list[int]) -> Scores:
    """Normal scores by up to ``KNOTS`` quantiles."""
    shares = np.linspace(0, 1, int(np.clip(total(found.counts), 2, KNOTS)))
    (median,) = _by_column(found, columns, np.array([0.5]))
    knots = np.maximum.accumulate(_by_column(found, columns, shares), axis=0)
    return Scores(np.array(columns, np.int64), median, np.ascontiguousarray(knots.T), shares)


def _by_column(found: Survey, columns: list[int], shares: Array) -> Array:
    """(shares, columns) quantiles."""
    each = [quantiles(found.sample[:, j], shares, found.counts) for j in columns]
    return np.array(each, np.float64).reshape(len(columns), len(shares)).T
