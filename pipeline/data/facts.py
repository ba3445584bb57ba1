"""What is counted of the columns of numbers while rows stream by, all columns at once."""

import numpy as np

Array = np.ndarray
FIRST = 4096  # rows in which a column that repeats is mostly found out
OFTEN = 0.25  # share of these rows whose value came before, from which a column is one that repeats
DIFFERENT = 0.95  # share of values without a twin, from which a column is nearly all different
COUNTING = 0.9  # share of steps by 1, from which a column may count rows


class Facts:
    """Counts of the columns of X (rows, columns), fed a batch at a time.

    Attributes (columns,): missing: how many values; low, high: smallest and largest (inf, -inf of none); whole:
    whether all are whole numbers; counting: values that are 1 above the one before; repeats: values among the first
    rows that came before.
    """

    def __init__(self, columns: int) -> None:
        self.rows = 0
        self.missing = np.zeros(columns, np.int64)
        self.low, self.high = np.full(columns, np.inf), np.full(columns, -np.inf)
        self.whole = np.ones(columns, bool)
        self.counting, self.repeats = np.zeros(columns, np.int64), np.zeros(columns, np.int64)
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
            self.repeats += _repeated(X[:FIRST])
        self.rows += len(X)

    def _order(self, X: Array) -> None:
        before = np.full((1, X.shape[1]), np.nan) if self._last is None else self._last
        self.counting += (np.diff(X, axis=0, prepend=before) == 1).sum(axis=0)
        self._last = X[-1:].copy()

    def present(self, index: int) -> int:
        """How many values the column ``index`` has."""
        return int(self.rows - self.missing[index])

    def may_number_rows(self, index: int) -> bool:
        """Whether the column ``index`` may hold mostly different whole numbers, or count again and again."""
        present = self.present(index)
        if not self.whole[index] or not present:
            return False
        if self.counting[index] >= COUNTING * (self.rows - 1):
            return True
        often = self.repeats[index] > max(1, OFTEN * min(present, FIRST))
        return not often and bool(self.high[index] - self.low[index] + 1 >= DIFFERENT * present - 1)


def _repeated(X: Array) -> Array:
    ordered = np.sort(X, axis=0)  # NaN, which equals nothing, comes last
    found: Array = (ordered[1:] == ordered[:-1]).sum(axis=0)
    return found
