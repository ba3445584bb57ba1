"""What both estimators share: the way from arrays and tables to a trained model."""

import dataclasses
import inspect
import math
import warnings
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_consistent_length, check_random_state, column_or_1d
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from pipeline.data.checks import counted
from pipeline.errors import HoldoutError, Interrupted
from pipeline.estimators.accepted import numbers_of, table_of, targets_of
from pipeline.estimators.columns import Columns, learn
from pipeline.estimators.familiar import hint
from pipeline.estimators.learned import ReadOff
from pipeline.estimators.parameters import PARAMETERS, check_own, fills_gaps, hyperparameters, signature
from pipeline.estimators.ranges import (
    NOT_TRANSFORMED,
    Ranges,
    ranges_of,
    warn_of_first,
    warn_of_later,
    warn_of_validation,
)
from pipeline.estimators.sparse import PIECE, SparseRows, rows_of
from pipeline.feed.dealing import split
from pipeline.feed.equality import same_rows
from pipeline.feed.rows import Rows
from pipeline.feed.schema import MULTILABEL, NUMBER, REGRESSION, Schema
from pipeline.feed.weighting import Weighting
from pipeline.training.fit import Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.training import NOTHING, Given

Array = np.ndarray
LASTING = ("network", "preprocessing", "ensemble")  # sections that a network can't change while it goes on
EPOCHS = "epochs"
PARTS = 2


