"""Normalizing the inputs (notes §4): fitted on training rows only, saved with the weights."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Affine(NamedTuple):
    """x ↦ (x − mean) / scale, per column; both (columns,), float64."""

    mean: Array
    scale: Array

    def apply(self, X: Array, dtype: np.dtype) -> Array:
        """Transform rows (rows, columns) into a new array of ``dtype``, by way of float64.

        Rounding comes last: in float32 a time stamp would lose its seconds before the mean is removed.
        """
        out = np.empty(X.shape, dtype)
        for rows in _chunks(len(X)):
            out[rows] = (X[rows] - self.mean) / self.scale
        return out

    def revert(self, X: Array) -> Array:
        """The inverse map, in float64."""
        return X.astype(np.float64) * self.scale + self.mean


def _chunks(rows: int, size: int = 8192) -> list[slice]:
    return [slice(start, start + size) for start in range(0, rows, size)]


def _usable(scale: Array) -> Array:
    """A constant column has no spread to divide by: leave it at 0 after the mean is removed."""
    return np.where(scale > 0, scale, 1.0)


def none(X: Array) -> Affine:
    return Affine(np.zeros(X.shape[1]), np.ones(X.shape[1]))


def center(X: Array) -> Affine:
    """Mean 0 per column; one common scale, so that the columns keep their proportions."""
    mean, spread = _moments(X)
    return Affine(mean, _usable(np.full(X.shape[1], np.sqrt(np.mean(spread)))))


def standardize(X: Array) -> Affine:
    """Mean 0 and variance 1 per column."""
    mean, spread = _moments(X)
    return Affine(mean, _usable(np.sqrt(spread)))


def _moments(X: Array) -> tuple[Array, Array]:
    """Mean and variance per column in float64, over chunks of rows; exact for a constant column."""
    chunks = _chunks(len(X))
    mean = sum((X[rows].sum(axis=0, dtype=np.float64) for rows in chunks), np.zeros(X.shape[1])) / len(X)
    squares = (np.square(X[rows] - mean).sum(axis=0) for rows in chunks)
    low, constant = X.min(axis=0), X.min(axis=0) == X.max(axis=0)
    variance = sum(squares, np.zeros(X.shape[1])) / len(X)
    return np.where(constant, low, mean), np.where(constant, 0.0, variance)


PREPROCESSING: dict[str, Callable[[Array], Affine]] = {"none": none, "center": center, "standardize": standardize}
