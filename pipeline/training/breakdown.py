"""A score taken apart: what each target or label adds to it, and each row to its interval."""

import math
from collections.abc import Mapping

import numpy as np

from pipeline.arithmetic.totals import row_sums
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, MULTILABEL, Schema
from pipeline.feed.targets import columns
from pipeline.training.metrics import by_column, desired, loss_values, squared_errors
from pipeline.training.model import Model

Array = np.ndarray
Rates = Mapping[str, float]


def per_row(model: Model, found: Array, y: Array) -> Array:
    """What each row adds to the main metric, (rows,): its mean over the rows, by their weights, is that metric."""
    each: Array
    if model.targets is None:
        each = columns(found != y)
    else:
        each = np.square(columns(found) - columns(y), dtype=np.float64) / (
            1 if model.spread is None else np.square(model.spread)
        )
    return np.asarray(row_sums(each) / each.shape[1])


def row_scores(model: Model, rows: Rows, metric: str) -> Array:
    """What each row adds to a metric of lower is better, (rows,): main ones, ``loss``, ``squared_error``, ``mae``."""
    z = model.readout(rows.X)
    if metric == "loss":
        return loss_values(model.architecture, z, desired(model, rows.y))
    if metric == "squared_error":
        return squared_errors(model.outputs(z), desired(model, rows.y))
    if metric == "mae":
        return np.asarray(row_sums(np.abs(columns(model.decode(z)) - columns(rows.y))) / model.schema.outputs)
    return per_row(model, model.decode(z), rows.y)


def taken_apart(schema: Schema, found: Array, y: Array, weights: Array | None = None) -> dict[str, dict[str, Rates]]:
    """Metrics of each of several labels, or of several targets, by name; nothing where there is one.

    By found and true values (rows, labels or targets), and the rows' weights (rows,) if they have any.
    """
    if schema.task == MULTILABEL:
        tables = counted(schema, found, y, weights)
        return {"labels": {name: _rates(table) for name, table in zip(schema.classes, tables, strict=True)}}
    if schema.classes or schema.outputs == 1:
        return {}
    mse, r2 = by_column(y, found, weights)
    each = zip(schema.targets, mse, r2, strict=True)
    return {"targets": {name: {"mse": float(a), "rmse": math.sqrt(a), "r2": float(b)} for name, a, b in each}}


def _rates(table: Array) -> Rates:
    """Of one label, by ``counted``; 0 where there is nothing to divide by."""
    (neither, alarms), (missed, both) = table.tolist()
    return {
        "error": (alarms + missed) / (neither + alarms + missed + both),
        "precision": both / (both + alarms) if both else 0.0,
        "recall": both / (both + missed) if both else 0.0,
        "f1": 2 * both / (2 * both + alarms + missed) if both else 0.0,
    }


def counted(schema: Schema, found: Array, y: Array, weights: Array | None = None) -> Array:
    """Rows by true and predicted class, (classes, classes), or sums of their weights; of real targets none.

    Of several labels (labels, 2, 2), by 0 and 1.
    """
    count, kind = len(schema.classes), int if weights is None else float
    each = 1 if weights is None else weights
    if schema.task == MULTILABEL:
        tables = np.zeros((count, 2, 2), kind)
        for label, table in enumerate(tables):
            np.add.at(table, (y[:, label], found[:, label]), each)
        return tables
    table = np.zeros((count, count), kind)
    if schema.task == CLASSIFICATION:
        np.add.at(table, (y, found), each)
    return table
