"""Who is left out when, and which rows stop the training on the others (notes §5). Index arrays only."""

import numpy as np

from pipeline.errors import HoldoutError
from pipeline.feed.chronology import chronological
from pipeline.feed.dealing import split
from pipeline.feed.equality import same_rows
from pipeline.feed.folds import folds, leave_one_out
from pipeline.feed.rows import Rows
from pipeline.training.hyperparameters import Validation

Array = np.ndarray
RATIO = (5, 1)  # of a fold's rows: to learn from, to stop by


class Dealer:
    """Deals rows to folds, and the rows of each fold's training once more.

    Args:
        how: ``k_fold`` or ``leave_one_out``.
        stratify: whether y are classes, to be dealt evenly.
    """

    def __init__(self, how: Validation, rows: Rows, seed: int, stratify: bool) -> None:
        self._how, self._rows, self._seed, self._stratify = how, rows, seed, stratify
        self._equal = same_rows(rows.X)

    def folds(self) -> list[Array]:
        """The rows that each fold leaves out.

        Raises:
            HoldoutError: there are fewer rows or groups than folds, or rows with times are to be left out one by one.
        """
        rows, how = self._rows, self._how
        if how.name == "leave_one_out":
            if rows.moments is not None:
                raise HoldoutError(
                    "settings: validation.name=leave_one_out can't be used on rows that are dealt by time, for what "
                    "comes just before and after a row would tell of it: use k_fold (blocks of time) or hold_out"
                )
            return leave_one_out(len(rows), rows.groups, self._equal)
        if rows.moments is not None:
            return list(chronological(rows.moments, rows.groups, [1] * how.folds, self._equal))
        return folds(rows.y, rows.groups, how.folds, self._seed, self._stratify, self._equal)

    def inside(self, number: int, held: Array) -> tuple[Array, Array]:
        """The rows that fold ``number`` learns from and those that stop it: all but ``held``, dealt as folds are.

        Each fold deals anew, so that the median of many does not hang on a few rows.

        Raises:
            HoldoutError: there are too few rows, groups or times.
        """
        kept = np.setdiff1d(np.arange(len(self._rows)), held)
        try:
            learned, watched = self._dealt(kept, number)
        except HoldoutError:
            raise HoldoutError(
                f"settings: validation.name={self._how.name} can't be used on so few rows, groups or times: fold "
                f"{number} leaves {len(kept)} rows to train on, which can't be dealt {RATIO[0]}:{RATIO[1]} to learn "
                "from and to stop by; use hold_out, or more rows"
            ) from None
        return kept[learned], kept[watched]

    def _dealt(self, kept: Array, number: int) -> tuple[Array, ...]:
        rows, equal = self._rows, self._equal[kept]
        groups = None if rows.groups is None else rows.groups[kept]
        if rows.moments is not None:
            return chronological(rows.moments[kept], groups, RATIO, equal)
        even = self._stratify and bool((np.unique(rows.y[kept], return_counts=True)[1] >= len(RATIO)).all())
        return split(rows.y[kept], groups, RATIO, (self._seed, number), even, equal)
