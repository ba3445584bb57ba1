"""Dealing rows to the folds of a cross-validation (notes §5)."""

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.feed.dealing import split, tied

Array = np.ndarray


def folds(y: Array, groups: Array | None, count: int, seed: int, stratify: bool, duplicates: Array) -> list[Array]:
    """Index arrays of ``count`` folds of nearly equal size (notes §5); rows tied as in ``split`` stay in one fold.

    Classes are dealt evenly where ``stratify`` and every class has at least ``count`` rows.
    Raises HoldoutError when there are fewer untied rows than folds.
    """
    units = len(np.unique(tied(len(y), groups, duplicates)))
    if units < count:
        raise HoldoutError(f"validation.folds={count} is too many for {units} rows (or groups): use at most {units}")
    even = stratify and bool((np.unique(y, return_counts=True)[1] >= count).all())
    return list(split(y, groups, [1] * count, seed, even, duplicates))


def leave_one_out(rows: int, groups: Array | None, duplicates: Array) -> list[Array]:
    """One fold per row, or per set of rows that are tied as in ``split`` (notes §5)."""
    units = tied(rows, groups, duplicates)
    order = np.argsort(units, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(units[order])) + 1)
