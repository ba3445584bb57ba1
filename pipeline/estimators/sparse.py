"""Sparse rows, made dense a few at a time: the engine multiplies dense ones only."""

from typing import Any

import numpy as np

from pipeline.headroom import free_bytes

Array = np.ndarray
TOGETHER = 8192  # rows that are dense at the same time, at most, while training prepares and measures them
COPIES = 3  # of them: as they were, centered, and as the network takes them
PIECE = 1024  # rows that are answered at a time


class SparseRows:
    """The rows of a CSR matrix (rows, columns) as those of an array, as far as training asks for them.

    What is taken out by a slice or by indices is dense.
    """

    def __init__(self, X: Any) -> None:
        self._X, self.shape, self.dtype = X, X.shape, X.dtype
        self.ndim, self.size, self.nbytes = 2, X.shape[0] * X.shape[1], X.data.nbytes + X.indices.nbytes

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: Any) -> Array:
        found: Array = self._X[rows].toarray()
        return found

    def take(self, indices: Array) -> "SparseRows":
        """Some of the rows, still sparse."""
        return SparseRows(self._X[indices])

    def means(self) -> Array:
        """The mean of each column, (columns,)."""
        found: Array = np.asarray(self._X.mean(axis=0, dtype=np.float64)).ravel()
        return found

    def __reduce__(self) -> tuple[type, tuple[Any]]:
        return SparseRows, (self._X,)


def rows_of(X: Any, indices: Array) -> Any:
    """Rows of an array, or of SparseRows, which stay sparse."""
    return X.take(indices) if isinstance(X, SparseRows) else X[indices]


def fitting(X: Any) -> SparseRows:
    """Rows of a CSR matrix, if as many of them as are used together fit into the memory that is free.

    Raises:
        ValueError: they don't.
    """
    together = min(X.shape[0], TOGETHER)
    needed, free = COPIES * together * X.shape[1] * 8, free_bytes()
    if needed > free:
        raise ValueError(
            f"X is sparse, and {together:,} of its rows of {X.shape[1]:,} columns take {needed / 2**30:.1f} GiB when "
            f"they are made dense, as they are a few at a time; free: {free / 2**30:.1f} GiB; reduce its columns first"
        )
    return SparseRows(X)
