"""The rows to train on, and those to validate on: given beside them, or set aside from them."""

import re
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight

from pipeline.errors import HoldoutError
from pipeline.estimators.intake import Intake
from pipeline.estimators.ranges import NOT_TRANSFORMED, warn_of_validation
from pipeline.feed.dealing import split
from pipeline.feed.equality import same_rows
from pipeline.feed.rows import Rows
from pipeline.feed.schema import NUMBER, REGRESSION
from pipeline.feed.sparsity import rows_of

Array = np.ndarray
PARTS = 2
RATIO = re.compile(r"split\.ratio \[[^]]*\]")  # of a project, which deals its rows by it


class Apart(Intake):
    """What an estimator does with X_val, ``early_stopping`` and ``sample_weight``."""

    early_stopping: Any
    validation_fraction: Any
    random_state: Any

    def _parts(self, rows: Rows, X_val: Any, y_val: Any) -> tuple[Rows, Rows | None]:
        """The rows to train on, and those to validate on, given or set aside."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together: give both, or neither")
        if X_val is not None:
            return rows, self._validation(rows, X_val, y_val)
        return self._set_aside(rows) if self.early_stopping is True else (rows, None)

    def _validation(self, rows: Rows, X_val: Any, y_val: Any) -> Rows:
        try:
            X, y = self._accepted(X_val, y_val, reset=False)
        except ValueError as error:
            text = " ".join(str(error).split()).rstrip(".")
            wrong = " features" in text or "feature names" in text
            raise ValueError(f"X_val, y_val: {text}" + (f"; {NOT_TRANSFORMED}" if wrong else "")) from None
        targets = rows.y.shape[1:]
        if y.shape[1:] != targets:
            raise ValueError(f"y_val has the shape {y.shape}, expected {(len(y), *targets)}: as many targets as y")
        numbers = [j for j, kind in enumerate(self._kinds()) if kind == NUMBER]
        warn_of_validation(rows.X, X, numbers, self._names())
        return Rows(X, self._encode(y))

    def _set_aside(self, rows: Rows) -> tuple[Rows, Rows]:
        share, stratify = self.validation_fraction, rows.y.ndim == 1 and self.task != REGRESSION
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        if stratify and (counts := np.bincount(rows.y))[counts > 0].min() < PARTS:
            rare = self.classes_[np.flatnonzero(counts == 1)[0]]
            raise ValueError(f"early_stopping=True needs two rows of each class, and {str(rare)!r} has 1: give X_val")
        try:
            parts = split(rows.y, None, [1 - share, share], seed, stratify, same_rows(rows.X))
        except HoldoutError as error:
            text = RATIO.sub("it", str(error))
            raise ValueError(f"early_stopping=True, validation_fraction={share}: {text}; or give X_val") from None
        kept, held = (_taken(rows, indices) for indices in parts)
        return kept, held

    def _weighed(self, X: Any, y: Array, sample_weight: Any) -> Rows:
        """Rows with their weights, those of weight 0 left out."""
        if sample_weight is None:
            return Rows(X, y)
        weights = _check_sample_weight(sample_weight, y, dtype=np.float64, ensure_non_negative=True)
        used = np.flatnonzero(weights > 0)
        return _taken(Rows(X, y, importance=weights), used)


def _taken(rows: Rows, indices: Array) -> Rows:
    importance = None if rows.importance is None else rows.importance[indices]
    return Rows(rows_of(rows.X, indices), rows.y[indices], importance=importance)
