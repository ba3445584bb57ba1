"""A score taken apart: what each target or label adds to it, and each row to its interval."""

from collections.abc import Mapping

import numpy as np

from pipeline.feed.schema import CLASSIFICATION, MULTILABEL
from pipeline.feed.targets import columns
from pipeline.training.metrics import by_column
from pipeline.training.model import Model

Array = np.ndarray
Part = Mapping[str, float]


def per_row(model: Model, found: Array, y: Array) -> Array:
    """What each row adds to the main metric, (rows,): its mean over the rows, by their weights, is that metric."""
    if model.targets is None:
        wrong = found != y
        return wrong.mean(axis=1) if y.ndim > 1 else wrong.astype(np.float64)
    error = np.square(columns(found) - columns(y), dtype=np.float64)
    shares: Array = error if model.spread is None else error / np.square(model.spread)
    return shares.mean(axis=1)


def by_target(names: tuple[str, ...], found: Array, y: Array, weights: Array | None = None) -> dict[str, Part]:
    """mse, rmse and r2 of each of several real targets, in its own units."""
    mse, r2 = by_column(columns(y), columns(found), weights)
    rows = zip(names, mse, np.sqrt(mse), r2, strict=True)
    return {name: {"mse": float(a), "rmse": float(b), "r2": float(c)} for name, a, b, c in rows}


def by_label(names: tuple[str, ...], found: Array, y: Array, weights: Array | None = None) -> dict[str, Part]:
    """error, precision, recall and f1 of each of several labels; 0 where there is nothing to divide by."""
    table = counted(MULTILABEL, len(names), found, y, weights)
    return {name: _rates(*map(float, cells.ravel())) for name, cells in zip(names, table, strict=True)}


def _rates(neither: float, alarms: float, missed: float, both: float) -> Part:
    def share(part: float, whole: float) -> float:
        return part / whole if whole else 0.0

    return {
        "error": share(alarms + missed, neither + alarms + missed + both),
        "precision": share(both, both + alarms),
        "recall": share(both, both + missed),
        "f1": share(2 * both, 2 * both + alarms + missed),
    }


def counted(task: str, classes: int, found: Array, y: Array, weights: Array | None = None) -> Array:
    """Rows by true and predicted class, (classes, classes); of several labels (labels, 2, 2), by 0 and 1; else empty.

    With weights, the sums of the rows' weights.
    """
    each = 1 if weights is None else weights
    if task == MULTILABEL:
        table = np.zeros((classes, 2, 2), int if weights is None else float)
        for label in range(classes):
            np.add.at(table[label], (y[:, label], found[:, label]), each)
        return table
    table = np.zeros((classes, classes), int if weights is None else float)
    if task == CLASSIFICATION:
        np.add.at(table, (y, found), each)
    return table
