"""What both estimators share: parameters, their checks, and the way from arrays to a trained model."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pipeline.feed.augmentation import Augmentation
from pipeline.feed.preprocessing import PREPROCESSING
from pipeline.feed.sampling import SAMPLING
from pipeline.feed.schema import CLASSIFICATION, REGRESSION, Schema
from pipeline.nn.initializers import INITIALIZERS
from pipeline.nn.losses import LOSSES
from pipeline.nn.optimizers import OPTIMIZERS, Rules
from pipeline.nn.regularizers import Penalty
from pipeline.nn.schedules import RATE_SCHEMES, SCHEDULES, Schedule
from pipeline.training.fit import Given, Rows, fit
from pipeline.training.heads import AUTO, head
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.loop import ENGINES, Plan
from pipeline.training.outcome import Outcome
from pipeline.training.stopping import Limits

Array = np.ndarray
Callback = Callable[[int, dict[str, float]], bool | None]

# (least, whether it is allowed, below) of each number; names that look up a table come after.
RANGES = {
    "learning_rate": (0, False, np.inf),
    **dict.fromkeys(("momentum", "beta1", "beta2", "dropout", "input_dropout"), (0, True, 1)),
    **dict.fromkeys(("clip", "weight_decay", "l1", "components", "patience", "gradient_norm"), (0, True, np.inf)),
    **dict.fromkeys(("error_change", "seconds"), (0, True, np.inf)),
    **dict.fromkeys(("epsilon", "sigma"), (0, False, np.inf)),
    "epochs": (1, True, np.inf),
}
TABLES: dict[str, Any] = {
    "optimizer": OPTIMIZERS,
    "initializer": INITIALIZERS,
    "preprocessing": PREPROCESSING,
    "sampling": SAMPLING,
    "layer_rates": RATE_SCHEMES,
    "engine": ENGINES,
    "loss": (AUTO, *LOSSES),
}


class Backprop(BaseEstimator):
    """What both estimators share; see BackpropClassifier for the parameters."""

    task: ClassVar[str]
    score_of: ClassVar[str]  # the validation metric that validation_scores_ holds

    def __init__(
        self,
        hidden: Sequence[int] = (100,),
        *,
        activation: str | Sequence[str] = "lecun_tanh",
        output: str = AUTO,
        loss: str = AUTO,
        guard: float | None = None,
        optimizer: str = "adam",
        learning_rate: float = 0.01,
        momentum: float = 0.9,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        clip: float = 0.0,
        batch_size: int | str = "auto",
        schedule: str | Schedule = "constant",
        layer_rates: str = "equal",
        rate_factors: Sequence[float] = (),
        weight_decay: float = 0.0,
        l1: float = 0.0,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        initializer: str = "fan_in",
        sigma: float = 0.1,
        preprocessing: str = "standardize",
        components: float = 0.0,
        sampling: str = "uniform",
        augmentation: Augmentation | None = None,
        image_shape: tuple[int, ...] | None = None,
        epochs: int = 200,
        patience: int = 0,
        gradient_norm: float = 0.0,
        error_change: float = 0.0,
        seconds: float = 0.0,
        engine: str = "compiled",
        diagnostics: bool = False,
        warm_start: bool = False,
        callbacks: Sequence[Callback] = (),
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.output = output
        self.loss = loss
        self.guard = guard
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.clip = clip
        self.batch_size = batch_size
        self.schedule = schedule
        self.layer_rates = layer_rates
        self.rate_factors = rate_factors
        self.weight_decay = weight_decay
        self.l1 = l1
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.initializer = initializer
        self.sigma = sigma
        self.preprocessing = preprocessing
        self.components = components
        self.sampling = sampling
        self.augmentation = augmentation
        self.image_shape = image_shape
        self.epochs = epochs
        self.patience = patience
        self.gradient_norm = gradient_norm
        self.error_change = error_change
        self.seconds = seconds
        self.engine = engine
        self.diagnostics = diagnostics
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.random_state = random_state

    def fit(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None, sample_weight: Any = None) -> Self:
        """Train on X (rows, features) and y (rows,).

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
        return self._train(X, y, self._validation(X_val, y_val), sample_weight, again, self.epochs)

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, again: bool) -> Self:
        return self._train(X, y, None, sample_weight, again, 1)

    def _train(self, X: Array, y: Array, validation: Rows | None, sample_weight: Any, again: bool, epochs: int) -> Self:
        X, y, importance = self._weighed(X, y, sample_weight)
        settings = self._hyperparameters(X, epochs)
        if not (again and hasattr(self, "_random")):
            self._random = check_random_state(self.random_state)
        settings = dataclasses.replace(settings, seed=int(self._random.randint(2**31 - 1)))
        given = Given(model=self._last, state=self._state) if again else Given()
        if not again or not hasattr(self, "history_"):
            self.history_: dict[str, list[float]] = {}
            self.n_iter_ = 0
        outcome = fit(settings, Rows(X, y, importance), validation, self._schema(), self._note, given)
        if outcome.status != "finished":
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
        self.validation_scores_ = self.history_.get(f"validation/{self.score_of}")
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
        return X, column_or_1d(y, warn=True)

    def _validation(self, X_val: Any, y_val: Any) -> Rows | None:
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together: give both, or neither")
        if X_val is None:
            return None
        X, y = self._rows(X_val, y_val, reset=False)
        return Rows(X, self._encode(y))

    def _weighed(self, X: Array, y: Array, sample_weight: Any) -> tuple[Array, Array, Array | None]:
        """Rows of weight 0 left out; the other weights scaled to mean 1."""
        balance = self._class_weights(y)
        if sample_weight is None and balance is None:
            return X, y, None
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        weights = weights if balance is None else weights * balance
        used = weights > 0
        importance = weights[used] / weights[used].mean()
        return X[used], y[used], importance.astype(self._dtype(X))

    def _class_weights(self, y: Array) -> Array | None:
        return None

    def _dtype(self, X: Array) -> np.dtype:
        return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)

    def _hyperparameters(self, X: Array, epochs: int) -> Hyperparameters:
        self._check_parameters()
        output, loss = head(self.output, self.loss, self.task == CLASSIFICATION)
        names = [self.activation] * len(self.hidden) if isinstance(self.activation, str) else list(self.activation)
        if len(names) != len(self.hidden):
            raise ValueError(f"activation names {len(names)} functions for {len(self.hidden)} hidden layers")
        batch = min(200, len(X)) if self.batch_size == "auto" else int(self.batch_size)
        moving = self.momentum if self.optimizer in ("momentum", "nesterov") else 0.0
        schedule = self.schedule if isinstance(self.schedule, Schedule) else Schedule(self.schedule, epochs=self.epochs)
        return Hyperparameters(
            hidden=tuple(int(units) for units in self.hidden),
            activations=tuple(names),
            output=output,
            loss=loss,
            plan=Plan(self.learning_rate, batch, self.dropout, self.input_dropout, self.engine),
            limits=Limits(epochs, self.patience, self.gradient_norm, self.error_change, self.seconds),
            seed=0,
            dtype=self._dtype(X).name,
            guard=self.guard,
            initializer=self.initializer,
            sigma=self.sigma,
            preprocessing=self.preprocessing,
            components=self.components,
            rules=Rules(self.optimizer, moving, self.beta1, self.beta2, self.epsilon, self.clip),
            penalty=Penalty(self.weight_decay, self.l1),
            schedule=schedule,
            layer_rates=self.layer_rates,
            rate_factors=tuple(self.rate_factors),
            sampling=self.sampling,
            augmentation=self.augmentation or Augmentation(),
            diagnostics=self.diagnostics,
        )

    def _check_parameters(self) -> None:
        for name, (least, included, below) in RANGES.items():
            value = getattr(self, name)
            if not (least < value < below or (included and value == least)):
                bound = (
                    f"{'at least' if included else 'above'} {least}{'' if below == np.inf else f' and below {below}'}"
                )
                raise ValueError(f"{name}={value!r} is not allowed: it must be {bound}")
        for name, table in TABLES.items():
            if getattr(self, name) not in table:
                raise ValueError(f"{name}={getattr(self, name)!r} is not allowed: it must be one of {', '.join(table)}")
        if isinstance(self.schedule, str) and self.schedule not in SCHEDULES:
            raise ValueError(f"schedule={self.schedule!r} is not allowed: it must be one of {', '.join(SCHEDULES)}")
        if self.batch_size != "auto" and not (isinstance(self.batch_size, int | np.integer) and self.batch_size >= 0):
            raise ValueError(f"batch_size={self.batch_size!r} is not allowed: it must be 'auto', 0 for all, or more")
        if any(units < 1 for units in self.hidden):
            raise ValueError(f"hidden={self.hidden!r} is not allowed: each layer needs at least 1 unit")

    def _schema(self) -> Schema:
        features = tuple(str(name) for name in getattr(self, "feature_names_in_", range(self.n_features_in_)))
        classes = tuple(str(label) for label in getattr(self, "classes_", ()))
        return Schema(self.task, features, classes, self.image_shape)

    def _learn_targets(self, y: Array, again: bool) -> Array:
        return y.astype(np.float64)

    def _encode(self, y: Array) -> Array:
        return y.astype(np.float64)

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self, "model_")
        X = validate_data(self, X, reset=False, dtype=(np.float64, np.float32))
        return self.model_.scores(X)