class Backprop(ReadOff, BaseEstimator):
    """What both estimators share; see BackpropClassifier for the parameters."""

    task: ClassVar[str]
    _copied = False  # by scikit-learn's clone, as searches do
    score_of: ClassVar[tuple[str, ...]]  # the validation metrics of which validation_scores_ holds the first there is

    def __init__(self, hidden: int | Sequence[int] = PARAMETERS["hidden"], **parameters: Any) -> None:
        unknown = parameters.keys() - PARAMETERS.keys()
        if unknown:
            known = ", ".join(inspect.signature(type(self)).parameters)
            name = min(unknown)
            raise TypeError(f"{type(self).__name__} has no parameter {name!r}{hint(name)}; it has {known}")
        for name, value in {**PARAMETERS, "hidden": hidden, **parameters}.items():
            setattr(self, name, value)

    __init__.__signature__ = signature()  # type: ignore[attr-defined]

    def __sklearn_clone__(self) -> Self:
        made: Self = super().__sklearn_clone__()
        made._copied = True
        return made

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters by name, as scikit-learn's estimators do."""
        for name in parameters.keys() - self.get_params(deep=False).keys():
            if hint(name):
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}{hint(name)}")
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
        check_own(self.get_params(deep=False))
        again = self.warm_start and hasattr(self, "model_")
        X, y = self._accepted(X, y, reset=not again)
        rows = self._weighed(X, self._learn_targets(y, again), sample_weight)
        rows, validation = self._parts(rows, X_val, y_val)
        self._first: Ranges | None = None
        self._train(rows, validation, again, self.epochs, self.n_iter_ if again else 0)
        if self.stopped_by_ == EPOCHS and self.patience:
            text = f"training took all of {self.epochs} epochs and was still getting better: raise epochs"
            warnings.warn(text, ConvergenceWarning, stacklevel=2)
        return self

    def _partial_fit(self, X: Any, y: Array, sample_weight: Any, again: bool) -> Self:
        rows = self._weighed(X, y, sample_weight)
        if not again:
            warn_of_first(len(rows))
            self._first = ranges_of(rows.X)
        elif self._first is not None:
            warn_of_later(self._first, rows.X, self._names())
        return self._train(rows, None, again, 1)

    def _check_partial(self) -> None:
        check_own(self.get_params(deep=False))
        if self.early_stopping:
            raise ValueError("early_stopping=True can't be used with partial_fit, which trains for one epoch only")

    def _train(self, rows: Rows, validation: Rows | None, again: bool, epochs: int, before: int = 0) -> Self:
        """Train for so many epochs; a schedule by name spans those ``before`` as well."""
        settings = self._settings(rows, epochs, again, before)
        if not (again and hasattr(self, "_random")):
            self._random = check_random_state(self.random_state)
        if not again:
            self.history_: dict[str, list[float]] = {}
            self.n_iter_ = self.t_ = 0
        start = self._start(settings, validation) if again else NOTHING
        settings = dataclasses.replace(settings, seed=int(self._random.randint(2**31 - 1)))
        schema = self._schema(rows.y)
        outcome = fit(settings, rows, validation, schema, self._note, start, diagnostics=self.diagnostics)
        if outcome.model is None:
            raise ValueError(f"training diverged: {outcome.reason}; lower learning_rate, or set clip")
        self.t_ += len(rows) * outcome.epochs
        self._trained_by = settings
        self._keep(outcome, validation is not None)
        if outcome.asked:
            self._interrupted(outcome, validation is not None)
        return self

    def _interrupted(self, outcome: Outcome, validated: bool) -> None:
        """Say what Ctrl-C left; in a copy, which a search or a cross-validation made, end that as well."""
        kept = outcome.best_epoch if validated or self.patience else outcome.epochs
        text = f"stopped by Ctrl-C after epoch {outcome.epochs}: the model of epoch {kept} is kept"
        if self._copied:
            raise Interrupted(text)
        warnings.warn(text, stacklevel=4)

    def _settings(self, rows: Rows, epochs: int, again: bool, before: int) -> Hyperparameters:
        """The resolved settings; those of a network that goes on are held against what it is."""
        given = {**self.get_params(deep=False), "weighting": self._weighting()}
        dtype = self._last.weights[0].dtype if again else self._dtype(rows.X)
        found = hyperparameters(given, epochs, len(rows), dtype, self._schema(rows.y), before)
        X: Any = rows.X
        if isinstance(X, SparseRows) and found.augmentation.active:
            raise ValueError("augmentation can't be used on sparse X: make it dense, or set augmentation=None")
        if again:
            self._check_targets(rows.y)
            self._check_lasting(found)
        return found

    def _check_targets(self, y: Array) -> None:
        found, expected = self._schema(y).outputs, self.n_outputs_
        if found != expected:
            raise ValueError(f"y has {counted(found, 'target')}, expected {expected}: as many as before")

    def _check_lasting(self, settings: Hyperparameters) -> None:
        for section in LASTING:
            now, before = getattr(settings, section), getattr(self._trained_by, section)
            for field in dataclasses.fields(now):
                new, old = getattr(now, field.name), getattr(before, field.name)
                if new != old:
                    name = section if field.name == "name" else field.name
                    raise ValueError(
                        f"{name}={new} can't go on with a network that was trained with {name}={old}: set it back, or "
                        "fit anew with warm_start=False"
                    )

    def _start(self, settings: Hyperparameters, validation: Rows | None) -> Given:
        """Where the last training stopped; another rule begins with moments, scales or means of its own."""
        state = self._state if _rule(settings) == _rule(self._trained_by) else None
        same = self._watched.startswith("train/") == (validation is None)
        scores = self.history_[self._watched] if same else []
        return Given(model=self._last, state=state, epochs=self.n_iter_, scores=tuple(scores))

    def _note(self, epoch: int, record: dict[str, float]) -> bool:
        self.n_iter_ += 1
        for name, value in {"epoch": self.n_iter_, **record}.items():
            self.history_.setdefault(name, []).append(value)
        answers = [callback(epoch, record) for callback in self.callbacks]
        return any(answers)

    def _keep(self, outcome: Outcome, validated: bool) -> Self:
        assert outcome.model is not None
        assert outcome.last is not None
        self.model_ = outcome.model if validated or self.patience else outcome.last
        self._last, self._state, self._watched = outcome.last, outcome.state, outcome.metric
        self.stopped_by_, self.best_epoch_ = outcome.stopped_by, outcome.best_epoch
        names = [f"validation/{name}" for name in self.score_of]
        self.validation_scores_ = next((self.history_[name] for name in names if name in self.history_), None)
        return self

    def _accepted(self, X: Any, y: Any, reset: bool) -> tuple[Any, Array]:
        """X as training takes it, an array or SparseRows, and y; what X's columns are is learned where ``reset``."""
        table = table_of(self, X, y, reset, self._table_wanted(reset))
        if table is None:
            X, y = numbers_of(self, X, y, reset, self._gaps_allowed(reset), self.task == REGRESSION)
        else:
            y = targets_of(self, y, self.task == REGRESSION)
        if reset:
            self._columns: Columns | None = None
        if table is not None and reset:
            self._columns, X = learn(table, self.columns or {})
            self._columns_in = tuple(table.column_names)
        elif table is not None:
            assert self._columns is not None
            X = self._columns.read(table)
        if reset:
            self._gappy = table is None and not isinstance(X, SparseRows) and bool(np.isnan(X).any())
        check_consistent_length(X, y)
        return X, self._shaped(y)

    def _table_wanted(self, reset: bool) -> bool:
        """Whether X is to be read by columns even where it holds numbers only."""
        return bool(self.columns) if reset else getattr(self, "_columns", None) is not None

    def _gaps_allowed(self, reset: bool) -> bool:
        return reset or self._gappy or fills_gaps(self.get_params(deep=False))

    def _shaped(self, y: Any) -> Array:
        """y as (rows,), or (rows, targets) of several."""
        found: Array = column_or_1d(y, warn=True)
        return found

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
        names = self._names()
        kinds = self._columns.kinds if self._columns else (NUMBER,) * len(names)
        warn_of_validation(rows.X, X, [j for j, kind in enumerate(kinds) if kind == NUMBER], names)
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
            raise ValueError(f"early_stopping=True, validation_fraction={share}: {error}; or give X_val") from None
        kept, held = (_taken(rows, indices) for indices in parts)
        return kept, held

    def _weighed(self, X: Any, y: Array, sample_weight: Any) -> Rows:
        """Rows with their weights, those of weight 0 left out."""
        if sample_weight is None:
            return Rows(X, y)
        weights = _check_sample_weight(sample_weight, y, dtype=np.float64, ensure_non_negative=True)
        used = np.flatnonzero(weights > 0)
        return _taken(Rows(X, y, importance=weights), used)

    def _weighting(self) -> Weighting:
        return Weighting()

    def _dtype(self, X: Array) -> np.dtype:
        return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)

    def _names(self) -> tuple[str, ...]:
        if self._columns is not None:
            return self._columns.names
        return tuple(str(name) for name in getattr(self, "feature_names_in_", range(self.n_features_in_)))

    def _schema(self, y: Array) -> Schema:
        names, columns = self._names(), self._columns
        kinds = columns.kinds if columns else (NUMBER,) * len(names) if self._gappy else ()
        levels = columns.levels if columns else ((),) * len(kinds)
        classes = tuple(str(label) for label in getattr(self, "classes_", ()))
        targets = tuple(map(str, range(y.shape[1]))) if y.ndim > 1 else ()
        task = MULTILABEL if classes and targets else self.task
        shape = None if self.image_shape is None else tuple(self.image_shape)
        if shape and math.prod(shape) != len(names):
            raise ValueError(f"image_shape={shape} is of {math.prod(shape)} numbers, and X has {len(names)} columns")
        return Schema(task, names, classes, shape, kinds, levels, targets)

    def _learn_targets(self, y: Array, again: bool) -> Array:
        return self._encode(y)

    def _encode(self, y: Array) -> Array:
        return np.ascontiguousarray(y, np.float64)

    def _readout(self, X: Any) -> Array:
        check_is_fitted(self, "model_")
        table = table_of(self, X, None, False, self._table_wanted(False))
        if table is not None and self._columns is not None:
            return self._answered(self._columns.read(table))
        X = numbers_of(self, X, None, False, self._gaps_allowed(False), False)[0]
        return self._answered(X)

    def _answered(self, X: Any) -> Array:
        """Readouts of all rows; of sparse ones, a few at a time."""
        pieces = [X]
        if isinstance(X, SparseRows):
            pieces = [X[start : start + PIECE] for start in range(0, len(X), PIECE)]
        return np.concatenate([self.model_.readout(piece) for piece in pieces])


def _rule(settings: Hyperparameters) -> tuple[Any, ...]:
    """What decides which numbers a training keeps beside the weights."""
    return settings.optimizer.name, settings.optimizer.input_scale > 0, settings.averaging.name


def _taken(rows: Rows, indices: Array) -> Rows:
    importance = None if rows.importance is None else rows.importance[indices]
    return Rows(rows_of(rows.X, indices), rows.y[indices], importance=importance)


def dense(y: Any) -> Array:
    """y, which may be sparse, as an array."""
    found: Array = y.toarray() if issparse(y) else y
    return found
