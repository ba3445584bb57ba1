"""What is counted of the columns of numbers while rows stream by, all columns at once."""

import numpy as np

Array = np.ndarray
FIRST = 4096  # rows in which a column that repeats is mostly found out


class Facts:
    """Counts of the columns of X (rows, columns), fed a batch at a time.

    Attributes (columns,): missing: how many values; low, high: smallest and largest (inf, -inf of none); whole:
    whether all are whole numbers; rising, falling: whether each is above, or below, the one before it; repeats:
    whether a value is known to come twice.
    """

    def __init__(self, columns: int) -> None:
        self.rows = 0
        self.missing = np.zeros(columns, np.int64)
        self.low, self.high = np.full(columns, np.inf), np.full(columns, -np.inf)
        self.whole, self.repeats = np.ones(columns, bool), np.zeros(columns, bool)
        self.rising, self.falling = np.ones(columns, bool), np.ones(columns, bool)
        self._last: Array | None = None

    def add(self, X: Array) -> None:
        """Count the rows X (rows, columns); NaN where a value is missing."""
        if not len(X):
            return
        gaps = np.isnan(X)
        self.missing += gaps.sum(axis=0)
        self.low = np.fmin(self.low, np.fmin.reduce(X, axis=0))
        self.high = np.fmax(self.high, np.fmax.reduce(X, axis=0))
        self.whole &= ((np.floor(X) == X) | gaps).all(axis=0)
        self._order(X)
        if self.rows < FIRST:
            self.repeats |= _repeating(X[:FIRST])
        self.rows += len(X)

    def _order(self, X: Array) -> None:
        if not (self.rising | self.falling).any():
            return
        before = X[:1] if self._last is None else self._last
        steps = np.diff(X, axis=0, prepend=before)
        steps = steps[1:] if self._last is None else steps
        self.rising &= (steps > 0).all(axis=0)
        self.falling &= (steps < 0).all(axis=0)
        self._last = X[-1:].copy()

    def all_different(self, index: int, values: Array) -> bool:
        """Whether the values (rows,) of column ``index`` are there and differ in every row."""
        if self.missing[index] or self.repeats[index]:
            return False
        if self.rising[index] or self.falling[index]:
            return True
        return len(np.unique(values)) == len(values)


def _repeating(X: Array) -> Array:
    ordered = np.sort(X, axis=0)
    found: Array = (ordered[1:] == ordered[:-1]).any(axis=0)
    return found
