"""Metrics: the same functions for training, validation and test rows."""

import numpy as np

from pipeline.feed.targets import one_hot
from pipeline.nn.losses import LOSSES, SQUARED_ERROR
from pipeline.nn.network import Architecture
from pipeline.training.model import Model

Array = np.ndarray
SCORES = {"classification": "validation/error", "regression": "validation/mse"}
# What cross-validation averages over its trials (notes §5).
SQUARED_ERRORS = {"classification": "validation/squared_error", "regression": "validation/mse"}


def desired(model: Model, y: Array) -> Array:
    """Desired outputs d (rows, m_L) for class indices or real targets ``y`` (rows,)."""
    dtype = model.weights[0].dtype
    if model.targets is not None:
        return model.targets.apply(y[:, None], dtype)
    return one_hot(y, len(model.classes), model.values, dtype)


def loss_values(architecture: Architecture, outputs: Array, d: Array) -> Array:
    """The loss per example, (rows,), summed in float64 so that metrics don't drift with the number of rows."""
    return LOSSES[architecture.loss].values(outputs.astype(np.float64), d.astype(np.float64))


def measure(model: Model, outputs: Array, d: Array, y: Array) -> dict[str, float]:
    """Metrics of rows by the network's outputs (rows, m_L), the desired ones d (rows, m_L), and y (rows,).

    Classification: loss, error (share misclassified), accuracy, and the average squared error 1/(2N) Σ‖d − y‖².
    Regression: loss (of the scaled target), and mse, rmse and r2 in the target's own units.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        loss = float(loss_values(model.architecture, outputs, d).mean())
        found = model.decode(outputs)
        if model.targets is None:
            wrong = int((found != y).sum())
            squared = float(SQUARED_ERROR.values(outputs.astype(np.float64), d.astype(np.float64)).mean())
            shares = {"error": wrong / len(y), "accuracy": (len(y) - wrong) / len(y)}
            return {"loss": loss, **shares, "squared_error": squared}
        mse = float(np.square(found - y).mean())
    variance = float(np.var(y))
    return {"loss": loss, "mse": mse, "rmse": mse**0.5, "r2": 1 - mse / variance if variance else 0.0}


def score(model: Model, X: Array, y: Array) -> dict[str, float]:
    """Metrics of raw rows X (rows, m_0) with labels or targets y (rows,)."""
    return measure(model, model.scores(X), desired(model, y), y)
