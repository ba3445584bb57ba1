"""What both estimators share: the way from arrays to a trained model."""

import dataclasses
import inspect
import warnings
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pipeline.estimators.parameters import PARAMETERS, hyperparameters, signature
from pipeline.feed.rows import Rows
from pipeline.feed.schema import MULTILABEL, REGRESSION, Schema
from pipeline.feed.weighting import Weighting
from pipeline.training.fit import Outcome, fit
from pipeline.training.training import Given

Array = np.ndarray


class Backprop(BaseEstimator):
    """What both estimators share; see BackpropClassifier for the parameters."""

    task: ClassVar[str]
    score_of: ClassVar[tuple[str, ...]]  # the validation metrics of which validation_scores_ holds the first there is

    def __init__(self, hidden: Sequence[int] = PARAMETERS["hidden"], **parameters: Any) -> None:
        unknown = parameters.keys() - PARAMETERS.keys()
        if unknown:
            known = ", ".join(inspect.signature(type(self)).parameters)
            raise TypeError(f"{type(self).__name__} has no parameter {min(unknown)!r}: it has {known}")
        for name, value in {**PARAMETERS, "hidden": hidden, **parameters}.items():
            setattr(self, name, value)

    __init__.__signature__ = signature()  # type: ignore[attr-defined]

    def fit(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None, sample_weight: Any = None) -> Self:
        """Train on X (rows, features) and y, (rows,) or, of several targets or labels, (rows, targets).

        Args:
            X_val, y_val: rows to validate on; the weights of the epoch with the best score on them are kept, and
                ``patience`` counts by it. Without them training is watched by its own loss.
            sample_weight: (rows,) share of each row in E; a weight of 2 is worth the same row twice.

        Raises:
            ValueError: a parameter or the data are not as they must be, or the training diverged.
        """
        again = self.warm_start and hasattr(self, "model_")
        X, y = self._rows(X, y, reset=not again)
        y = self._learn_targets(y, again)
        return self._train(X, y, self._validation(X_val, y_val, y.shape[1:]), sample_weight, again, self.epochs)

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, again: bool) -> Self:
        return self._train(X, y, None, sample_weight, again, 1)

    def _train(self, X: Array, y: Array, validation: Rows | None, sample_weight: Any, again: bool, epochs: int) -> Self:
        rows = self._weighed(X, y, sample_weight)
        schema = self._schema(y)
        given = {**self.get_params(deep=False), "weighting": self._weighting()}
        settings = hyperparameters(given, epochs, len(rows), self._dtype(X), schema)
        if not (again and hasattr(self, "_random")):
            self._random = check_random_state(self.random_state)
        settings = dataclasses.replace(settings, seed=int(self._random.randint(2**31 - 1)))
        start = Given(model=self._last, state=self._state) if again else Given()
        if not again or not hasattr(self, "history_"):
            self.history_: dict[str, list[float]] = {}
            self.n_iter_ = 0
        outcome = fit(settings, rows, validation, schema, self._note, start, diagnostics=self.diagnostics)
        if outcome.asked:
            kept = outcome.best_epoch if validation is not None or self.patience else outcome.epochs
            text = f"stopped by Ctrl-C after epoch {outcome.epochs}: the model of epoch {kept} is kept"
            warnings.warn(text, stacklevel=3)
        elif outcome.status != "finished":
            raise ValueError(f"training diverged: {outcome.reason}; lower learning_rate, or set clip")
        return self._keep(outcome, validation is not None)

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
        self._last, self._state = outcome.last, outcome.state
        self.stopped_by_, self.best_epoch_ = outcome.stopped_by, outcome.best_epoch
        self.loss_curve_ = self.history_["train/loss"]
        self.loss_ = self.loss_curve_[-1]
        names = [f"validation/{name}" for name in self.score_of]
        self.validation_scores_ = next((self.history_[name] for name in names if name in self.history_), None)
        return self

    def _rows(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        X, y = validate_data(
            self,
            X,
            y,
            reset=reset,
            dtype=(np.float64, np.float32),
            multi_output=True,
            y_numeric=self.task == REGRESSION,
        )
        return X, self._shaped(y)

    def _shaped(self, y: Any) -> Array:
        """y as (rows,), or (rows, targets) of several."""
        found: Array = column_or_1d(y, warn=True)
        return found

    def _validation(self, X_val: Any, y_val: Any, targets: tuple[int, ...]) -> Rows | None:
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together: give both, or neither")
        if X_val is None:
            return None
        X, y = self._rows(X_val, y_val, reset=False)
        if y.shape[1:] != targets:
            raise ValueError(f"y_val has the shape {y.shape}, expected {(len(y), *targets)}: as many targets as y")
        return Rows(X, self._encode(y))

    def _weighed(self, X: Array, y: Array, sample_weight: Any) -> Rows:
        """Rows with their weights, those of weight 0 left out."""
        if sample_weight is None:
            return Rows(X, y)
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        used = weights > 0
        return Rows(X[used], y[used], importance=weights[used])

    def _weighting(self) -> Weighting:
        return Weighting()

    def _dtype(self, X: Array) -> np.dtype:
        return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)

    def _schema(self, y: Array) -> Schema:
        features = tuple(str(name) for name in getattr(self, "feature_names_in_", range(self.n_features_in_)))
        classes = tuple(str(label) for label in getattr(self, "classes_", ()))
        targets = tuple(map(str, range(y.shape[1]))) if y.ndim > 1 else ()
        task = MULTILABEL if classes and targets else self.task
        return Schema(task, features, classes, self.image_shape, targets=targets)

    def _learn_targets(self, y: Array, again: bool) -> Array:
        return y.astype(np.float64)

    def _encode(self, y: Array) -> Array:
        return y.astype(np.float64)

    def _readout(self, X: Any) -> Array:
        check_is_fitted(self, "model_")
        X = validate_data(self, X, reset=False, dtype=(np.float64, np.float32))
        return self.model_.readout(X)
