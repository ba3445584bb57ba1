"""Normalizing the inputs (notes §4): fitted on training rows only, saved with the weights."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from pipeline.arithmetic.totals import mean, row_sums, total
from pipeline.feed.sparsity import SparseRows, together
from pipeline.limits import named

Array = np.ndarray
CHUNK = 8192
CACHED = 2**14  # numbers that are transformed at a time: to find memory for more takes longer than to compute them
NEGLIGIBLE = 1e-10  # share of the largest variance below which a component is taken for a constant

PREPROCESSING: dict[str, Callable[..., "Affine"]] = {}


class Matrix(Protocol):
    """Rows of numbers, read some at a time: an array, a memory map, or rows that are made when asked for.

    shape: (rows, columns).
    """

    shape: tuple[int, ...]

    def __len__(self) -> int:
        """Number of rows."""

    def __getitem__(self, rows: slice) -> Array:
        """Those rows."""


class Affine(NamedTuple):
    """x ↦ A (x − mean) / scale: mean, scale (columns,), A = axes (components, columns) or None for none; float64."""

    mean: Array
    scale: Array
    axes: Array | None = None

    @property
    def columns(self) -> int:
        """Numbers per raw row."""
        return len(self.mean)

    @property
    def width(self) -> int:
        """Numbers per transformed row."""
        return len(self.mean) if self.axes is None else len(self.axes)

    def apply(self, X: Matrix, dtype: np.dtype, out: Array | None = None) -> Array:
        """Transform rows (rows, columns) into ``out`` or a new array (rows, width) of ``dtype``, by way of float64.

        Rounding comes last: in float32 a time stamp would lose its seconds before the mean is removed.
        """
        out = np.empty((len(X), self.width), dtype) if out is None else out
        if isinstance(X, SparseRows) and self.axes is None:
            return self._scattered(X, out)
        for rows in _chunks(len(X), max(1, CACHED // self.columns) if self.axes is None else CHUNK):
            z = (X[rows] - self.mean) / self.scale
            out[rows] = z if self.axes is None else _project(z, self.axes)
        return out

    def _scattered(self, X: SparseRows, out: Array) -> Array:
        """``apply``: all zeros of a column become one number, so that only what is there is computed."""
        out[...] = (0 - self.mean) / self.scale
        rows, columns, values = X.entries()
        out[rows, columns] = (values - self.mean[columns]) / self.scale[columns]
        return out

    def revert(self, X: Array) -> Array:
        """The inverse map of a transform without axes, in float64."""
        found: Array = X.astype(np.float64) * self.scale + self.mean
        return found


def _project(z: Array, axes: Array) -> Array:
    from pipeline.arithmetic.matrices import product  # Numba: see training.make_engine

    return product(z, axes.T)


def _chunks(rows: int, size: int) -> list[slice]:
    return [slice(start, start + size) for start in range(0, rows, size)]


def _usable(scale: Array) -> Array:
    """A constant column has no spread to divide by: leave it at 0 after the mean is removed."""
    return np.where(scale > 0, scale, 1.0)


@named(PREPROCESSING)
def none(X: Matrix, components: float = 0.0, importance: Array | None = None) -> Affine:
    """The inputs as they are."""
    return Affine(np.zeros(X.shape[1]), np.ones(X.shape[1]))


@named(PREPROCESSING)
def center(X: Matrix, components: float = 0.0, importance: Array | None = None) -> Affine:
    """Mean 0 per column; one common scale, so that the columns keep their proportions."""
    means, spread = _moments(X, importance)
    return Affine(means, _usable(np.full(X.shape[1], np.sqrt(mean(spread)))))


@named(PREPROCESSING)
def standardize(X: Matrix, components: float = 0.0, importance: Array | None = None) -> Affine:
    """Mean 0 and variance 1 per column."""
    means, spread = _moments(X, importance)
    return Affine(means, _usable(np.sqrt(spread)))


@named(PREPROCESSING)
def unit_range(X: Matrix, components: float = 0.0, importance: Array | None = None) -> Affine:
    """From 0 for the lowest number of the training rows to 1 for the highest, in all columns alike, as in pixels."""
    low, high = np.inf, -np.inf
    for rows in _chunks(len(X), together(X.shape[1], CHUNK)):
        part = X[rows]
        low, high = min(low, float(part.min())), max(high, float(part.max()))
    width = min(high - low, float(np.finfo(np.float64).max))
    return Affine(np.full(X.shape[1], low), _usable(np.full(X.shape[1], width)))


@named(PREPROCESSING)
def pca(X: Matrix, components: float = 0.0, importance: Array | None = None) -> Affine:
    """Uncorrelated inputs: centered, then turned to the principal axes, largest variance first.

    Args:
        X: (rows, columns).
        components: 0 for all; a whole number for so many; a share below 1 for the fewest whose variances make up
            that share. Components of no variance are dropped, so there may be fewer than asked for, but one at least.
        importance: (rows,) weights of the rows, or None for equal ones.
    """
    inputs = center(X, importance=importance)
    return inputs._replace(axes=_principal(X, inputs, components, importance)[1])


@named(PREPROCESSING)
def whiten(X: Matrix, components: float = 0.0, importance: Array | None = None) -> Affine:
    """Uncorrelated inputs of variance 1; see ``pca`` for the arguments."""
    inputs = center(X, importance=importance)
    variances, axes = _principal(X, inputs, components, importance)
    return inputs._replace(axes=axes / np.sqrt(_usable(variances))[:, None])


def _principal(X: Matrix, inputs: Affine, components: float, importance: Array | None) -> tuple[Array, Array]:
    """Variances (c,), falling, and axes (c, columns) of the centered rows that are kept."""
    if X.shape[1] <= len(X):
        variances, axes = _by_covariance(X, inputs, importance)
    else:
        variances, axes = _by_rows(X, inputs, importance)
    found = max(1, int((variances > NEGLIGIBLE * variances[0]).sum()))
    keep = min(found, _wanted(variances[:found], components))
    largest = np.abs(axes[:keep]).argmax(axis=1)
    # An axis may as well point the other way: let its largest entry be positive.
    signs = np.where(axes[np.arange(keep), largest] < 0, -1.0, 1.0)
    return variances[:keep], axes[:keep] * signs[:, None]


def _wanted(variances: Array, components: float) -> int:
    if components >= 1:
        return int(components)
    running = np.cumsum(variances)
    if components == 0 or running[-1] == 0:
        return len(variances)
    shares = running / running[-1]
    return int(np.searchsorted(shares, components - 1e-12) + 1)


def _by_covariance(X: Matrix, inputs: Affine, importance: Array | None) -> tuple[Array, Array]:
    from pipeline.arithmetic.eigenvectors import eigenvectors  # Numba: see training.make_engine
    from pipeline.arithmetic.matrices import product

    covariance, roots = np.zeros((X.shape[1], X.shape[1])), _roots(importance, len(X))
    for rows in _chunks(len(X), together(X.shape[1], CHUNK)):
        z = inputs.apply(X[rows], np.dtype(np.float64)) * roots[rows]
        covariance += product(z.T, z)
    variances, axes = eigenvectors(covariance / len(X))
    return np.maximum(variances, 0), axes


def _roots(importance: Array | None, rows: int) -> Array:
    """Square roots of the weights, of mean 1, as a column: what rows are multiplied by before their products."""
    weights = np.ones(rows) if importance is None else importance / mean(importance)
    return np.sqrt(weights, dtype=np.float64)[:, None]


def _by_rows(X: Matrix, inputs: Affine, importance: Array | None) -> tuple[Array, Array]:
    """Fewer rows than columns: the products of the rows have the same variances, in a smaller matrix."""
    from pipeline.arithmetic.eigenvectors import eigenvectors  # Numba: see training.make_engine
    from pipeline.arithmetic.matrices import product

    z = inputs.apply(X, np.dtype(np.float64)) * _roots(importance, len(X))
    variances, combinations = eigenvectors(product(z, z.T) / len(X))
    variances, axes = np.maximum(variances, 0), product(combinations, z)
    norms = np.sqrt(row_sums(np.square(axes)))
    axes /= np.where(norms > 0, norms, 1)[:, None]
    if not norms[0] > 0:
        axes[0, 0] = 1.0
    return variances, axes


def _moments(X: Matrix, importance: Array | None = None) -> tuple[Array, Array]:
    """Mean and variance per column in float64, over chunks of rows; exact for a constant column.

    With ``importance`` (rows,), a row of weight 2 counts as two.
    """
    chunks, zeros = _chunks(len(X), together(X.shape[1], CHUNK)), np.zeros(X.shape[1])
    weights = None if importance is None else importance.astype(np.float64)
    count = len(X) if weights is None else float(total(weights))

    def summed(values: Array, rows: slice) -> Array:
        return total(values if weights is None else values * weights[rows, None])

    means, low, high = zeros, np.full(X.shape[1], np.inf), np.full(X.shape[1], -np.inf)
    for rows in chunks:
        values = X[rows]
        means = means + summed(values, rows)
        low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
    means /= count
    variance = sum((summed(np.square(X[rows] - means), rows) for rows in chunks), zeros) / count
    constant = low == high
    return np.where(constant, low, means), np.where(constant, 0.0, variance)
