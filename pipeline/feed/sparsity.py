"""Sparse rows, made dense a few at a time: the engine multiplies dense ones only."""

from typing import Any

import numpy as np

Array = np.ndarray
DENSE = 2**26  # bytes of rows that are dense at the same time, about


class SparseRows:
    """The rows of a CSR matrix (rows, columns) as those of an array, as far as training asks for them.

    What is taken out by a slice or by indices is dense.
    """

    def __init__(self, X: Any) -> None:
        if not X.has_canonical_format:  # an entry that is there twice is the sum of both
            X = X.copy()
            X.sum_duplicates()
        self._X, self.shape, self.dtype = X, X.shape, X.dtype
        self.ndim, self.size, self.nbytes = 2, X.shape[0] * X.shape[1], X.data.nbytes + X.indices.nbytes

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: Any) -> Array:
        found: Array = self._X[rows].toarray()
        return found

    def take(self, rows: Any) -> "SparseRows":
        """Some of the rows, by a slice or by indices, still sparse."""
        return SparseRows(self._X[rows])

    def entries(self) -> tuple[Array, Array, Array]:
        """Row, column and value of each number that is there; all others are 0."""
        rows = np.repeat(np.arange(len(self)), np.diff(self._X.indptr))
        return rows, self._X.indices, self._X.data + self.dtype.type(0)  # −0 + 0 is 0

    def means(self) -> Array:
        """The mean of each column, (columns,)."""
        found: Array = np.asarray(self._X.mean(axis=0, dtype=np.float64)).ravel()
        return found

    def __reduce__(self) -> tuple[type, tuple[Any]]:
        return SparseRows, (self._X,)


def rows_of(X: Any, rows: Any) -> Any:
    """Rows of X, by a slice or by indices, as an array, or as SparseRows, which stay sparse."""
    return X.take(rows) if isinstance(X, SparseRows) else np.asarray(X[rows])


def together(columns: int, most: int) -> int:
    """How many rows of so many columns may be dense at the same time, one at least and ``most`` at most."""
    return max(1, min(most, DENSE // (8 * columns)))
