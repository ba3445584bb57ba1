"""Rows that fit into memory, of parts that may not: all of them where they are few, else a sample without chance."""

import math
from typing import cast

import numpy as np

Array = np.ndarray
CELLS = 1 << 23  # numbers that are looked at together: 32 MiB in single precision
LEAST = 2_000  # rows, however wide
RUN = 500  # rows that follow each other in the file


class Joined:
    """The rows of ``first`` (n, columns), then those of ``second`` (m, columns), read when they are asked for."""

    def __init__(self, first: Array, second: Array) -> None:
        self._first, self._second = first, second
        self.dtype = np.result_type(first.dtype, second.dtype)
        self.shape: tuple[int, ...] = (len(first) + len(second), *first.shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Array) -> Array:
        index = np.arange(*rows.indices(len(self))) if isinstance(rows, slice) else rows
        found = np.empty((len(index), *self.shape[1:]), self.dtype)
        early = index < len(self._first)
        found[early] = self._first[index[early]]
        found[~early] = self._second[index[~early] - len(self._first)]
        return found


def joined(first: Array, second: Array) -> Array:
    """Both as one array, as far as who reads rows by slices or by their numbers can tell."""
    return cast(Array, Joined(first, second))


def fitting(X: Array) -> int:
    """How many rows of X (rows, columns) are looked at together at most."""
    return max(LEAST, CELLS // math.prod(X.shape[1:]))


def few(X: Array) -> Array:
    """X in memory, or of more rows than fit as many, evenly over it."""
    return np.asarray(X[spread(len(X), fitting(X))])


def spread(rows: int, most: int) -> Array:
    """(at most ``most``,) numbers of rows, rising, at even distances."""
    return np.arange(rows) if rows <= most else np.linspace(0, rows - 1, most).astype(np.int64)


def runs(rows: int, most: int) -> Array:
    """The same, in runs of rows that follow each other."""
    if rows <= most:
        return np.arange(rows)
    starts = spread(rows - RUN + 1, max(1, most // RUN))
    return np.unique(starts[:, None] + np.arange(min(RUN, rows)))
