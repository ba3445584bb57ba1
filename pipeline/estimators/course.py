"""The course of a training: from settings and rows to a model that is kept, and on from there."""

import dataclasses
import functools
import warnings
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils import check_random_state

from pipeline.data.checks import counted
from pipeline.errors import Interrupted
from pipeline.estimators.apart import Apart
from pipeline.estimators.onward import check_lasting, same_rule
from pipeline.estimators.parameters import check_own, hyperparameters
from pipeline.feed.rows import Rows
from pipeline.feed.sparsity import SparseRows
from pipeline.feed.weighting import Weighting
from pipeline.training.fit import Outcome, fit
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.training import NOTHING, Given

Array = np.ndarray
DIVERGED = "diverged"


class Course(Apart):
    """What an estimator keeps of its training beside the model: enough to go on to the same bits."""

    score_of: ClassVar[tuple[str, ...]]  # the validation metrics of which validation_scores_ holds the first there is
    _copied = False  # by scikit-learn's clone, as searches do
    patience: Any
    callbacks: Any
    diagnostics: Any
    n_outputs_: Any

    def __sklearn_clone__(self) -> Self:
        made: Self = super().__sklearn_clone__()
        made._copied = True
        return made

    def _check(self) -> None:
        """Hold those parameters that are no settings against what they may be."""
        check_own(self._given())

    @classmethod
    @functools.cache
    def _get_param_names(cls) -> list[str]:
        names: list[str] = super()._get_param_names()
        return names

    def _given(self) -> dict[str, Any]:
        """The parameters by name."""
        return {name: getattr(self, name) for name in self._get_param_names()}

    def _train(self, rows: Rows, validation: Rows | None, again: bool, epochs: int, before: int = 0) -> Self:
        """Train for so many epochs; a schedule by name spans those ``before`` as well.

        Raises:
            Interrupted: Ctrl-C ended it in a copy; what it came to is kept all the same.
        """
        settings = self._settings(rows, epochs, again, before)
        if not (again and hasattr(self, "_random")):
            self._random = check_random_state(self.random_state)
        if not again:
            self.history_: dict[str, list[float]] = {}
            self.n_iter_ = self.t_ = 0
        trained, lengths = self.n_iter_, {name: len(values) for name, values in self.history_.items()}
        start = self._start(settings, validation) if again else NOTHING
        settings = dataclasses.replace(settings, seed=int(self._random.randint(2**31 - 1)))
        schema = self._schema(rows.y)
        try:
            outcome = fit(settings, rows, validation, schema, self._note, start, diagnostics=self.diagnostics)
            if outcome.status == DIVERGED:
                raise ValueError(f"training diverged: {outcome.reason}; lower learning_rate, or set clip")
        except BaseException:
            self.n_iter_ = trained
            self.history_ = {name: self.history_[name][:length] for name, length in lengths.items()}
            raise
        self.t_ += len(rows) * outcome.epochs
        self._trained_by = settings
        self._keep(outcome, validation is not None, trained)
        if outcome.asked:
            self._interrupted()
        return self

    def _interrupted(self) -> None:
        """Say what Ctrl-C left; in a copy, which a search or a cross-validation made, end that as well."""
        kept = self.best_epoch_ if self.model_ is not self._last else self.n_iter_
        text = f"stopped by Ctrl-C after epoch {self.n_iter_}: the model of epoch {kept} is kept"
        if self._copied:
            raise Interrupted(text)
        warnings.warn(text, stacklevel=4)

    def _settings(self, rows: Rows, epochs: int, again: bool, before: int) -> Hyperparameters:
        """The resolved settings; those of a network that goes on are held against what it is."""
        given = {**self._given(), "weighting": self._weighting(rows.y)}
        dtype = self._last.weights[0].dtype if again else self._dtype(rows.X)
        found = hyperparameters(given, epochs, len(rows), dtype, self._schema(rows.y), before)
        X: Any = rows.X
        if isinstance(X, SparseRows) and found.augmentation.active:
            raise ValueError("augmentation can't be used on sparse X: make it dense, or set augmentation=None")
        if again:
            self._check_targets(rows.y)
            check_lasting(found, self._trained_by)
        return found

    def _check_targets(self, y: Array) -> None:
        found, expected = self._schema(y).outputs, self.n_outputs_
        if found != expected:
            raise ValueError(f"y has {counted(found, 'target')}, expected {expected}: as many as before")

    def _start(self, settings: Hyperparameters, validation: Rows | None) -> Given:
        """Where the last training stopped; another rule begins with moments, scales or means of its own."""
        state = self._state if same_rule(settings, self._trained_by) else None
        same = self._watched.startswith("train/") == (validation is None)
        scores = self.history_[self._watched] if same else []
        return Given(model=self._last, state=state, epochs=self.n_iter_, scores=tuple(scores))

    def _note(self, epoch: int, record: dict[str, float]) -> bool:
        self.n_iter_ += 1
        for name, value in {"epoch": self.n_iter_, **record}.items():
            self.history_.setdefault(name, []).append(value)
        answers = [callback(epoch, record) for callback in self.callbacks]
        return any(answers)

    def _keep(self, outcome: Outcome, validated: bool, before: int) -> None:
        assert outcome.model is not None
        assert outcome.last is not None
        self.model_ = outcome.model if validated or self.patience else outcome.last
        self._last, self._state, self._watched = outcome.last, outcome.state, outcome.metric
        self.stopped_by_, self.best_epoch_ = outcome.stopped_by, before + outcome.best_epoch
        names = [f"validation/{name}" for name in self.score_of]
        self.validation_scores_ = next((self.history_[name] for name in names if name in self.history_), None)

    def _weighting(self, y: Array) -> Weighting:
        return Weighting()

    def _learn_targets(self, y: Array, again: bool) -> Array:
        return self._encode(y)
