"""What both estimators share: the way from arrays and tables to a trained model."""

import inspect
import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags

from pipeline.estimators.course import Course
from pipeline.estimators.familiar import hint
from pipeline.estimators.learned import ReadOff
from pipeline.estimators.parameters import PARAMETERS, signature
from pipeline.estimators.ranges import Ranges, ranges_of, warn_of_first, warn_of_later

EPOCHS = "epochs"
LATE = 10  # of so many epochs the last one is late


class Backprop(ReadOff, Course):
    """What both estimators share; see BackpropClassifier for the parameters."""

    def __init__(self, hidden: int | Sequence[int] = PARAMETERS["hidden"], **parameters: Any) -> None:
        unknown = parameters.keys() - PARAMETERS.keys()
        if unknown:
            known = [*inspect.signature(type(self)).parameters]
            name = min(unknown)
            has = f"{hint(name, known)}; it has {', '.join(known)}"
            raise TypeError(f"{type(self).__name__} has no parameter {name!r}{has}")
        for name, value in {**PARAMETERS, "hidden": hidden, **parameters}.items():
            setattr(self, name, value)

    __init__.__signature__ = signature()  # type: ignore[attr-defined]

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters by name, as scikit-learn's estimators do."""
        known = self.get_params(deep=False).keys()
        for name in parameters.keys() - known:
            if said := hint(name, known):
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}{said}")
        super().set_params(**parameters)
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.allow_nan = True
        tags.input_tags.string = tags.input_tags.categorical = True
        return tags

    def fit(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None, sample_weight: Any = None) -> Self:
        """Train on X (rows, features) and y, (rows,) or, of several targets or labels, (rows, targets).

        Args:
            X: numbers, sparse ones too (made dense a few rows at a time), or a table of pandas, polars or Arrow with
                text, categories, flags, dates and gaps; an array may hold text and gaps as well.
            X_val, y_val: rows to validate on; the weights of the epoch with the best score on them are kept, and
                ``patience`` counts by it. Without them, and without ``early_stopping``, the training loss is watched.
                A Pipeline transforms X only, unless it is made with ``transform_input=["X_val"]``.
            sample_weight: (rows,) share of each row in E; a weight of 2 is worth the same row twice.

        Raises:
            ValueError: a parameter or the data are not as they must be, or the training diverged.
        """
        self._check()
        again = self.warm_start and hasattr(self, "model_")
        X, y = self._accepted(X, y, reset=not again)
        rows = self._weighed(X, self._learn_targets(y, again), sample_weight)
        rows, validation = self._parts(rows, X_val, y_val)
        self._first: Ranges | None = None
        self._train(rows, validation, again, self.epochs, self.n_iter_ if again else 0)
        if self._still_better():
            text = f"training took all of {self.epochs} epochs and was still getting better: raise epochs"
            warnings.warn(text, ConvergenceWarning, stacklevel=2)
        return self

    def _still_better(self) -> bool:
        """Whether the epochs ran out while the best was among the last: within ``patience``, and a tenth of them."""
        last = max(1, min(self.patience, self.epochs // LATE))
        return self.stopped_by_ == EPOCHS and self.patience > 0 and self.n_iter_ - self.best_epoch_ < last

    def _partial_fit(self, X: Any, y: np.ndarray, sample_weight: Any, again: bool) -> Self:
        rows = self._weighed(X, y, sample_weight)
        if not again:
            warn_of_first(len(rows))
            self._first = ranges_of(rows.X)
        elif self._first is not None:
            warn_of_later(self._first, rows.X, self._names())
        return self._train(rows, None, again, 1)

    def _check_partial(self) -> None:
        self._check()
        if self.early_stopping:
            raise ValueError("early_stopping=True can't be used with partial_fit, which trains for one epoch only")
