"""What training gave, under the names that scikit-learn's own networks have for it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import NotFittedError

from pipeline.training.model import Model

Array = np.ndarray
# What fit leaves behind beside the properties below.
SET = ("model_", "history_", "n_iter_", "t_", "best_epoch_", "stopped_by_", "validation_scores_", "classes_")


# What others have under these names, and where it is here.
OTHERWISE = {
    "predict_proba": "outputs under loss='squared_error' are no probabilities; use loss='auto'",
    "predict_log_proba": "outputs under loss='squared_error' are no probabilities; use loss='auto'",
    "decision_function": "use predict_log_proba",
    "coef_": "the weights of each layer are in coefs_",
    "feature_importances_": "use sklearn.inspection.permutation_importance",
}


class ReadOff:
    """Attributes of a fitted network that are read off its model and its history."""

    model_: Model
    history_: dict[str, list[float]]
    validation_scores_: list[float] | None

    @property
    def coefs_(self) -> list[Array]:
        """Of each layer (fan-in, units), for the inputs as preprocessing makes them; of an ensemble (members, …)."""
        return [w[..., 1:].swapaxes(-1, -2) for w in self.model_.weights]

    @property
    def intercepts_(self) -> list[Array]:
        """Of each layer (units,); of an ensemble (members, units)."""
        return [w[..., 0] for w in self.model_.weights]

    @property
    def out_activation_(self) -> str:
        """Name of the output units' activation."""
        return str(self.model_.architecture.activations[-1])

    @property
    def n_layers_(self) -> int:
        """Layers, those of inputs and outputs among them."""
        return len(self.model_.architecture.sizes)

    @property
    def n_outputs_(self) -> int:
        """Output units: one for each class, label or target."""
        return int(self.model_.architecture.sizes[-1])

    @property
    def loss_curve_(self) -> list[float]:
        """Training loss after each epoch, without penalties."""
        return self.history_["train/loss"]

    @property
    def loss_(self) -> float:
        """Training loss after the last epoch."""
        return self.loss_curve_[-1]

    @property
    def best_loss_(self) -> float:
        """The least training loss of any epoch."""
        return min(self.loss_curve_)

    @property
    def best_validation_score_(self) -> float | None:
        """The largest of ``validation_scores_``; None without X_val."""
        return None if self.validation_scores_ is None else max(self.validation_scores_)

    if not TYPE_CHECKING:  # else every name would be known

        def __getattr__(self, name: str) -> Any:
            """Of what fit leaves behind, say that it does.

            Raises:
                NotFittedError: an AttributeError, as hasattr expects.
            """
            kind = type(self).__name__
            if "model_" not in self.__dict__ and (name in SET or isinstance(vars(ReadOff).get(name), property)):
                raise NotFittedError(f"this {kind} is not fitted yet: {name} is there after fit")
            said = f": {OTHERWISE[name]}" if name in OTHERWISE else ""
            raise AttributeError(f"{kind!r} object has no attribute {name!r}{said}")
