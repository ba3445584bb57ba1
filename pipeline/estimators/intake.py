"""The way in: X and y as training and the network take them, by what the first rows were."""

import math
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from pipeline.estimators.accepted import check_present, numbers_of, table_of, targets_of, unmasked
from pipeline.estimators.columns import Columns, learn
from pipeline.estimators.filling import Filling, means_of
from pipeline.estimators.parameters import fills_gaps
from pipeline.feed.schema import MULTILABEL, NUMBER, REGRESSION, Schema
from pipeline.feed.sparsity import SparseRows
from pipeline.training.model import Model
from pipeline.training.readout import CHUNK

Array = np.ndarray


class Intake(BaseEstimator):
    """What an estimator learns of the form of X and y in its first rows, and holds all later ones against.

    Attributes:
        _columns: kinds and levels of a table's columns; None where X is an array of numbers. _columns_in: the names of
            all its columns, those that are left out too. _gappy: whether an array of numbers has gaps. _filling: what
            stands for gaps that the first rows had none of; None where preprocessing knows what to do with them.
    """

    task: ClassVar[str]
    model_: Model
    classes_: Array
    n_features_in_: int
    columns: Any
    image_shape: Any
    _columns: Columns | None
    _filling: Filling | None
    _gappy: bool
    _schemas: dict[Any, Schema]

    def _accepted(self, X: Any, y: Any, reset: bool) -> tuple[Any, Array]:
        """X as training takes it, an array or SparseRows, and y; what X's columns are is learned where ``reset``."""
        X = unmasked(X)
        check_present(y)
        table = table_of(self, X, y, reset, self._table_wanted(reset))
        if table is None:
            X, y = numbers_of(self, X, y, reset, self.task == REGRESSION)
        else:
            y = targets_of(self, y, self.task == REGRESSION)
            check_consistent_length(table, y)
        if reset:
            X = self._learn_form(X, table)
        elif table is not None and self._columns is not None:
            X = self._columns.read(table)
        elif self._filling is not None:
            X = self._filling.filled(X, self._names())
        shaped = self._shaped(y)
        return X, shaped

    def _learn_form(self, X: Any, table: Any) -> Any:
        """Learn what X is by its first rows; X as training takes it. A model for rows of another form is forgotten."""
        if hasattr(self, "model_"):
            del self.model_
        self._columns, self._filling = None, None
        self._schemas = {}
        if table is not None:
            self._columns, X = learn(table, self.columns or {})
            self._columns_in = tuple(table.column_names)
        self._gappy = table is None and not isinstance(X, SparseRows) and bool(np.isnan(X).any())
        known = table is not None or self._gappy or fills_gaps(self.get_params(deep=False))
        self._filling = None if known else Filling(means_of(X))
        return X

    def _table_wanted(self, reset: bool) -> bool:
        """Whether X is to be read by columns even where it holds numbers only."""
        return bool(self.columns) if reset else getattr(self, "_columns", None) is not None

    def _shaped(self, y: Any) -> Array:
        """y as (rows,), or (rows, targets) of several."""
        found: Array = column_or_1d(y, warn=True)
        return found

    def _encode(self, y: Array) -> Array:
        if y.dtype.kind in "mM":
            raise ValueError(f"y holds dates or durations ({y.dtype}), expected numbers: give it as days or seconds")
        try:
            return np.ascontiguousarray(y, np.float64)
        except (ValueError, TypeError) as error:
            raise ValueError(f"y: {error}; expected numbers, or BackpropClassifier for classes") from None

    def _dtype(self, X: Array) -> np.dtype:
        return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)

    def _names(self) -> tuple[str, ...]:
        if self._columns is not None:
            return self._columns.names
        return tuple(str(name) for name in getattr(self, "feature_names_in_", range(self.n_features_in_)))

    def _kinds(self) -> tuple[str, ...]:
        """The kind of each column, numbers where nothing else was said."""
        return self._columns.kinds if self._columns is not None else (NUMBER,) * len(self._names())

    def _schema(self, y: Array) -> Schema:
        """What the columns of X and the targets are; made once for each number of targets."""
        shape = None if self.image_shape is None else tuple(self.image_shape)
        key = y.shape[1:], shape
        if key not in self._schemas:
            self._schemas[key] = self._schema_of(y, shape)
        return self._schemas[key]

    def _schema_of(self, y: Array, shape: tuple[int, ...] | None) -> Schema:
        names = self._names()
        kinds = self._kinds() if self._columns is not None or self._gappy else ()
        levels = self._columns.levels if self._columns is not None else ((),) * len(kinds)
        classes = tuple(str(label) for label in getattr(self, "classes_", ()))
        targets = tuple(map(str, range(y.shape[1]))) if y.ndim > 1 else ()
        task = MULTILABEL if classes and targets else self.task
        if shape and math.prod(shape) != len(names):
            raise ValueError(f"image_shape={shape} is of {math.prod(shape)} numbers, and X has {len(names)} columns")
        return Schema(task, names, classes, shape, kinds, levels, targets)

    def _readout(self, X: Any) -> Array:
        check_is_fitted(self, "model_")
        X = unmasked(X)
        table = table_of(self, X, None, False, self._table_wanted(False))
        if table is not None and self._columns is not None:
            return self._answered(self._columns.read(table))
        X = numbers_of(self, X, None, False, False)[0]
        return self._answered(X if self._filling is None else self._filling.filled(X, self._names()))

    def _answered(self, X: Any) -> Array:
        """Readouts of all rows; of sparse ones, a few at a time."""
        pieces: list[Any] = [X]
        if isinstance(X, SparseRows):
            pieces = [X.take(slice(start, start + CHUNK)) for start in range(0, len(X), CHUNK)]
        return np.concatenate([self.model_.readout(piece) for piece in pieces])


def dense(y: Any) -> Array:
    """y, which may be sparse, as an array."""
    found: Array = y.toarray() if issparse(y) else y
    return found
