"""Metrics: the same functions for training, validation and test rows."""

import numpy as np

from pipeline.data.targets import one_hot
from pipeline.nn.activations import ACTIVATIONS
from pipeline.nn.losses import LOSSES
from pipeline.nn.network import Architecture
from pipeline.training.model import Model, outputs_of

Array = np.ndarray
SCORES = {"classification": "validation/error", "regression": "validation/mse"}


def desired(model: Model, y: Array) -> Array:
    """Desired outputs d (rows, m_L) for class indices or real targets ``y`` (rows,)."""
    dtype = model.weights[0].dtype
    if model.targets is not None:
        return model.targets.apply(y[:, None], dtype)
    return one_hot(y, len(model.classes), ACTIVATIONS[model.architecture.activations[-1]].targets, dtype)


def loss_values(architecture: Architecture, outputs: Array, d: Array) -> Array:
    """The loss per example, (rows,), summed in float64 so that metrics don't drift with the number of rows."""
    return LOSSES[architecture.loss].values(outputs.astype(np.float64), d.astype(np.float64))


def measure(model: Model, x: Array, d: Array, y: Array) -> dict[str, float]:
    """Metrics of rows that are already encoded: x (rows, m_0+1), d (rows, m_L), y (rows,).

    Classification: loss, error (share misclassified), accuracy. Regression: loss (of the scaled target), and
    mse, rmse and r2 in the target's own units.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = outputs_of(model.architecture, model.weights, x)
        loss = float(loss_values(model.architecture, outputs, d).mean())
        found = model.decode(outputs)
        if model.targets is None:
            wrong = int((found != y).sum())
            return {"loss": loss, "error": wrong / len(y), "accuracy": (len(y) - wrong) / len(y)}
        mse = float(np.square(found - y).mean())
    variance = float(np.var(y))
    return {"loss": loss, "mse": mse, "rmse": mse**0.5, "r2": 1 - mse / variance if variance else 0.0}


def score(model: Model, X: Array, y: Array) -> dict[str, float]:
    """Metrics of raw rows X (rows, m_0) with labels or targets y (rows,)."""
    return measure(model, model.prepare(X), desired(model, y), y)
