"""Metrics: the same functions for training, validation and test rows, each a mean over rows by their weights."""

from collections.abc import Callable

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.feed.schema import CLASSIFICATION, MULTILABEL, REGRESSION, Schema
from pipeline.feed.targets import columns, marked, one_hot
from pipeline.nn.losses import LOSSES, SQUARED_ERROR
from pipeline.nn.network import Architecture
from pipeline.training.model import Model
from pipeline.training.threshold import rates

Array = np.ndarray
CHUNK = 8192
MAIN = {CLASSIFICATION: "error", MULTILABEL: "error", REGRESSION: "mse"}
RELATIVE = "relative_mse"  # in the place of mse where there are several targets: their units can't be compared


def main_metric(schema: Schema) -> str:
    """What models are selected by under hold-out, and what the test's interval is of: lower is better."""
    return RELATIVE if schema.task == REGRESSION and schema.outputs > 1 else MAIN[schema.task]


def averaged_metric(schema: Schema) -> str:
    """What cross-validation averages over its trials: a squared error (notes §5)."""
    return main_metric(schema) if schema.task == REGRESSION else "squared_error"


def desired(model: Model, y: Array) -> Array:
    """Desired outputs d (rows, m_L) for y: class indices (rows,), flags (rows, labels), or real targets."""
    dtype = model.weights[0].dtype
    if model.targets is not None:
        return model.targets.apply(columns(y), dtype)
    if model.schema.task == MULTILABEL:
        return marked(y, model.values, dtype)
    return one_hot(y, len(model.classes), model.values, dtype)


def loss_values(architecture: Architecture, z: Array, d: Array) -> Array:
    """The loss per example, (rows,), by the readout z (rows, m_L).

    Summed in float64 so that metrics don't drift with the number of rows.
    """
    return _in_pieces(LOSSES[architecture.loss].values, z, d)


def squared_errors(y: Array, d: Array) -> Array:
    """½‖d − y‖² per example, (rows,), by the outputs y (rows, m_L)."""
    return _in_pieces(SQUARED_ERROR.values, y, d)


def _in_pieces(values: Callable[[Array, Array], Array], found: Array, d: Array) -> Array:
    """``values`` of each row, (rows,), by float64 copies of some rows at a time: there may be millions."""
    each = np.empty(len(found))
    for start in range(0, len(found), CHUNK):
        rows = slice(start, start + CHUNK)
        each[rows] = values(found[rows].astype(np.float64), d[rows].astype(np.float64))
    return each


def weighted_mean(values: Array, weights: Array | None) -> Array:
    """The mean over rows of values (rows, …), by the rows' weights (rows,) if they have any."""
    return mean(values, weights)


def measure(
    model: Model, z: Array, d: Array, y: Array, weights: Array | None = None, importance: Array | None = None
) -> dict[str, float]:
    """Metrics of rows by the model's readout z (rows, m_L), the desired outputs d (rows, m_L), and y.

    Classification: loss, error (share misclassified), accuracy, and the average squared error 1/(2N) Σ‖d − y‖²; with a
    threshold also f1, balanced_accuracy, recall and precision of the rarer class.
    Several labels: loss, error (share of wrong labels), exact_match (share of rows with no wrong label), squared_error.
    Regression: loss (of the scaled targets), and mse, rmse and r2 in the targets' own units. Of several targets these
    are means over the targets, as scikit-learn's are, and so ruled by the one with the largest numbers, but for r2;
    relative_mse is the mean of mse / variance, with the variance of the training rows.

    Args:
        weights: (rows,) of the rows; None for equal ones.
        importance: (rows,) of training rows, what they count for in E: their loss and squared error are means by it.
    """
    share = weights if importance is None else importance
    with np.errstate(over="ignore", invalid="ignore"):
        loss = weighted_mean(loss_values(model.architecture, z, d), share)
        if model.targets is not None:
            values = _of_numbers(columns(y), columns(model.decode(z)), weights, model.spread)
        else:
            squared = weighted_mean(squared_errors(model.outputs(z), d), share)
            found = model.decode(z)
            values = _of_flags(y, found, weights) if y.ndim > 1 else _of_classes(y, found, weights)
            values["squared_error"] = squared
            if model.threshold is not None:
                rare = model.threshold.place
                values |= rates(y == rare, found == rare, weights)
    return {name: float(value) for name, value in {"loss": loss, **values}.items()}


def _of_classes(y: Array, found: Array, weights: Array | None) -> dict[str, Array]:
    return {"error": weighted_mean(found != y, weights), "accuracy": weighted_mean(found == y, weights)}


def _of_flags(y: Array, found: Array, weights: Array | None) -> dict[str, Array]:
    right = found == y
    shares = {"error": mean((~right).T), "exact_match": right.all(axis=1)}
    return {name: weighted_mean(values, weights) for name, values in shares.items()}


def _of_numbers(y: Array, found: Array, weights: Array | None, spread: Array | None) -> dict[str, Array]:
    mse, r2 = by_column(y, found, weights)
    values = {"mse": mean(mse), "rmse": mean(np.sqrt(mse)), "r2": mean(r2)}
    return values if spread is None else {**values, RELATIVE: mean(mse / np.square(spread))}


def by_column(y: Array, found: Array, weights: Array | None) -> tuple[Array, Array]:
    """Mean squared error and R² of each target, (targets,), by true and found values (rows, targets)."""
    mse = weighted_mean(np.square(found - y, dtype=np.float64), weights)
    variance = weighted_mean(np.square(y - weighted_mean(y, weights)), weights)
    return mse, np.where(variance > 0, 1 - mse / np.where(variance > 0, variance, 1), 0.0)


def score(model: Model, X: Array, y: Array, weights: Array | None = None) -> dict[str, float]:
    """Metrics of raw rows X (rows, m_0) with y as in ``measure``."""
    return measure(model, model.readout(X), desired(model, y), y, weights)
