"""Rows that lie elsewhere than those that a model was fitted to, which it will not be right for."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.errors import Note
from pipeline.feed.sparsity import together

Array = np.ndarray
CHUNK = 8192
FEW = 20  # rows that say too little of a column's mean and spread
HALF = 0.5  # share of a column's values from which it lies elsewhere
LISTED = 5
NOT_TRANSFORMED = "a Pipeline transforms X only: make it with transform_input=['X_val'] (scikit-learn 1.6)"


class Ranges(NamedTuple):
    """low, high: (features,) the least and the largest value of each column; inf and -inf where there is none."""

    low: Array
    high: Array

    def outside(self, X: Any, margin: float = 0.0) -> list[int]:
        """Columns of X (rows, features) that lie outside for the most part, by ``margin`` of their range at least."""
        wider = margin * np.maximum(self.high - self.low, 0)
        if all((block >= self.low - wider).all() and (block <= self.high + wider).all() for block in _blocks(X)):
            return []
        beyond, known = np.zeros(len(self.low)), np.zeros(len(self.low))
        for block in _blocks(X):
            beyond += ((block < self.low - wider) | (block > self.high + wider)).sum(axis=0)
            known += (~np.isnan(block)).sum(axis=0)
        return list(np.flatnonzero(beyond > HALF * np.maximum(known, 1)))


def ranges_of(X: Any) -> Ranges:
    """Of the rows X (rows, features), gaps left out."""
    low, high = np.full(X.shape[1], np.inf), np.full(X.shape[1], -np.inf)
    for block in _blocks(X):
        low, high = np.fmin(low, np.fmin.reduce(block)), np.fmax(high, np.fmax.reduce(block))
    return Ranges(low, high)


def _blocks(X: Any) -> Iterator[Array]:
    rows = together(X.shape[1], CHUNK)
    return (np.asarray(X[start : start + rows]) for start in range(0, len(X), rows))


def warn_of_validation(X: Any, X_val: Any, columns: Sequence[int], names: Sequence[str]) -> None:
    """Say where most of X_val lies outside of what X has, among the ``columns`` of numbers."""
    found = ranges_of(X).outside(X_val)
    if elsewhere := [names[j] for j in found if j in set(columns)]:
        text = f"most of X_val lies outside X's range in {listed(elsewhere)}: {NOT_TRANSFORMED}"
        warnings.warn(text, Note, stacklevel=5)


def warn_of_first(rows: int) -> None:
    """Say that a first batch is too small to scale later ones by."""
    if rows < FEW:
        text = (
            f"the first partial_fit has {rows} rows, by which all later ones are scaled: begin with at least {FEW}, "
            "or with fit, or scale X beforehand and set preprocessing='none'"
        )
        warnings.warn(text, Note, stacklevel=5)


def warn_of_later(first: Ranges, X: Any, names: Sequence[str]) -> None:
    """Say where most of a later batch lies farther outside of the first one's range than that is wide."""
    if len(X) >= FEW and (found := first.outside(X, margin=1.0)):
        text = (
            f"most of this batch lies far outside the first one's range in {listed([names[j] for j in found])}: it is "
            "scaled as that was; begin with rows of all kinds, or scale X beforehand and set preprocessing='none'"
        )
        warnings.warn(text, Note, stacklevel=5)


def listed(names: Sequence[str]) -> str:
    """The names of columns in a message, the first few of many."""
    more = f" and {len(names) - LISTED} other columns" if len(names) > LISTED else ""
    return f"{'column' if len(names) == 1 else 'columns'} {', '.join(names[:LISTED])}{more}"
